"""The driver probe reads modules, libraries and nodes without loading or opening anything."""

from pathlib import Path

import pytest

from gpudoctor.facts import Absent, DriverFacts, Known, Unknown, known
from gpudoctor.probes.driver import probe_driver, probe_fabric_services, probe_kernel_log
from gpudoctor.probes.loader import could_load
from gpudoctor.probes.pci import probe_pci
from trees import host_of

PROPRIETARY = (
    "NVRM version: NVIDIA UNIX x86_64 Kernel Module  470.57.02  Tue Jul 13 16:14:05 UTC 2021\n"
    "GCC version:  gcc version 9.4.0\n"
)
OPEN = (
    "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  (dvs)\n"
    "GCC version:  gcc version 13.3.0\n"
)
LIB = "/usr/lib/x86_64-linux-gnu"


def probe(root: Path, files: dict[str, str | bytes], **environ: str) -> DriverFacts:
    return probe_driver(host_of(root, files, environ))


@pytest.mark.parametrize(
    ("text", "version", "flavour"),
    [(PROPRIETARY, "470.57.02", "proprietary"), (OPEN, "580.95.05", "open")],
)
def test_reads_version_and_flavour_of_the_loaded_module(
    tmp_path: Path, text: str, version: str, flavour: str
) -> None:
    facts = probe(tmp_path, {"/proc/driver/nvidia/version": text})

    assert str(known(facts.kernel_module_version)) == version
    assert known(facts.flavour) == flavour


def test_a_module_that_is_not_loaded_is_absent(tmp_path: Path) -> None:
    facts = probe(tmp_path, {"/proc/modules": "ext4 1 2 - Live 0x0\n"})

    assert isinstance(facts.kernel_module_version, Absent)
    assert known(facts.modules_loaded) == ()


def test_a_version_file_in_another_form_is_unknown_not_absent(tmp_path: Path) -> None:
    facts = probe(tmp_path, {"/proc/driver/nvidia/version": "something else\n"})

    assert isinstance(facts.kernel_module_version, Unknown)


def test_keeps_only_the_modules_that_matter(tmp_path: Path) -> None:
    lines = "nvidia_uvm 1 0 - Live\nnvidia 2 1 nvidia_uvm, Live\nsnd 3 0 - Live\nnouveau 1 0 -\n"

    facts = probe(tmp_path, {"/proc/modules": lines})

    assert known(facts.modules_loaded) == ("nvidia_uvm", "nvidia", "nouveau")


@pytest.mark.parametrize(
    "place",
    ["updates/dkms/nvidia.ko.zst", "extra/nvidia/nvidia.ko.xz", "kernel/nvidia-580/nvidia.ko"],
)
def test_finds_the_module_wherever_packagers_put_it(tmp_path: Path, place: str) -> None:
    facts = probe(
        tmp_path,
        {
            f"/lib/modules/6.8.0-45-generic/{place}": "",
            "/lib/modules/6.8.0-45-generic/modules.dep": (
                f"kernel/a.ko: \n{place}: kernel/b.ko\nupdates/nvidia-modeset.ko: {place}\n"
            ),
        },
    )

    [module] = known(facts.modules_on_disk) or ()
    assert module.kernel == "6.8.0-45-generic"
    assert module.path.endswith(place)


def test_a_module_that_modules_dep_lists_and_is_gone_is_not_there(tmp_path: Path) -> None:
    facts = probe(
        tmp_path, {"/lib/modules/6.8.0/modules.dep": "updates/dkms/nvidia.ko: kernel/b.ko\n"}
    )

    assert known(facts.modules_on_disk) == ()


def test_reads_for_which_kernels_dkms_built(tmp_path: Path) -> None:
    facts = probe(
        tmp_path,
        {
            "/var/lib/dkms/nvidia/580.95.05/6.8.0-45-generic/x86_64/module/nvidia.ko": "",
            "/var/lib/dkms/nvidia/580.95.05/source/dkms.conf": "",
        },
    )

    [build] = known(facts.dkms) or ()
    assert (build.version, build.kernels) == ("580.95.05", ("6.8.0-45-generic",))


