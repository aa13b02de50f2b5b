"""Redaction: nothing of a person, a machine or a card is left, and the report still makes sense."""

import re
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reports
from gpudoctor.facts import DeviceNode, Fact, Known, PlatformFacts, Snapshot
from gpudoctor.findings import MACHINE, Command, Evidence, Manual
from gpudoctor.redaction import Secrets, _Redactor, redact
from gpudoctor.renderers import FORMATS, RENDERERS
from gpudoctor.report import Report

SECRETS = Secrets(
    users=("ann", "jdoe42"), hosts=("gandalf.corp.example", "gpu-box7"), home="/home/ann"
)
SAMPLE = (
    "/home/ann/venv/bin/python, /home/bob/x, ann@gandalf, jdoe42 on gpu-box7; "
    "host gandalf.corp.example, GPU-8932f937-d72c-4106-c12f-20bd9faed9f0, "
    "MIG-41f4c1a2-1111-2222-3333-444455556666, Serial Number : 1324517012345, "
    "02:42:ac:11:00:02, 10.20.30.40, fe80::42:acff:fe11:2, "
    r"C:\Users\Ann Lee\venv, /scratch/ann/data, /mnt/c/Users/Ann/x"
)
LEFT_BEHIND = re.compile(
    r"\bann\b|\bbob\b|jdoe42|gandalf|gpu-box7|8932f937|41f4c1a2|1324517|02:42:ac|10\.20\.30"
    r"|fe80:|Ann\b|Lee\b|corp\.example"
)


def shown(text: str, secrets: Secrets = SECRETS) -> str:
    """What redaction makes of one string."""
    return redact(reports.error(text), secrets).summary


def everything() -> Report:
    """A report in which every string names someone."""
    base = reports.of_everything()
    assert base.snapshot is not None
    named = reports.with_every_text(base, SAMPLE)
    return replace(named, tool_version="0.1.0", fingerprint="7f3a-19c2", matrix=base.matrix)


@pytest.mark.parametrize("format_", FORMATS)
def test_nothing_of_the_secrets_is_left_in_any_format(format_: str) -> None:
    for report in (everything(), reports.of_everything()):
        text = RENDERERS[format_](redact(report, SECRETS))
        assert LEFT_BEHIND.search(text.replace("\\\\", "\\")) is None


def test_one_thing_has_one_placeholder_everywhere() -> None:
    redacted = redact(everything(), SECRETS)
    assert redacted.summary == redacted.noise[0].text == redacted.ladder[0].detail
    assert redacted.summary == (
        "~/venv/bin/python, /home/<user-5>/x, <user-1>@<host-1>, <user-2> on <host-2>; "
        "host <host-1>, <gpu-uuid-1>, <mig-uuid-1>, Serial Number : <serial-1>, "
        r"<mac-1>, <ip-1>, <ip-2>, C:\Users\<user-3>\venv, /scratch/<user-1>/data, "
        "/mnt/c/Users/<user-4>/x"
    )


def test_redacting_twice_changes_nothing() -> None:
    for report in (everything(), reports.of_everything(), reports.matrix_error()):
        once = redact(report, SECRETS)
        assert redact(once, SECRETS) == once


def test_the_root_cause_is_still_one_of_the_findings() -> None:
    redacted = redact(reports.of_everything(), SECRETS)
    assert redacted.root_cause in redacted.ranked


def test_what_identifies_nobody_stays() -> None:
    report = reports.of_everything()
    redacted = redact(report, Secrets())
    assert redacted.snapshot is not None
    assert report.snapshot is not None
    assert redacted.snapshot.platform == report.snapshot.platform
    assert redacted.snapshot.driver == report.snapshot.driver
    assert redacted.ladder == report.ladder
    assert redacted.matrix == report.matrix


def test_a_command_still_runs_in_the_readers_own_home() -> None:
    redacted = redact(reports.problem(), SECRETS)
    text = RENDERERS["text"](redacted)
    assert "$ ~/venv/bin/python -m pip install torch==2.7.1+cu118" in text


