"""What stands between a process and a device is read from the kernel's and builders' own traces."""

from pathlib import Path

import pytest

from gpudoctor.facts import Absent, Known, PlatformFacts, Unknown, known
from gpudoctor.probes.platform import probe_platform
from trees import host_of

ROOT = "31 1 0:50 / / rw,relatime - overlay overlay rw,lowerdir=/var/lib/{0}/snapshots/1/fs\n"
HOSTS = "40 31 8:1 /var/lib/docker/{0}/hosts /etc/hosts ro,relatime - ext4 /dev/sda1 rw\n"
WSL = {"/proc/sys/kernel/osrelease": "6.6.87.2-microsoft-standard-WSL2\n"}


def probe(root: Path, files: dict[str, str | bytes]) -> PlatformFacts:
    return probe_platform(host_of(root, files))


@pytest.mark.parametrize(
    ("files", "builder"),
    [
        ({"/proc/self/mountinfo": ROOT.format("buildkit/runc-overlayfs")}, "buildkit"),
        ({"/proc/self/mountinfo": HOSTS.format("buildkit/executor")}, "buildkit"),
        ({"/proc/self/mountinfo": HOSTS.format("volumes/b/_data/runc/executor")}, "buildkit"),
        ({"/proc/self/mountinfo": HOSTS.format("containers/1")}, None),
        ({"/run/.containerenv": 'engine="buildah-1.33"\n'}, "buildah"),
        ({"/run/.containerenv": 'engine="podman-4.9"\n'}, None),
        ({"/kaniko/executor": ""}, "kaniko"),
    ],
)
def test_knows_a_build_step_by_its_builders_traces(
    tmp_path: Path, files: dict[str, str | bytes], builder: str | None
) -> None:
    plain = {"/proc/self/mountinfo": ROOT.format("docker/overlay2")}

    assert known(probe(tmp_path, {**plain, **files}).build_step) == builder


def test_a_machine_that_only_stores_a_builders_layers_is_no_build_step(tmp_path: Path) -> None:
    mounts = (
        "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
        "90 22 0:50 / /var/lib/buildkit/snapshots/1 rw - overlay overlay rw\n"
    )

    fact = probe(tmp_path, {"/proc/self/mountinfo": mounts}).build_step

    assert isinstance(fact, Absent)


@pytest.mark.parametrize(
    ("flags", "vendor", "name"),
    [
        ("fpu hypervisor avx", "QEMU\n", "QEMU"),
        ("fpu hypervisor avx", "Some Cloud\n", "a hypervisor"),
        ("fpu avx", "OpenStack Foundation\n", None),
    ],
)
def test_the_processor_says_whether_a_hypervisor_runs_it(
    tmp_path: Path, flags: str, vendor: str, name: str | None
) -> None:
    files: dict[str, str | bytes] = {
        "/proc/cpuinfo": f"processor\t: 0\nflags\t\t: {flags}\n",
        "/sys/class/dmi/id/sys_vendor": vendor,
    }

    assert known(probe(tmp_path, files).virtual_machine) == name


def test_does_not_guess_a_hypervisor_where_the_processor_is_silent(tmp_path: Path) -> None:
    arm = {"/proc/cpuinfo": "processor\t: 0\nFeatures\t: fp asimd\n"}

    assert isinstance(probe(tmp_path, dict(arm)).virtual_machine, Unknown)


@pytest.mark.parametrize(("text", "state"), [("1", "enforcing"), ("0", "permissive")])
def test_reads_whether_selinux_enforces(tmp_path: Path, text: str, state: str) -> None:
    facts = probe(tmp_path, {"/sys/fs/selinux/enforce": text})

    assert known(facts.selinux) == state


def test_a_label_shows_selinux_where_its_files_are_hidden(tmp_path: Path) -> None:
    label = "system_u:system_r:container_t:s0:c1,c2\0"

    facts = probe(tmp_path, {"/proc/self/attr/current": label})

    assert known(facts.selinux_domain) == "container_t"
    assert isinstance(facts.selinux, Unknown)


def test_apparmors_profile_is_no_label_of_selinux(tmp_path: Path) -> None:
    facts = probe(tmp_path, {"/proc/self/attr/current": "docker-default (enforce)\n"})

    assert isinstance(facts.selinux_domain, Absent)
    assert isinstance(facts.selinux, Absent)


@pytest.mark.parametrize(
    ("text", "is_mapped"),
    [
        ("         0          0 4294967295\n", False),
        ("         0       1000          1\n         1     100000      65536\n", True),
    ],
)
def test_tells_a_mapped_user_namespace(tmp_path: Path, text: str, *, is_mapped: bool) -> None:
    fact = probe(tmp_path, {"/proc/self/uid_map": text}).user_namespace

    assert isinstance(fact, Known)
    assert fact.value is is_mapped


def test_reads_what_windows_gave_wsl(tmp_path: Path) -> None:
    store = "/usr/lib/wsl/drivers"
    files: dict[str, str | bytes] = {
        **WSL,
        "/usr/lib/wsl/lib/libcuda.so.1": "",
        "/usr/lib/wsl/lib/nvidia-smi": "",
        f"{store}/nvdimm.inf_amd64_12ab/nvdimm.sys": "",
        f"{store}/nv_dispi.inf_amd64_12ab/nvcuda.dll": "",
    }

    facts = probe(tmp_path, files)

    assert known(facts.wsl_libraries) == ("libcuda.so.1",)
    assert known(facts.wsl_driver_package) == "nv_dispi.inf_amd64_12ab"


def test_windows_own_drivers_are_not_nvidias(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        **WSL,
        "/usr/lib/wsl/drivers/nvdimm.inf_amd64_12ab/a": "",
        "/usr/lib/wsl/drivers/nvraid.inf_amd64_12ab/a": "",
    }

    assert isinstance(probe(tmp_path, files).wsl_driver_package, Absent)


def test_wsls_folders_are_not_looked_at_elsewhere(tmp_path: Path) -> None:
    facts = probe(tmp_path, {"/usr/lib/wsl/lib/libcuda.so.1": ""})

    assert isinstance(facts.wsl_libraries, Absent)
