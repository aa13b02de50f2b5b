"""The platform probe tells systems, containers and WSL apart."""

from pathlib import Path

import pytest

from gpudoctor.facts import Absent, Known, PlatformFacts, Unknown, known
from gpudoctor.probes.platform import probe_platform
from trees import host_of

SECURE_BOOT = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"


def probe(
    root: Path, files: dict[str, str | bytes], environ: dict[str, str] | None = None
) -> PlatformFacts:
    return probe_platform(host_of(root, files, environ))


def test_reads_name_and_family_of_the_distribution(tmp_path: Path) -> None:
    release = (
        'NAME="Rocky"\nPRETTY_NAME="Rocky Linux 9.4"\nID="rocky"\nID_LIKE="rhel centos fedora"\n'
    )

    facts = probe(tmp_path, {"/etc/os-release": release})

    assert known(facts.distribution) == "Rocky Linux 9.4"
    assert known(facts.distribution_ids) == ("rocky", "rhel", "centos", "fedora")


def test_does_not_guess_a_distribution_that_does_not_say(tmp_path: Path) -> None:
    assert isinstance(probe(tmp_path, {}).distribution, Unknown)


@pytest.mark.parametrize(
    ("release", "version"),
    [
        ("5.15.153.1-microsoft-standard-WSL2", "2"),
        ("4.4.0-19041-Microsoft", "1"),
        ("6.8.0-45-generic", None),
    ],
)
def test_tells_the_wsl_versions_by_the_kernel(
    tmp_path: Path, release: str, version: str | None
) -> None:
    facts = probe(tmp_path, {"/proc/sys/kernel/osrelease": release + "\n"})

    assert known(facts.wsl) == version


@pytest.mark.parametrize(
    ("files", "environ", "name"),
    [
        ({"/.dockerenv": ""}, {}, "docker"),
        ({"/run/.containerenv": ""}, {}, "podman"),
        ({"/proc/1/cgroup": "0::/kubepods/burstable/pod1"}, {}, "kubernetes"),
        ({}, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "kubernetes"),
        ({}, {"APPTAINER_CONTAINER": "/images/a.sif"}, "apptainer"),
        ({"/proc/1/cgroup": "0::/init.scope"}, {}, None),
    ],
)
def test_tells_containers_apart(
    tmp_path: Path, files: dict[str, str | bytes], environ: dict[str, str], name: str | None
) -> None:
    assert known(probe(tmp_path, files, environ).container) == name


def test_a_host_that_runs_containers_is_not_one(tmp_path: Path) -> None:
    mounts = (
        "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
        "90 22 0:50 / /var/lib/docker/overlay2/abc/merged rw - overlay overlay rw\n"
    )

    facts = probe(tmp_path, {"/proc/1/cgroup": "0::/init.scope", "/proc/self/mountinfo": mounts})

    assert isinstance(facts.container, Absent)


@pytest.mark.parametrize(("value", "on"), [(b"\x06\0\0\0\x01", True), (b"\x06\0\0\0\0", False)])
def test_reads_secure_boot_after_the_attributes(tmp_path: Path, value: bytes, *, on: bool) -> None:
    fact = probe(tmp_path, {SECURE_BOOT: value}).secure_boot

    assert isinstance(fact, Known)
    assert fact.value is on


def test_a_secure_boot_variable_of_another_size_is_unknown(tmp_path: Path) -> None:
    assert isinstance(probe(tmp_path, {SECURE_BOOT: b"\x01"}).secure_boot, Unknown)


@pytest.mark.parametrize("model", ["NVIDIA Jetson AGX Orin Developer Kit\0", "NVIDIA DGX Spark\n"])
def test_knows_boards_without_a_pci_gpu(tmp_path: Path, model: str) -> None:
    place = "/proc/device-tree/model" if "Jetson" in model else "/sys/class/dmi/id/product_name"

    assert known(probe(tmp_path, {place: model}).integrated_board) == model.strip("\0\n")
