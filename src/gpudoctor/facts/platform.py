"""The machine under the driver, and what its PCI bus shows."""

from dataclasses import dataclass

from gpudoctor.facts.fact import NOT_LOOKED, Fact, known


@dataclass(frozen=True, slots=True)
class PlatformFacts:
    """The machine under the driver: system, kernel, and what wraps them."""

    os: str  # linux, windows, darwin
    cpu_arch: str
    distribution: Fact[str] = NOT_LOOKED  # "Ubuntu 24.04.1 LTS"
    distribution_ids: Fact[tuple[str, ...]] = NOT_LOOKED  # ID, then ID_LIKE: ("ubuntu", "debian")
    kernel: Fact[str] = NOT_LOOKED
    libc: Fact[str] = NOT_LOOKED  # "glibc 2.36"
    cpu_flags: Fact[tuple[str, ...]] = NOT_LOOKED  # as /proc/cpuinfo names them: avx, avx2
    wsl: Fact[str] = NOT_LOOKED  # "1" or "2"
    container: Fact[str] = NOT_LOOKED  # docker, podman, kubernetes, apptainer, lxc, …
    build_step: Fact[str] = NOT_LOOKED  # the builder whose step this is: buildkit, buildah, kaniko
    virtual_machine: Fact[str] = NOT_LOOKED  # the hypervisor or the machine's maker: QEMU, VMware
    integrated_board: Fact[str] = NOT_LOOKED  # Jetson or DGX Spark, from the device tree or DMI
    secure_boot: Fact[bool] = NOT_LOOKED
    # Common names of the keys that firmware and shim trust; looked for where Secure Boot is on.
    enrolled_keys: Fact[tuple[str, ...]] = NOT_LOOKED
    kernels: Fact[tuple[str, ...]] = NOT_LOOKED  # installed ones, oldest first
    is_root: bool = False
    selinux: Fact[str] = NOT_LOOKED  # enforcing, permissive
    selinux_domain: Fact[str] = NOT_LOOKED  # what SELinux holds this process for: container_t
    user_namespace: Fact[bool] = NOT_LOOKED  # user ids are mapped, as in a rootless container
    wsl_libraries: Fact[tuple[str, ...]] = NOT_LOOKED  # what Windows put into /usr/lib/wsl/lib
    wsl_driver_package: Fact[str] = NOT_LOOKED  # NVIDIA's, among the drivers that Windows shows


@dataclass(frozen=True, slots=True)
class PciBar:
    """A window into a device's memory that firmware and kernel give it."""

    number: int  # BAR0, …
    size_bytes: int
    is_assigned: bool  # False: no place in the machine's address space


@dataclass(frozen=True, slots=True)
class PciDevice:
    """An NVIDIA display or 3D controller on the PCI bus."""

    address: str  # 0000:65:00.0
    device_id: str  # four upper-case hex digits
    kernel_driver: Fact[str]  # nvidia, nouveau, vfio-pci, …
    power_state: Fact[str] = NOT_LOOKED  # D0, D3cold, …
    bars: Fact[tuple[PciBar, ...]] = NOT_LOOKED  # to registers and memory, placed or not
    max_link_width: Fact[int] = NOT_LOOKED  # lanes that the card can use
    max_link_generation: Fact[int] = NOT_LOOKED
    slot_max_link_width: Fact[int] = NOT_LOOKED  # of the port that the card hangs on
    slot_max_link_generation: Fact[int] = NOT_LOOKED

    @property
    def is_asleep(self) -> bool:
        """Whether the card is powered down: any call into its driver would wake it."""
        return known(self.power_state) in ("D3cold", "D3hot")