@pytest.mark.parametrize(
    "text",
    [
        "usr/lib/python3/dist-packages is for the user",
        "root is needed; run it as root",
        "a user may read /usr/share/nvidia and /var/lib/dkms",
        "I am here",
    ],
)
def test_a_common_or_short_name_tears_no_word(text: str) -> None:
    assert shown(text, Secrets(users=("user", "root", "a", "lib"), hosts=("host", "vm"))) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/home/user/venv", "/home/<user-1>/venv"),
        ("user@vm:~$", "<user-1>@<host-1>:~$"),
        ("/root/venv/bin/python", "~root/venv/bin/python"),
    ],
)
def test_a_common_name_is_hidden_where_it_can_be_nothing_else(text: str, expected: str) -> None:
    assert shown(text, Secrets(users=("user",), hosts=("vm",))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("will it work, mark my words", "will it work, mark my words"),
        ("/data/will/venv", "/data/<user-1>/venv"),
        ("/data/pytest-of-will/x", "/data/pytest-of-<user-1>/x"),
        ("sorry, user will may not run sudo", "sorry, user <user-1> may not run sudo"),
        ("uid=1000(will) gid=1000", "uid=1000(<user-1>) gid=1000"),
        ("Nov 23 01:02:03 mark kernel: NVRM: Xid", "Nov 23 01:02:03 <host-1> kernel: NVRM: Xid"),
        ("ssh: connect to mark:22", "ssh: connect to <host-1>:22"),
        ("https://docs.nvidia.com/will/", "https://docs.nvidia.com/will/"),
    ],
)
def test_a_name_that_is_a_word_too_is_hidden_only_where_it_is_a_name(
    text: str, expected: str
) -> None:
    assert shown(text, Secrets(users=("will",), hosts=("mark",))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/home/ann", "~"),
        ("'/home/ann'", "'~'"),
        ("in /home/ann.", "in ~."),
        ("/home/anna/x", "/home/<user-2>/x"),
        ("/home/ann.old/x", "/home/<user-2>/x"),
        ("PATH=/home/ann/bin:/usr/bin", "PATH=~/bin:/usr/bin"),
        ("file:///home/ann/x", "file:///home/<user-1>/x"),
        ("/home/$USER/x and /home/<name>/x", "/home/$USER/x and /home/<name>/x"),
    ],
)
def test_the_home_folder_is_taken_whole(text: str, expected: str) -> None:
    assert shown(text, Secrets(users=("ann",), home="/home/ann/")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"C:\Users\Ann Lee\venv\python.exe", r"~\venv\python.exe"),
        (r"'C:\\Users\\Ann Lee\\venv'", r"'~\\venv'"),
        (r"D:\Users\Bob\x", r"D:\Users\<user-2>\x"),
        ("C:/Users/Public/x", "C:/Users/Public/x"),
    ],
)
def test_windows_homes_are_taken_too(text: str, expected: str) -> None:
    assert shown(text, Secrets(home=r"C:\Users\Ann Lee")) == expected


def test_a_home_that_is_no_ones_is_left_alone() -> None:
    assert shown("/ and /var/x", Secrets(home="/")) == "/ and /var/x"
    assert shown("/root/x", Secrets(home="/root")) == "~/x"


