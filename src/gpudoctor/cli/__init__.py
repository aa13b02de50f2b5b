"""The commands: each parses its options, calls, writes and exits; nothing is decided here."""
