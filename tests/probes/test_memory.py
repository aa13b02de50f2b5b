"""/dev/shm is measured, and processes are named, by what the kernel shows of them."""

import os
from pathlib import Path

import pytest

from gpudoctor.facts import (
    Absent,
    GpuProcess,
    Known,
    NvmlFacts,
    SharedMemory,
    Unknown,
    known,
)
from gpudoctor.probes.memory import probe_shared_memory, with_holders
from machines import gpu, platform
from trees import host_of

MOUNT = "60 50 0:61 / /dev/shm rw,nosuid - tmpfs shm rw,size={0},inode64\n"
DOCKER = "0::/system.slice/docker-0123456789abcdef0123456789abcdef.scope\n"


def shm(root: Path, mountinfo: str = "") -> SharedMemory:
    host = host_of(root, {"/dev/shm/x": "", "/proc/self/mountinfo": mountinfo})
    fact = probe_shared_memory(host)
    assert isinstance(fact, Known)
    return fact.value


@pytest.mark.parametrize(
    ("option", "size"), [("65536k", 64 << 20), ("8388608k", 8 << 30), ("67108864", 64 << 20)]
)
def test_the_size_that_it_was_mounted_with(tmp_path: Path, option: str, size: int) -> None:
    found = shm(tmp_path, MOUNT.format(option))

    assert found.size_bytes == size
    assert 0 <= found.free_bytes <= size
    assert found.is_writable


def test_without_an_option_the_file_system_tells_its_size(tmp_path: Path) -> None:
    system = os.statvfs(tmp_path)

    assert shm(tmp_path).size_bytes == system.f_blocks * system.f_frsize


def test_a_user_who_may_not_write_there(tmp_path: Path) -> None:
    host_of(tmp_path, {"/dev/shm/x": ""})
    (tmp_path / "dev/shm").chmod(0o555)
    if os.access(tmp_path / "dev/shm", os.W_OK):
        pytest.skip("root may write everywhere")

    assert not shm(tmp_path / ".").is_writable


def test_a_machine_without_it(tmp_path: Path) -> None:
    assert isinstance(probe_shared_memory(host_of(tmp_path, {})), Absent)


def held(root: Path, files: dict[str, str | bytes], **where: object) -> GpuProcess:
    process = GpuProcess(4711, Known(1 << 30, "NVML"))
    nvml = NvmlFacts(gpus=Known((gpu(processes=Known((process,), "NVML")),), "NVML"))
    found = with_holders(host_of(root, files), nvml, platform(**where))
    [card] = known(found.gpus) or ()
    [named] = known(card.processes) or ()
    return named


def test_a_process_is_named_with_its_user_and_container(tmp_path: Path) -> None:
    named = held(
        tmp_path,
        {
            "/proc/4711/comm": "python3\x1b[31m\n",
            "/proc/4711/status": "Name:\tpython3\nUid:\t1000\t1000\t1000\t1000\n",
            "/proc/4711/cgroup": DOCKER,
        },
    )

    assert known(named.name) == "python3?[31m"
    assert known(named.uid) == 1000
    assert known(named.container) == "docker 0123456789ab"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("12:devices:/docker/0123456789abcdef0123\n", "docker 0123456789ab"),
        ("0::/user.slice/libpod-abcdefabcdef0123.scope\n", "libpod abcdefabcdef"),
        (
            "0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-0123456789ab.scope\n",
            "cri-containerd 0123456789ab",
        ),
        ("0::/user.slice/user-1000.slice/session-3.scope\n", None),
        ("0::/" + "docker-" * 1000, None),
    ],
)
def test_the_container_of_a_process(tmp_path: Path, text: str, name: str | None) -> None:
    assert known(held(tmp_path, {"/proc/4711/cgroup": text}).container) == name


def test_a_process_that_is_gone_or_closed_to_us_is_unknown(tmp_path: Path) -> None:
    named = held(tmp_path, {})

    assert isinstance(named.name, Unknown)
    assert known(named.memory_used_bytes) == 1 << 30


def test_inside_a_container_the_number_may_be_the_hosts(tmp_path: Path) -> None:
    named = held(tmp_path, {"/proc/4711/comm": "sshd\n"}, container=Known("docker", "t"))

    assert isinstance(named.name, Unknown)
