"""Messages of container engines, NVIDIA's container toolkit and WSL."""

import re

from gpudoctor.symptoms.pattern import SymptomPattern

CONTAINERS: tuple[SymptomPattern, ...] = (
    SymptomPattern(
        "container-needs-newer-driver",
        re.compile(r"unsatisfied condition: cuda ?>= ?(\d{1,2}\.\d{1,2})"),
        "nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.4, please update",
    ),
    SymptomPattern(
        "wsl-without-adapter",
        re.compile(
            r"WSL environment detected but no adapters were found"
            r"|GPU access blocked by the operating system"
        ),
        "Failed to initialize NVML: GPU access blocked by the operating system",
    ),
    SymptomPattern(
        "container-host-driver-not-loaded",
        re.compile(r"nvidia-container-cli: initialization error: .{0,30}driver not loaded"),
        "nvidia-container-cli: initialization error: nvml error: driver not loaded",
    ),
    SymptomPattern(
        "container-host-without-driver",
        re.compile(
            r"nvidia-container-cli: initialization error: .{0,30}libnvidia-ml\.so"
            r"(?:\.1)?: cannot open"
        ),
        "nvidia-container-cli: initialization error: load library failed: libnvidia-ml.so.1: "
        "cannot open shared object file",
    ),
    SymptomPattern(
        "container-without-device",
        re.compile(
            r"could not select device driver .{0,16} ?with capabilities: \[\[\w{0,8}gpu"
            r"|The NVIDIA Driver was not detected|[Uu]nknown runtime specified \"?nvidia"
            r"|unknown or invalid runtime name: \"?nvidia"
            r"|nvidia-container-(?:cli|runtime)[\w-]{0,8}\"?: executable file not found"
            r"|unresolvable CDI devices|failed to inject CDI devices"
            r"|nvidia-container-cli: ldcache error|BPF_CGROUP_DEVICE\) failed"
            r"|nvidia-container-cli: (?:container|mount|device|detection) error"
        ),
        'docker: Error response from daemon: could not select device driver "" with capabilities: '
        "[[gpu]].",
    ),
    SymptomPattern(
        "nvml-not-in-container",
        re.compile(
            r"could not load NVML library|NVML: Library Not Found|NVML: ERROR_LIBRARY_NOT_FOUND"
        ),
        "Failed to initialize NVML: could not load NVML library.",
    ),
    SymptomPattern(
        "no-device-node",
        re.compile(r"no NVIDIA GPU device is present: /dev/nvidia0 does not exist"),
        "no NVIDIA GPU device is present: /dev/nvidia0 does not exist",
    ),
)
