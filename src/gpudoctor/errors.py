"""The errors that gpudoctor raises itself; everything else is a bug."""


class GpudoctorError(Exception):
    """Base of gpudoctor's own errors: what was tried, on what, and what to do."""


class UsageError(GpudoctorError):
    """An option or argument that can't be used as given."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class StdoutError(UsageError):
    """A stdout that takes nothing; what went wrong can be said on stderr alone."""


class MatrixError(GpudoctorError):
    """A compatibility matrix that can't be used; line and column are counted from 1."""

    def __init__(
        self,
        message: str,
        *,
        file: str,
        line: int | None = None,
        column: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.file = file
        self.line = line
        self.column = column
        self.hint = hint


class ProbeError(GpudoctorError):
    """The machine did not answer a question; says what was asked."""


class MissingError(ProbeError):
    """The thing looked for is not there, and the place that would show it could be read."""
