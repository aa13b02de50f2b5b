"""Changes of one thing each, with all the traces that it leaves on a real machine."""

import errno

from simulation import layout
from simulation.build import install_library, install_stub
from simulation.machine import Machine
from simulation.presets import cuda_api_of

_STUBS = "/usr/local/cuda/lib64/stubs"


def unload_module(machine: Machine, holder: str | None = None) -> None:
    """The kernel module is installed and not loaded; `holder` (nouveau, vfio-pci) has the GPUs."""
    machine.remove("/proc/driver/nvidia", "/sys/module/nvidia*", "/dev/nvidia*")
    lines = machine.path("/proc/modules").read_text().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("nvidia")]
    if holder == "nouveau":
        kept.insert(0, "nouveau 3096576 0 - Live 0x0000000000000000\n")
    machine.write("/proc/modules", "".join(kept))
    for each in machine.gpus:
        machine.remove(f"/sys/bus/pci/devices/{each.pci_address}/driver")
    if holder:
        layout.write_pci(machine, driver=holder)
    machine.scenario(nvml_init=9, cuda_init=100)


def refuse_signature(machine: Machine) -> None:
    """The kernel does not trust the key of the module, and nouveau took the GPU."""
    unload_module(machine, "nouveau")
    layout.write_kernel_log(machine, "Loading of module with unavailable key is rejected")


def miss_build_for_kernel(machine: Machine, kernel: str = "6.8.0-83-generic") -> None:
    """A newer kernel runs, for which DKMS built nothing."""
    unload_module(machine)
    layout.write_kernel(machine, kernel)


def uninstall_driver(machine: Machine) -> None:
    """No module loaded, none on disk, no libraries."""
    unload_module(machine)
    machine.remove("/lib/modules/*/*", "/var/lib/dkms", "/usr/src/nvidia-*")
    remove_libraries(machine)


def remove_libraries(machine: Machine) -> None:
    """The driver's user space is gone."""
    folder = machine.distribution.library_folder
    machine.remove(f"{folder}/libcuda.so*", f"{folder}/libnvidia-*")
    # With nothing left to answer, the loader must not find the tests' own machine's driver.
    machine.export(LD_AUDIT=str(machine.natives.hide))


def remove_gpus(machine: Machine) -> None:
    """No NVIDIA device on the PCI bus; the driver stays installed and is not loaded."""
    unload_module(machine)
    for each in machine.gpus:
        machine.remove(f"/sys/bus/pci/devices/{each.pci_address}")
    machine.scenario(gpus=())


def update_libraries_without_reboot(machine: Machine, version: str) -> None:
    """The driver was updated on disk and the old kernel module is still loaded."""
    folder = machine.distribution.library_folder
    machine.remove(f"{folder}/libcuda.so*", f"{folder}/libnvidia-*")
    layout.write_libraries(machine, version)
    machine.remove("/var/lib/dkms/nvidia/*", "/usr/src/nvidia-*")
    layout.write_modules_on_disk(machine, version, (machine.kernel,))
    machine.scenario(nvml_init=18, cuda_init=803)


def update_libraries_without_module(machine: Machine, version: str) -> None:
    """The libraries were updated, and the module could not be built for the running kernel."""
    folder = machine.distribution.library_folder
    machine.remove(f"{folder}/libcuda.so*", f"{folder}/libnvidia-*")
    layout.write_libraries(machine, version)
    machine.scenario(nvml_init=18, cuda_init=803)


def enter_container_without_nvml(machine: Machine) -> None:
    """A container that was given compute and not utility: libcuda is there, NVML is not."""
    enter_container(machine, with_gpu=True)
    machine.export(NVIDIA_DRIVER_CAPABILITIES="compute")
    machine.remove(f"{machine.distribution.library_folder}/libnvidia-ml.so*")


def put_to_sleep(machine: Machine) -> None:
    """The card is powered down, as a laptop's is while nothing uses it."""
    for each in machine.gpus:
        machine.write(f"/sys/bus/pci/devices/{each.pci_address}/power_state", "D3cold\n")


def hide_buses(machine: Machine) -> None:
    """A sandbox without /sys."""
    machine.remove("/sys")


def lose_gpu(machine: Machine, number: int, cuda_init: int | None = None) -> None:
    """One GPU fell off the bus while the others run; CUDA may answer `cuda_init` for all."""
    if cuda_init is not None:
        machine.scenario(cuda_init=cuda_init)
    machine.change_gpu(number, handle=15)
    address = machine.gpus[number].pci_address
    layout.write_kernel_log(
        machine, f"NVRM: Xid (PCI:{address[:-2]}): 79, GPU has fallen off the bus."
    )


def hide_gpus(machine: Machine, value: str = "") -> None:
    """CUDA_VISIBLE_DEVICES is set to this."""
    machine.export(CUDA_VISIBLE_DEVICES=value)


def stop_fabric_manager(machine: Machine, state: str = "stopped") -> None:
    """The fabric manager of a machine with NVSwitches does not run, so that CUDA isn't ready."""
    layout.write_fabric_manager(machine, state)
    for number, each in enumerate(machine.gpus):
        if each.fabric_state is not None:
            machine.change_gpu(number, fabric_state=2)
    machine.scenario(cuda_init=802)


def unload_uvm(machine: Machine, cuda_init: int = 999) -> None:
    """nvidia-uvm is not loaded and has no nodes."""
    lines = machine.path("/proc/modules").read_text().splitlines(keepends=True)
    machine.write("/proc/modules", "".join(e for e in lines if not e.startswith("nvidia_uvm")))
    machine.remove("/sys/module/nvidia_uvm", "/dev/nvidia-uvm*")
    machine.scenario(cuda_init=cuda_init)


