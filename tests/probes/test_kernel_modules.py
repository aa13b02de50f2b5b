"""What a kernel module on disk says of itself, read without unpacking or loading it."""

import struct
from pathlib import Path

import pytest

from gpudoctor.facts import Absent, DeviceHolder, DriverFacts, ModuleOnDisk, Unknown, known
from gpudoctor.probes.driver import probe_driver
from gpudoctor.probes.platform import probe_platform
from trees import host_of

KERNEL = "6.8.0-45-generic"
PLACE = f"/lib/modules/{KERNEL}/updates/dkms"
MARK = b"~Module signature appended~\n"
SECURE_BOOT = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
MOK = "/sys/firmware/efi/efivars/MokListRT-605dab50-e046-4300-abb6-3dd810dd8b23"
LOADED = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Tue Jul 13 16:14:05 UTC 2024\n"
LIB = "/usr/lib/x86_64-linux-gnu"


def kernel_module(*fields: str) -> bytes:
    """A 64-bit ELF file whose only section beside the names' is .modinfo."""
    names = b"\0.shstrtab\0.modinfo\0"
    told = b"".join(field.encode() + b"\0" for field in fields)
    start = 64
    sections = [
        (0, 0, 0),
        (1, start, len(names)),
        (11, start + len(names), len(told)),
    ]
    table = start + len(names) + len(told)
    head = bytearray(64)
    head[:6] = b"\x7fELF\x02\x01"
    struct.pack_into("<Q", head, 0x28, table)
    struct.pack_into("<HHH", head, 0x3A, 64, len(sections), 1)
    rows = b"".join(
        struct.pack("<I20xQQ", name, offset, size).ljust(64, b"\0")
        for name, offset, size in sections
    )
    return bytes(head) + names + told + rows


def common_name(text: str) -> bytes:
    return b"\x06\x03\x55\x04\x03\x0c" + bytes([len(text)]) + text.encode()


def signed(module: bytes, key: str) -> bytes:
    message = b"\x30\x82" + common_name(key)
    return module + message + struct.pack("<8x") + struct.pack(">I", len(message)) + MARK


def module_of(tmp_path: Path, name: str, content: bytes) -> ModuleOnDisk:
    facts = probe_driver(host_of(tmp_path, {f"{PLACE}/{name}": content}))
    [module] = known(facts.modules_on_disk) or ()
    return module


@pytest.mark.parametrize(
    ("licence", "flavour"), [("Dual MIT/GPL", "open"), ("NVIDIA", "proprietary")]
)
def test_a_module_tells_its_version_and_flavour(tmp_path: Path, licence: str, flavour: str) -> None:
    content = kernel_module("alias=char-major-195-*", "version=580.95.05", f"license={licence}")

    module = module_of(tmp_path, "nvidia.ko", content)

    assert str(known(module.version)) == "580.95.05"
    assert known(module.flavour) == flavour
    assert isinstance(module.signer, Absent)


def test_a_signed_module_names_its_key(tmp_path: Path) -> None:
    content = signed(kernel_module("version=580.95.05"), "build-host Secure Boot Key")

    module = module_of(tmp_path, "nvidia.ko", content)

    assert known(module.signer) == "build-host Secure Boot Key"


@pytest.mark.parametrize(
    "content",
    [b"", b"\x7fELF\x02\x01", b"\x7fELF\x02\x01" + b"\xff" * 200, b"#!/bin/sh\n" * 20],
    ids=["empty", "cut", "nonsense", "text"],
)
def test_a_broken_module_is_unknown_and_no_crash(tmp_path: Path, content: bytes) -> None:
    module = module_of(tmp_path, "nvidia.ko", content)

    assert isinstance(module.version, Unknown)
    assert isinstance(module.flavour, Unknown)


def test_a_compressed_module_has_the_version_that_dkms_built_for_its_kernel(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        f"{PLACE}/nvidia.ko.zst": b"\x28\xb5\x2f\xfd",
        f"/var/lib/dkms/nvidia/580.95.05/{KERNEL}/x86_64/log/make.log": "",
        "/var/lib/dkms/nvidia/550.54.14/6.5.0-9-generic/x86_64/log/make.log": "",
    }

    facts = probe_driver(host_of(tmp_path, files))

    [module] = known(facts.modules_on_disk) or ()
    assert str(known(module.version)) == "580.95.05"
    assert isinstance(module.signer, Unknown)


def test_enrolled_keys_are_read_where_secure_boot_is_on(tmp_path: Path) -> None:
    on = host_of(
        tmp_path,
        {
            SECURE_BOOT: struct.pack("<IB", 6, 1),
            MOK: b"\x06\0\0\0" + common_name("DKMS module signing key") + common_name("ann"),
        },
    )

    assert known(probe_platform(on).enrolled_keys) == ("DKMS module signing key", "ann")


def test_enrolled_keys_are_not_looked_for_without_secure_boot(tmp_path: Path) -> None:
    off = host_of(tmp_path, {SECURE_BOOT: struct.pack("<IB", 6, 0), MOK: common_name("ann")})

    assert isinstance(probe_platform(off).enrolled_keys, Unknown)


def test_kernels_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    names = ("6.8.0-100-generic", "6.8.0-45-generic", "6.11.0-9-generic")
    files: dict[str, str | bytes] = {f"/lib/modules/{name}/modules.dep": "" for name in names}
    files["/lib/modules/5.4.0-1-generic/updates/left-behind"] = ""

    kernels = known(probe_platform(host_of(tmp_path, files)).kernels)

    assert kernels == ("6.8.0-45-generic", "6.8.0-100-generic", "6.11.0-9-generic")


def upgraded(tmp_path: Path, **more: str | bytes) -> DriverFacts:
    """A machine whose libraries are newer than the loaded module."""
    files: dict[str, str | bytes] = {
        "/proc/driver/nvidia/version": LOADED,
        f"{LIB}/libcuda.so.1": "-> libcuda.so.580.95.05",
        f"{LIB}/libcuda.so.580.95.05": b"\x7fELF\x02",
        "/etc/ld.so.conf": f"{LIB}\n",
        "/proc/1187/comm": "Xorg\n",
        "/proc/1187/fd/0": "-> /dev/null",
        "/proc/1187/fd/7": "-> /dev/nvidiactl",
        "/proc/1200/comm": "bash\n",
        "/proc/1200/fd/0": "-> /dev/pts/0",
    }
    return probe_driver(host_of(tmp_path, {**files, **more}))


def test_who_keeps_an_outdated_module_from_unloading_is_known(tmp_path: Path) -> None:
    assert known(upgraded(tmp_path).holders) == (DeviceHolder(1187, "Xorg"),)


def test_nobody_is_looked_for_where_module_and_libraries_agree(tmp_path: Path) -> None:
    same = LOADED.replace("550.54.14", "580.95.05")

    assert isinstance(upgraded(tmp_path, **{"/proc/driver/nvidia/version": same}).holders, Unknown)