def test_the_library_path_goes_before_the_loaders_folders(tmp_path: Path) -> None:
    facts = probe(
        tmp_path,
        {
            f"{LIB}/libcuda.so.580.95.05": "",
            f"{LIB}/libcuda.so.1": "-> libcuda.so.580.95.05",
            "/etc/ld.so.conf": "include /etc/ld.so.conf.d/*.conf\n",
            "/etc/ld.so.conf.d/x86_64.conf": f"# multiarch\n{LIB}\n",
            "/usr/local/cuda/compat/libcuda.so.1": "-> libcuda.so.590.44.01",
            "/usr/local/cuda/compat/libcuda.so.590.44.01": "",
        },
        LD_LIBRARY_PATH="/usr/local/cuda/compat:",
    )

    found = [
        (each.kind, str(known(each.version)), each.found_by)
        for each in known(facts.libraries) or ()
    ]
    assert found == [
        ("compat", "590.44.01", "LD_LIBRARY_PATH"),
        ("driver", "580.95.05", "the loader's folders"),
    ]


def test_a_stub_is_known_by_its_folder(tmp_path: Path) -> None:
    stubs = "/usr/local/cuda/lib64/stubs"

    facts = probe(tmp_path, {f"{stubs}/libcuda.so.1": ""}, LD_LIBRARY_PATH=stubs)

    [library] = known(facts.libraries) or ()
    assert (library.kind, type(library.version)) == ("stub", Unknown)


def test_a_32_bit_copy_is_passed_over(tmp_path: Path) -> None:
    facts = probe(
        tmp_path,
        {
            "/etc/ld.so.conf": f"/usr/lib/i386-linux-gnu\n{LIB}\n",
            "/usr/lib/i386-linux-gnu/libcuda.so.1": b"\x7fELF\x01\x01",
            f"{LIB}/libcuda.so.1": b"\x7fELF\x02\x01",
        },
    )

    [library] = known(facts.libraries) or ()
    assert library.path == f"{LIB}/libcuda.so.1"


def test_a_relative_library_path_is_not_followed(tmp_path: Path) -> None:
    facts = probe(tmp_path, {"/libcuda.so.1": ""}, LD_LIBRARY_PATH=".:lib:")

    assert isinstance(facts.libraries, Absent)


def test_one_library_behind_two_folders_is_one_copy(tmp_path: Path) -> None:
    facts = probe(
        tmp_path, {"/usr/lib64/libcuda.so.1": "", "/lib64": "-> usr/lib64", "/lib": "-> usr/lib64"}
    )

    assert len(known(facts.libraries) or ()) == 1


def test_the_loaders_cache_counts_where_no_folder_shows_the_library(tmp_path: Path) -> None:
    host = host_of(tmp_path, {"/etc/ld.so.cache": b"glibc-ld.so.cache1.1\0libcuda.so.1\0/x\0"})

    assert could_load(host, "libcuda.so.1")
    assert not could_load(host, "libnvidia-ml.so.1")


def test_lists_nodes_and_leaves_other_devices_out(tmp_path: Path) -> None:
    facts = probe(
        tmp_path, {f"/dev/{n}": "" for n in ("nvidia0", "nvidiactl", "nvidia-uvm", "null", "nvme0")}
    )

    nodes = known(facts.nodes) or ()
    assert [node.path for node in nodes] == ["/dev/nvidia-uvm", "/dev/nvidia0", "/dev/nvidiactl"]


