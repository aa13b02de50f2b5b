"""Prepare the real parts that tests marked `real` use, and run those tests.

    python tools/real_parts.py [--prepare-only]

In ``.real-parts/``: a venv with PyTorch's CPU build and TensorFlow side by side, one with PyTorch's
CUDA build, one with neither, and NVIDIA's own user-space libraries as Debian packages them,
unpacked and never installed. About 9 GB and, from a warm package cache, five minutes.
"""

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PARTS = PROJECT / ".real-parts"
# The CPU build is on an index of its own outside of machines that have it at hand:
# PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu
VENVS = {
    "both": ("torch==2.13.0+cpu", "tensorflow==2.21.0"),
    "cuda": ("torch==2.14.1", "numpy"),
    "neither": (),
}
DRIVER_PACKAGES = {"535": ("libnvidia-ml1", "libcuda1", "nvidia-smi")}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prepare-only", action="store_true")
    arguments = parser.parse_args()
    PARTS.mkdir(exist_ok=True)
    for name, packages in VENVS.items():
        prepare_venv(name, packages)
    for name, packages in DRIVER_PACKAGES.items():
        prepare_driver(name, packages)
    if arguments.prepare_only:
        return 0
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "real", "tests/real"], cwd=PROJECT, check=False
    ).returncode


def prepare_venv(name: str, packages: tuple[str, ...]) -> None:
    """Make a venv once; a mark in it says that it is whole."""
    folder = PARTS / name
    mark = folder / "whole"
    if mark.exists() and mark.read_text() == repr(packages):
        return
    begun = time.monotonic()
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    if packages:
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *packages]
        subprocess.run(pip, check=True)
    mark.write_text(repr(packages))
    print(f"real parts: venv {name} in {time.monotonic() - begun:.0f} s", flush=True)


def prepare_driver(name: str, packages: tuple[str, ...]) -> None:
    """Unpack NVIDIA's user space from Debian's non-free section; elsewhere say why not."""
    folder = PARTS / f"driver-{name}"
    if (folder / "whole").exists():
        return
    mirror, release = debian_mirror()
    if mirror is None:
        print(f"real parts: no driver {name}: {release}", flush=True)
        return
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("state/lists/partial", "cache/archives/partial", "packages"):
        (folder / part).mkdir(parents=True)
    sources = folder / "debian.sources"
    sources.write_text(
        f"Types: deb\nURIs: {mirror}\nSuites: {release}\nComponents: main contrib non-free\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
    )
    options = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "-",
        "Dir::State": folder / "state",
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "-qq", *(f"-o{key}={value}" for key, value in options.items())]
    subprocess.run([*apt, "update"], check=True)
    subprocess.run([*apt, "download", *packages], cwd=folder / "packages", check=True)
    for package in (folder / "packages").glob("*.deb"):
        subprocess.run(["dpkg", "-x", str(package), str(folder / "root")], check=True)
    (folder / "whole").touch()
    print(f"real parts: driver {name} unpacked", flush=True)


def debian_mirror() -> tuple[str | None, str]:
    """The mirror that this Debian machine is set up with, and its release; else None and why."""
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        return None, "no apt-get here"
    release = platform.freedesktop_os_release()
    if release.get("ID") != "debian":
        return None, f"{release.get('ID')} is not Debian"
    folder = Path("/etc/apt")
    for file in (*folder.glob("sources.list.d/*.sources"), folder / "sources.list"):
        for uri in re.findall(r"https?://\S+/debian/?(?=\s)", _text(file)):
            return uri, release["VERSION_CODENAME"]
    return None, "no Debian mirror in /etc/apt"


def _text(file: Path) -> str:
    return file.read_text() if file.exists() and os.access(file, os.R_OK) else ""


if __name__ == "__main__":
    sys.exit(main())
