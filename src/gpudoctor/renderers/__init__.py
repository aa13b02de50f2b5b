"""The formats of a report: each renderer says what was decided and decides nothing."""

from collections.abc import Callable, Mapping

from gpudoctor.report import Report


def _text(report: Report) -> str:
    """Terminal text as it goes into a file: 80 columns, no colour; a terminal has its own call."""
    from gpudoctor.renderers.terminal import render  # noqa: PLC0415 - rich costs 30 ms

    return render(report, width=80, colour=False, unicode=True)


def _json(report: Report) -> str:
    from gpudoctor.renderers.json import render  # noqa: PLC0415 - only the format asked for

    return render(report)


def _markdown(report: Report) -> str:
    from gpudoctor.renderers.markdown import render  # noqa: PLC0415 - only the format asked for

    return render(report)


RENDERERS: Mapping[str, Callable[[Report], str]] = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
}
FORMATS: tuple[str, ...] = tuple(RENDERERS)