def test_the_bus_shows_gpus_and_switches_but_not_audio(tmp_path: Path) -> None:
    def device(address: str, vendor: str, class_: str) -> dict[str, str | bytes]:
        top = f"/sys/bus/pci/devices/{address}"
        return {f"{top}/vendor": vendor, f"{top}/class": class_, f"{top}/device": "0x20b2"}

    host = host_of(
        tmp_path,
        {
            **device("0000:00:02.0", "0x8086", "0x030000"),
            **device("0000:65:00.0", "0x10de", "0x030200"),
            **device("0000:65:00.1", "0x10de", "0x040300"),
            **device("0000:c4:00.0", "0x10de", "0x068000"),
            "/sys/bus/pci/devices/0000:65:00.0/driver": "-> ../../drivers/vfio-pci",
        },
    )

    pci, fabric = probe_pci(host)

    [gpu] = known(pci) or ()
    assert (gpu.address, gpu.device_id, known(gpu.kernel_driver)) == (
        "0000:65:00.0",
        "20B2",
        "vfio-pci",
    )
    assert known(fabric) == "1 NVSwitch"


def test_a_bus_that_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    pci, _ = probe_pci(host_of(tmp_path, {}))

    assert isinstance(pci, Unknown)


GPU_AT = "/sys/bus/pci/devices/0000:65:00.0"
CARD: dict[str, str | bytes] = {
    f"{GPU_AT}/vendor": "0x10de",
    f"{GPU_AT}/class": "0x030200",
    f"{GPU_AT}/device": "0x20f1",
}
REGISTERS = "0x00000000d0000000 0x00000000d0ffffff 0x0000000000040200\n"
REGISTERS_64 = "0x0000387fff000000 0x0000387fffffffff 0x000000000014220c\n"
MEMORY = "0x0000380000000000 0x00003807ffffffff 0x000000000014220c\n"
UNSET = "0x0000000000000000 0x0000000fffffffff 0x000000002014220c\n"
ZERO = "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"


@pytest.mark.parametrize(
    ("lines", "assigned"),
    [
        (REGISTERS + MEMORY + ZERO, {0: True, 1: True}),
        (REGISTERS + UNSET + ZERO, {0: True, 1: False}),
        (REGISTERS + ZERO + ZERO, {0: True, 1: False}),
        (ZERO + ZERO + ZERO, {0: False, 1: False}),
        (REGISTERS_64 + ZERO + MEMORY, {0: True, 2: True}),
        (REGISTERS_64 + ZERO + ZERO, {0: True, 2: False}),
    ],
    ids=["both", "marked unset", "zeroed", "none", "64 bits", "64 bits, zeroed"],
)
def test_reads_whether_the_windows_have_a_place(
    tmp_path: Path, lines: str, assigned: dict[int, bool]
) -> None:
    pci, _ = probe_pci(host_of(tmp_path, {**CARD, f"{GPU_AT}/resource": lines}))

    [gpu] = known(pci) or ()
    assert {bar.number: bar.is_assigned for bar in known(gpu.bars) or ()} == assigned


@pytest.mark.parametrize("text", [None, "", "one line\n", REGISTERS, "0x1 0x2 zz\n" * 3])
def test_windows_in_another_form_are_unknown(tmp_path: Path, text: str | None) -> None:
    files = CARD if text is None else {**CARD, f"{GPU_AT}/resource": text}

    [gpu] = known(probe_pci(host_of(tmp_path, files))[0]) or ()

    assert isinstance(gpu.bars, Unknown)


def test_a_part_of_a_gpu_that_is_for_a_virtual_machine_is_no_gpu(tmp_path: Path) -> None:
    pci, _ = probe_pci(host_of(tmp_path, {**CARD, f"{GPU_AT}/physfn": "-> ../0000:64:00.0"}))

    assert known(pci) == ()


@pytest.mark.parametrize("name", ["gsp_ga10x.bin", "gsp_tu10x.bin.xz", "gsp.bin.zst"])
def test_finds_the_firmware_of_the_modules_own_version(tmp_path: Path, name: str) -> None:
    facts = probe(
        tmp_path,
        {
            "/proc/driver/nvidia/version": OPEN,
            f"/lib/firmware/nvidia/580.95.05/{name}": "",
            "/lib/firmware/nvidia/580.95.05/readme": "",
        },
    )

    assert known(facts.firmware) == (name,)


