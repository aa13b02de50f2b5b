"""The host reads what is there and says why where it can't."""

import os
import re
from pathlib import Path

import pytest

from gpudoctor.errors import MissingError, ProbeError
from gpudoctor.host import Host
from trees import host_of

BLOCK = 1 << 20
LIST = re.compile(rb"\0sm_\d+(?: sm_\d+)*\0")


def test_a_missing_file_is_told_from_an_unreadable_one(tmp_path: Path) -> None:
    host = host_of(tmp_path, {"/etc/there": "x"})

    with pytest.raises(MissingError, match="/etc/gone does not exist"):
        host.read_text("/etc/gone")
    with pytest.raises(ProbeError, match="/etc can't be read"):
        host.read_text("/etc")


def test_a_planted_pipe_does_not_hang_a_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "version")

    assert Host(str(tmp_path), {}).read_text("/version") == ""


def test_an_absolute_link_stays_inside_the_machine(tmp_path: Path) -> None:
    host = host_of(
        tmp_path,
        {"/opt/libcuda.so.550.54.14": "", "/lib/libcuda.so.1": "-> /opt/libcuda.so.550.54.14"},
    )

    assert host.real_path("/lib/libcuda.so.1") == "/opt/libcuda.so.550.54.14"


def test_paths_of_children_come_back_as_the_machine_calls_them(tmp_path: Path) -> None:
    host = Host(str(tmp_path), {})

    assert host.inside(host.outside("/usr/bin/python")) == "/usr/bin/python"
    assert host.inside("/elsewhere/python") == "/elsewhere/python"


@pytest.mark.parametrize(
    "offset", [0, 1, 4000, BLOCK - 4100, BLOCK - 4096, BLOCK - 20, BLOCK - 1, BLOCK, 2 * BLOCK - 5]
)
def test_a_list_is_found_wherever_it_lies_in_a_large_file(tmp_path: Path, offset: int) -> None:
    wanted = b"\0sm_80 sm_90\0"
    content = bytearray(b"s" * (2 * BLOCK + 100))
    content[offset : offset + len(wanted)] = wanted
    host = host_of(tmp_path, {"/lib.so": bytes(content)})

    assert list(host.find_all("/lib.so", b"\0sm_", LIST)) == [wanted]


@pytest.mark.parametrize("size", [0, 1, BLOCK, 2 * BLOCK])
def test_a_file_without_a_list_yields_none(tmp_path: Path, size: int) -> None:
    host = host_of(tmp_path, {"/lib.so": b"\0" * size})

    assert list(host.find_all("/lib.so", b"\0sm_", LIST)) == []


def test_a_list_at_the_very_end_of_whole_blocks_is_found(tmp_path: Path) -> None:
    wanted = b"\0sm_75\0"
    host = host_of(tmp_path, {"/lib.so": b"x" * (BLOCK - len(wanted)) + wanted})

    assert list(host.find_all("/lib.so", b"\0sm_", LIST)) == [wanted]


@pytest.mark.parametrize("kind", ["pipe", "device", "sparse file", "bait"])
def test_what_is_no_library_is_not_searched_for_ever(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "lib.so"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "sparse file":
        path.touch()
        os.truncate(path, 60 << 30)
    else:
        path.write_bytes(b"\0sm_" * 500_000)

    with pytest.raises(ProbeError, match=r"/lib\.so "):
        list(Host(str(tmp_path), {}).find_all("/lib.so", b"\0sm_", LIST))


def test_of_a_large_ring_buffer_the_middle_is_left_out(tmp_path: Path) -> None:
    records = [f"6,{number},{number},-;{'x' * 90}" for number in range(10_000)]
    host = host_of(tmp_path, {"/dev/kmsg": "\n".join(records)})

    text = host.kernel_messages(limit=200_000)

    assert records[0] in text
    assert records[-1] in text
    assert records[5000] not in text
    assert len(text) <= 200_000


def test_a_ring_buffer_that_never_ends_is_left_in_time(tmp_path: Path) -> None:
    host = host_of(tmp_path, {"/dev/kmsg": "x" * 1_000_000})

    assert len(host.kernel_messages(most=100_000)) < 120_000
