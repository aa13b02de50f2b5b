"""Names the running probes on a terminal while a person waits; nowhere else."""

import sys
import time

_DELAY_S = 0.4  # a run that is over at once shows nothing


class Progress:
    """A line on stderr that says what is being asked, gone when the answers are there."""

    def __init__(self, *, is_shown: bool) -> None:
        self._is_shown = is_shown and sys.stderr is not None and sys.stderr.isatty()
        self._begun = time.monotonic()
        self._status: object | None = None
        self._names: tuple[str, ...] = ()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        stop = getattr(self._status, "stop", None)
        if stop:
            stop()

    def show(self, names: tuple[str, ...]) -> None:
        """Show which probes run; cheap when nothing has changed."""
        if not self._is_shown or names == self._names:
            return
        if time.monotonic() - self._begun < _DELAY_S:
            return
        self._names = names
        from rich.console import Console  # noqa: PLC0415 - only a person who waits pays for it
        from rich.status import Status  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        text = Text("asking: " + ", ".join(names))
        if isinstance(self._status, Status):
            self._status.update(text)
            return
        self._status = Status(text, console=Console(stderr=True))
        self._status.start()
