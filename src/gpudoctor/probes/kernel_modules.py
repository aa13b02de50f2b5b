"""Probe the NVIDIA kernel modules on disk: for which kernels, of which version, signed by whom."""

import re
import struct

from gpudoctor.errors import MissingError, ProbeError
from gpudoctor.facts import Absent, DkmsBuild, Fact, Known, ModuleOnDisk, Unknown
from gpudoctor.host import Host
from gpudoctor.versions import DriverVersion

_MODULE_FILE = re.compile(r"^(\S*/nvidia\.ko(?:\.\w+)?):", re.MULTILINE)
# Where the packagers put it, for kernels whose modules.dep is missing or older than the module.
_MODULE_FOLDERS = ("updates/dkms", "updates", "extra", "extra/nvidia", "kernel/drivers/video")
_DKMS = "/var/lib/dkms"
# scripts/sign-file.c: PKCS#7 message, struct module_signature with its length, this mark.
_SIGNATURE_MARK = b"~Module signature appended~\n"
_SIGNATURE_HEAD = 12
_MOST_SIGNATURE = 16384
_MOST_MODINFO = 1 << 20
_COMMON_NAME = b"\x06\x03\x55\x04\x03"  # X.520: the object identifier 2.5.4.3 in DER
_STRINGS = (0x0C, 0x13, 0x14, 0x16)  # UTF8String, PrintableString, TeletexString, IA5String
_LONGEST_NAME = 127  # what one byte of a DER length says
_ELF_64_LITTLE = b"\x7fELF\x02\x01"


def probe_modules_on_disk(
    host: Host, dkms: Fact[tuple[DkmsBuild, ...]]
) -> Fact[tuple[ModuleOnDisk, ...]]:
    """Every nvidia.ko under /lib/modules, with what it says of itself where it can be read."""
    try:
        kernels = host.list_directory("/lib/modules")
    except MissingError:
        return Absent("/lib/modules does not exist")
    except ProbeError as error:
        return Unknown(str(error))
    found = [
        _module(host, kernel, path, dkms)
        for kernel in kernels
        for path in _module_files(host, f"/lib/modules/{kernel}")
    ]
    return Known(tuple(found), "/lib/modules")


def _module_files(host: Host, folder: str) -> list[str]:
    try:
        listed = _MODULE_FILE.findall(host.read_text(f"{folder}/modules.dep"))
    except ProbeError:
        listed = []
    paths = [path if path.startswith("/") else f"{folder}/{path}" for path in listed]
    for place in _MODULE_FOLDERS:
        names = host.names_in(f"{folder}/{place}")
        paths += [f"{folder}/{place}/{n}" for n in names if n.startswith("nvidia.ko")]
    return sorted({path for path in paths if host.exists(path)})


def probe_dkms(host: Host) -> Fact[tuple[DkmsBuild, ...]]:
    """What DKMS keeps of NVIDIA's modules, by version."""
    try:
        packages = [name for name in host.list_directory(_DKMS) if name.startswith("nvidia")]
    except MissingError:
        return Absent(f"{_DKMS} does not exist")
    except ProbeError as error:
        return Unknown(str(error))
    builds = []
    for package in packages:
        for version in host.names_in(f"{_DKMS}/{package}"):
            if version[:1].isdigit() and host.is_directory(f"{_DKMS}/{package}/{version}"):
                kernels = [
                    name
                    for name in host.names_in(f"{_DKMS}/{package}/{version}")
                    if name not in ("source", "build")
                    and host.is_directory(f"{_DKMS}/{package}/{version}/{name}")
                ]
                builds.append(DkmsBuild(version, tuple(kernels)))
    return Known(tuple(builds), _DKMS)