@pytest.mark.parametrize(
    "text",
    [
        "cuDNN version 9.1.0.70",
        "nvidia-cudnn-cu12 9.1.0.70 is installed",
        "nvidia_cublas_cu12-12.4.5.8.dist-info",
        "nvidia-cublas==12.4.5.8",
        "libcublas.so.12.4.5.8",
        "127.0.0.1 and ::1",
        "at::native and c10::Error",
        "0000:65:00.0 at 01:02:03",
        "GPU-accelerated",
        "sha256:" + "ab" * 32,
    ],
)
def test_what_only_looks_like_an_address_stays(text: str) -> None:
    assert shown(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MASTER_ADDR=10.1.2.3", "MASTER_ADDR=<ip-1>"),
        ("tcp://192.168.1.7:29500.", "tcp://<ip-1>:29500."),
        ("[2001:db8::7]:80", "[<ip-1>]:80"),
        ("AA:BB:CC:DD:EE:FF", "<mac-1>"),
        ("aa:bb:cc:dd:ee:ff is AA:BB:CC:DD:EE:FF", "<mac-1> is <mac-1>"),
        ("boot 41f4c1a2-1111-2222-3333-444455556666", "boot <uuid-1>"),
        ("MIG-GPU-41f4c1a2-1111-2222-3333-444455556666/1/0", "<mig-uuid-1>/1/0"),
    ],
)
def test_addresses_and_uuids_are_hidden(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_the_beginning_of_a_uuid_is_the_same_card() -> None:
    text = "GPU-8932f937 of GPU-8932f937-d72c-4106-c12f-20bd9faed9f0"
    assert shown(text) == "<gpu-uuid-1> of <gpu-uuid-1>"


def test_releases_of_this_machine_are_no_addresses() -> None:
    base = reports.of_everything()
    assert base.snapshot is not None
    platform = replace(
        base.snapshot.platform,
        kernel=Known("6.6.87.2-microsoft-standard-WSL2", "uname"),
    )
    report = replace(
        base, summary="9.5.1.17 on 6.6.87.2", snapshot=replace(base.snapshot, platform=platform)
    )
    redacted = redact(report, SECRETS)
    assert redacted.summary == report.summary
    assert redacted.snapshot is not None
    assert redacted.snapshot.platform == platform


def test_a_name_that_stands_alone_is_hidden_where_values_stand() -> None:
    join = replace(
        reports.loader_path(),
        steps=(Command(("sudo", "usermod", "-aG", "video", "ann")), Manual("Log in again")),
    )
    evidence = (Evidence("/variables/USER", "ann", "gandalf"),)
    cause = reports.root_cause((join,), evidence)
    snapshot = Snapshot(
        PlatformFacts("linux", "x86_64"),
        variables={"SLURMD_NODENAME": "gandalf"},
    )
    nodes = Known((DeviceNode("/dev/nvidia0", False, "crw-rw----", "ann:video"),), "/dev")
    snapshot = replace(snapshot, driver=replace(snapshot.driver, nodes=nodes))
    redacted = redact(replace(reports.problem(cause), snapshot=snapshot), SECRETS)
    document = RENDERERS["json"](redacted)
    assert '"ann' not in document
    assert '"SLURMD_NODENAME": "<host-1>"' in document
    assert '"<user-1>:video"' in document


@pytest.mark.parametrize("name", ["check", "machine", "reboot", "problem", "torch", "package"])
def test_a_user_called_like_a_word_of_ours_breaks_no_report(name: str) -> None:
    report = reports.of_everything()
    redacted = redact(report, Secrets(users=(name,)))
    assert redacted.command == "check"
    assert redacted.ladder == report.ladder
    assert [each.explained_by for each in redacted.ranked] == [
        each.explained_by for each in report.ranked
    ]
    assert MACHINE in {each.verdict.subject for each in redacted.ranked}


@dataclass(frozen=True)
class Board:
    """A record as a later one may be."""

    note: str
    serial: Fact[str]


def test_a_serial_that_is_a_fact_is_hidden_where_others_mention_it() -> None:
    redactor = _Redactor(SECRETS, None)
    board = Board("board 0324518 was reset", Known("0324518", "NVML"))
    redactor.walk(board)
    assert redactor.walk(board) == Board("board <serial-1> was reset", Known("<serial-1>", "NVML"))
    unnumbered = Board("GPU 0", Known("0", "NVML"))
    assert redactor.walk(unnumbered) == unnumbered


@given(st.text(max_size=60))
def test_any_text_is_redacted_once_and_for_all(text: str) -> None:
    once = shown(text)
    assert shown(once) == once
