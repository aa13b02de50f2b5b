"""On systems that `check` can't look at it says so, runs nothing and stays undetermined."""

import pytest

from examination import cause, report_of, told
from gpudoctor.host import Host
from gpudoctor.report import Outcome, Status


@pytest.mark.parametrize(("system", "name"), [("darwin", "macOS"), ("windows", "native Windows")])
def test_says_what_it_cannot_look_at(system: str, name: str) -> None:
    host = Host("/", {})
    host.os_name = system

    report = report_of(host)

    assert (report.outcome, report.exit_code, cause(report)) == (Outcome.UNDETERMINED, 3, None)
    assert report.summary == f"gpudoctor check looks at Linux and WSL2; it can't look at {name}."
    assert told(report, Status.FAIL) == []