def _module(host: Host, kernel: str, path: str, dkms: Fact[tuple[DkmsBuild, ...]]) -> ModuleOnDisk:
    if not path.endswith(".ko"):
        # Unpacking a hundred megabytes takes longer than all the rest of a check.
        packed = Unknown(f"{path} is compressed")
        return ModuleOnDisk(kernel, path, _version_in_dkms(kernel, dkms) or packed, packed, packed)
    try:
        told = _modinfo(host, path)
    except ProbeError as error:
        gap = Unknown(str(error))
        return ModuleOnDisk(kernel, path, gap, gap, gap)
    return ModuleOnDisk(kernel, path, *_version_and_flavour(path, told), _signer(host, path))


def _version_in_dkms(kernel: str, dkms: Fact[tuple[DkmsBuild, ...]]) -> Fact[DriverVersion] | None:
    if not isinstance(dkms, Known):
        return None
    built = [each.version for each in dkms.value if kernel in each.kernels]
    try:
        return Known(DriverVersion.parse(built[0]), _DKMS) if len(built) == 1 else None
    except ValueError:
        return None


def _version_and_flavour(
    path: str, told: "dict[str, str]"
) -> tuple[Fact[DriverVersion], Fact[str]]:
    unknown = Unknown(f"{path} does not tell")
    version: Fact[DriverVersion] = unknown
    try:
        version = Known(DriverVersion.parse(told["version"]), path)
    except (KeyError, ValueError):
        pass
    licence = told.get("license")
    flavour: Fact[str] = unknown
    if licence:  # the open modules are "Dual MIT/GPL", the others "NVIDIA"
        flavour = Known("open" if "GPL" in licence else "proprietary", path)
    return version, flavour


def _modinfo(host: Host, path: str) -> "dict[str, str]":
    """The section .modinfo of an ELF file, read by its headers: the file has 100 MB."""
    try:
        head = host.read_range(path, 0, 64)
        if not head.startswith(_ELF_64_LITTLE):
            return {}
        (table,) = struct.unpack_from("<Q", head, 0x28)
        entry, count, names = struct.unpack_from("<HHH", head, 0x3A)
        headers = host.read_range(path, table, entry * count)
        sections = [struct.unpack_from("<I20xQQ", headers, entry * n) for n in range(count)]
        _, start, size = sections[names]
        words = host.read_range(path, start, min(size, _MOST_MODINFO))
        for name, start, size in sections:
            if words[name : words.find(b"\0", name)] == b".modinfo":
                content = host.read_range(path, start, min(size, _MOST_MODINFO))
                pairs = (
                    each.partition("=") for each in content.decode("utf-8", "replace").split("\0")
                )
                return {key: value for key, _, value in pairs if key}
    except (struct.error, IndexError) as error:
        raise ProbeError(f"{path} is no kernel module: {error}") from error
    return {}


def _signer(host: Host, path: str) -> Fact[str]:
    try:
        end = host.read_range(path, -len(_SIGNATURE_MARK) - _SIGNATURE_HEAD, 64)
        if not end.endswith(_SIGNATURE_MARK):
            return Absent(f"{path} carries no signature")
        (size,) = struct.unpack_from(">I", end, 8)
        signature = host.read_range(path, -len(end) - min(size, _MOST_SIGNATURE), size)
    except (ProbeError, struct.error) as error:
        return Unknown(str(error))
    names = common_names(signature)
    return (
        Known(names[0], path)
        if names
        else Unknown(f"{path} does not name the key of its signature")
    )


def common_names(der: bytes) -> tuple[str, ...]:
    """The common names in DER-encoded certificates or signatures, each once."""
    found: dict[str, None] = {}
    at = der.find(_COMMON_NAME)
    while at >= 0:
        tag = at + len(_COMMON_NAME)
        size = der[tag + 1] if tag + 1 < len(der) else 0
        text = der[tag + 2 : tag + 2 + size]
        if size <= _LONGEST_NAME and len(text) == size and der[tag] in _STRINGS:
            found[text.decode("utf-8", "replace")] = None
        at = der.find(_COMMON_NAME, tag)
    return tuple(found)
