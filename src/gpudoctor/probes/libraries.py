"""Probe the copies of CUDA's and cuDNN's libraries that an environment's frameworks could load."""

import re

from gpudoctor.facts import Fact, Known, SharedLibrary
from gpudoctor.host import Host
from gpudoctor.probes.loader import search_folders

_CUDA = re.compile(
    r"lib(?:cudart|cublas|cublasLt|cufft|curand|cusolver|cusparse|cupti|nvrtc|nvJitLink|nccl"
    r"|cudnn\w*)\.so\.\d+(?:\.\d+)*\Z"
)


def probe_libraries(
    host: Host, module_path: tuple[str, ...], prefix: str | None
) -> Fact[tuple[SharedLibrary, ...]]:
    """List them in the wheels' folders, torch's own, a conda prefix's and the loader's."""
    folders: list[str] = []
    for top in module_path:
        folders += [f"{top}/nvidia/{package}/lib" for package in host.names_in(f"{top}/nvidia")]
        folders.append(f"{top}/torch/lib")
    if prefix:
        folders.append(f"{prefix}/lib")
    folders += [folder.path for folder in search_folders(host)]
    found: dict[str, SharedLibrary] = {}
    for folder in dict.fromkeys(folders):
        for name in host.names_in(folder):
            path = f"{folder}/{name}"
            # A link without its target is a removed library, not a copy of it.
            if _CUDA.match(name) and path not in found and host.exists(path):
                found[path] = SharedLibrary(name, path)
    return Known(tuple(found.values()), "the folders of wheels and of the loader")
