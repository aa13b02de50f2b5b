"""Hints for mistyped names."""

from collections.abc import Iterable


def did_you_mean(word: str, known_words: Iterable[str]) -> str:
    """A hint that names the nearest known words, or all of them where none is near."""
    import difflib  # noqa: PLC0415 - only after a mistake

    choices = list(known_words)
    near = difflib.get_close_matches(word, choices, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else f"known are: {', '.join(choices)}"