def load_stub_first(machine: Machine, folder: str = _STUBS) -> None:
    """LD_LIBRARY_PATH names the toolkit's stubs before the driver's folder."""
    install_stub(machine.natives, machine.path(folder))
    machine.prepend("LD_LIBRARY_PATH", folder)


def load_compat_first(
    machine: Machine,
    version: str = "590.44.01",
    cuda_api: int | None = None,
    code: int = 804,
    folder: str = "/usr/local/cuda/compat",
) -> None:
    """A forward-compatibility libcuda is found first; `code` 0 means that it works here."""
    install_library(machine.natives.libcuda, machine.path(folder), "libcuda.so.1", version)
    machine.prepend("LD_LIBRARY_PATH", folder)
    machine.scenario(compat_api=cuda_api or cuda_api_of(version), compat_init=code)


def enter_container(machine: Machine, engine: str = "docker", *, with_gpu: bool = False) -> None:
    """Wrap the machine in a container: the host's /proc and /sys show through, the rest not."""
    machine.remove("/lib/modules/*", "/var/lib/dkms", "/usr/src/nvidia-*", "/run/systemd")
    machine.remove("/sys/firmware", "/sys/fs/cgroup/system.slice")
    marks = {"docker": "/.dockerenv", "podman": "/run/.containerenv"}
    if engine in marks:
        machine.write(marks[engine])
    cgroup = {"kubernetes": "/kubepods.slice/pod1", "lxc": "/lxc/box"}.get(engine, "/")
    machine.write("/proc/1/cgroup", f"0::{cgroup}\n")
    machine.write(
        "/proc/self/mountinfo",
        "1022 967 0:82 / / rw,relatime - overlay overlay rw,lowerdir=/var/lib/containers/l\n",
    )
    if engine == "kubernetes":
        machine.export(KUBERNETES_SERVICE_HOST="10.96.0.1")
    if with_gpu:
        machine.export(NVIDIA_VISIBLE_DEVICES="all", NVIDIA_DRIVER_CAPABILITIES="compute,utility")
    else:
        machine.remove("/dev/nvidia*")
        remove_libraries(machine)


def refuse_nodes(machine: Machine, code: int) -> None:
    """The kernel refuses the nodes though their mode bits allow them: EPERM or EACCES."""
    machine.export(LD_PRELOAD=str(machine.natives.refuse), SIM_REFUSES=str(code))
    machine.scenario(nvml_init=999 if code == errno.EPERM else 4, cuda_init=100)


def revoke_devices(machine: Machine) -> None:
    """The device cgroup of a container with its GPU was reset."""
    enter_container(machine, with_gpu=True)
    refuse_nodes(machine, errno.EPERM)


def confine(machine: Machine) -> None:
    """SELinux keeps a container from the devices that it was given."""
    enter_container(machine, "podman", with_gpu=True)
    machine.write("/proc/self/attr/current", "system_u:system_r:container_t:s0:c1,c2\0")
    refuse_nodes(machine, errno.EACCES)


def shadow_windows_driver(machine: Machine, version: str = "535.183.01") -> None:
    """A Linux display driver is installed in WSL and found before the libcuda of Windows."""
    layout.write_libraries(machine, version)
    machine.prepend("LD_LIBRARY_PATH", machine.distribution.library_folder)
    machine.scenario(nvml_init=9, cuda_init=100)


def refuse_virtual_gpu(machine: Machine, version: str) -> None:
    """An ordinary driver does not take the virtual GPU of this guest."""
    unload_module(machine)
    machine.write("/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu hypervisor\n")
    machine.write("/sys/class/dmi/id/sys_vendor", "QEMU\n")
    each = machine.gpus[0]
    layout.write_kernel_log(
        machine,
        f"NVRM: The NVIDIA GPU {each.pci_address} (PCI ID: 10de:{each.pci_device_id.lower()})"
        "\\x0aNVRM: installed in this system is not supported by the\\x0aNVRM: NVIDIA "
        f"{version} driver release.",
    )


def be_a_job(machine: Machine, gpus: str | None = None) -> None:
    """A job of Slurm that was given these GPUs, whose device cgroup hides all others."""
    machine.export(SLURM_JOB_ID="4711", SLURM_JOB_GPUS=gpus)
    if gpus is None:
        machine.scenario(gpus=(), cuda_init=100)
    else:
        machine.scenario(gpus=tuple(machine.gpus[int(n)] for n in gpus.split(",")))


def enter_build_step(machine: Machine) -> None:
    """A step of an image's build, by BuildKit."""
    enter_container(machine)
    root = machine.path("/proc/self/mountinfo").read_text()
    hosts = "/var/lib/docker/buildkit/executor/hosts /etc/hosts ro,relatime - ext4 /dev/sda1 rw"
    machine.write("/proc/self/mountinfo", f"{root}1023 1022 8:1 {hosts}\n")


def refuse_gpus(machine: Machine, *messages: str) -> None:
    """The module stays loaded and NVML finds no GPU, as with a driver that refuses them all."""
    if messages:
        layout.write_kernel_log(machine, *messages)
    machine.scenario(gpus=(), cuda_init=100)
    machine.remove("/proc/driver/nvidia/gpus", "/dev/nvidia[0-9]*")


def leave_without_memory_window(machine: Machine) -> None:
    """Firmware gave the GPUs no BAR1, so that the module refused to stay."""
    gpus = machine.gpus
    unload_module(machine)
    for each in gpus:
        path = f"/sys/bus/pci/devices/{each.pci_address}/resource"
        first = machine.path(path).read_text().splitlines()[0]
        nothing = "0x0000000000000000 0x0000000000000000 0x0000000000000000"
        machine.write(path, f"{first}\n{nothing}\n{nothing}\n")
