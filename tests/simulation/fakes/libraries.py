"""Loads CUDA's libraries in the order in which a wheel's RUNPATH makes the loader look.

Only folders of the simulated machine are searched: CUDA installed on the machine that runs the
tests must not help.
"""

import ctypes
import glob
import os


def candidates(site: str, soname: str) -> "list[str]":
    """Where the library could lie: LD_LIBRARY_PATH, then the nvidia wheels, then torch's own."""
    folders = [each for each in os.environ.get("LD_LIBRARY_PATH", "").split(":") if each]
    folders += sorted(glob.glob(os.path.join(glob.escape(site), "nvidia", "*", "lib")))
    folders.append(os.path.join(site, "torch", "lib"))
    return [os.path.join(folder, soname) for folder in folders]


def find(site: str, soname: str) -> "str | None":
    """The copy that wins."""
    return next((path for path in candidates(site, soname) if os.path.exists(path)), None)


def load(site: str, soname: str) -> ctypes.CDLL:
    """Load it, or raise OSError with the loader's own words."""
    path = find(site, soname)
    if path is None:
        raise OSError(f"{soname}: cannot open shared object file: No such file or directory")
    return ctypes.CDLL(path)


def driver() -> ctypes.CDLL:
    """libcuda.so.1 as the dynamic loader finds it; OSError where there is none."""
    return ctypes.CDLL("libcuda.so.1")