def test_firmware_of_another_version_is_none(tmp_path: Path) -> None:
    facts = probe(
        tmp_path,
        {
            "/proc/driver/nvidia/version": OPEN,
            "/lib/firmware/nvidia/570.86.15/gsp_ga10x.bin": "",
        },
    )

    assert isinstance(facts.firmware, Absent)


def test_firmware_is_looked_for_where_the_kernel_was_told_to(tmp_path: Path) -> None:
    facts = probe(
        tmp_path,
        {
            "/proc/driver/nvidia/version": OPEN,
            "/sys/module/firmware_class/parameters/path": "/run/driver/firmware\n",
            "/run/driver/firmware/nvidia/580.95.05/gsp_ga10x.bin": "",
        },
    )

    assert known(facts.firmware) == ("gsp_ga10x.bin",)


def test_without_a_loaded_module_no_firmware_is_asked_for(tmp_path: Path) -> None:
    assert isinstance(probe(tmp_path, {}).firmware, Unknown)


def test_the_fabric_managers_state_is_read_from_systemds_traces(tmp_path: Path) -> None:
    host = host_of(
        tmp_path,
        {
            "/run/systemd/system/.keep": "",
            "/usr/lib/systemd/system/nvidia-fabricmanager.service": "[Unit]\n",
        },
    )

    fact = probe_fabric_services(host)

    assert isinstance(fact, Known)
    assert fact.value == {"nvidia-fabricmanager.service": "stopped"}


def test_names_owner_and_group_where_the_machine_knows_them(tmp_path: Path) -> None:
    node = tmp_path / "dev/nvidia0"
    node.parent.mkdir()
    node.write_text("")
    user, group = node.stat().st_uid, node.stat().st_gid
    files: dict[str, str | bytes] = {"/etc/passwd": f"ann:x:{user}:{group}:::\n"}

    [found] = known(probe(tmp_path, files).nodes) or ()

    assert found.owner == f"ann:{group}"


PARAMETERS = "ModifyDeviceFiles: 1\nDeviceFileUID: 0\nDeviceFileGID: 44\nDeviceFileMode: 432\n"


def test_reads_how_the_module_wants_its_nodes(tmp_path: Path) -> None:
    files = {"/proc/driver/nvidia/params": PARAMETERS, "/etc/group": "video:x:44:ann\n"}

    setting = known(probe(tmp_path, dict(files)).node_setting)

    assert setting is not None
    assert (setting.is_applied, setting.owner, oct(setting.mode)) == (True, "0:video", "0o660")


def test_a_setting_in_another_form_is_unknown(tmp_path: Path) -> None:
    facts = probe(tmp_path, {"/proc/driver/nvidia/params": "DeviceFileMode: 438\n"})

    assert isinstance(facts.node_setting, Unknown)


KEPT = (
    "Loading of module with unavailable key is rejected",
    "Loading of unsigned module is rejected",
    "Lockdown: modprobe: unsigned module loading is restricted; see man kernel_lockdown.7",
    "NVRM: loading NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build",
)
PASSED_OVER = (
    "Lockdown: Xorg: raw io port access is restricted; see man kernel_lockdown.7",
    "usb 1-2: new high-speed USB device number 4 using xhci_hcd",
)


def test_the_kernels_refusal_of_a_module_is_kept_though_it_names_none(tmp_path: Path) -> None:
    records = [f"6,{n},{n},-;{words}\n" for n, words in enumerate((*KEPT, *PASSED_OVER))]

    log = probe_kernel_log(host_of(tmp_path, {"/dev/kmsg": "".join(records)}))

    assert known(log) == KEPT


def test_of_a_long_kernel_log_the_beginning_and_the_end_are_kept(tmp_path: Path) -> None:
    lines = [f"NVRM: line {number}" for number in range(5000)]
    records = "".join(f"6,{n},{n},-;{words}\n" for n, words in enumerate(lines))

    log = known(probe_kernel_log(host_of(tmp_path, {"/dev/kmsg": records})))

    assert log is not None
    assert (log[0], log[-1]) == (lines[0], lines[-1])
    assert len(log) == 1000
