"""Messages of the kernel, its modules and nvidia-smi about the driver and the devices."""

import re

from gpudoctor.symptoms.pattern import SymptomPattern

SYSTEM: tuple[SymptomPattern, ...] = (
    SymptomPattern(
        "driver-not-answering",
        re.compile(r"NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver"),
        "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure",
    ),
    SymptomPattern(
        "nvidia-smi-not-found",
        re.compile(r"nvidia-smi: (?:command )?not found|[Cc]ommand '?nvidia-smi'? not found"),
        "bash: nvidia-smi: command not found",
    ),
    SymptomPattern(
        "module-not-built",
        re.compile(
            r"Module (nvidia(?:[-_]\w{2,12})?) not found in directory /lib/modules/"
            r"|Bad return status for module build on kernel"
            r"|nvidia: version magic '[^']{5,80}' should be '"
        ),
        "modprobe: FATAL: Module nvidia not found in directory /lib/modules/6.8.0-45-generic",
    ),
    SymptomPattern(
        "module-refused",
        re.compile(
            r"Key was rejected by service|Required key not available"
            r"|Loading of (?:unsigned module|module with unavailable key) is rejected"
            r"|unsigned module loading is restricted"
        ),
        "modprobe: ERROR: could not insert 'nvidia': Key was rejected by service",
    ),
    SymptomPattern(
        "module-not-loadable",
        re.compile(
            r"could not insert '?nvidia(?:[-_]\w{2,12})?'?: "
            r"(?!Key was|Required key|Operation not permitted)[A-Z]"
        ),
        "modprobe: ERROR: could not insert 'nvidia': Exec format error",
    ),
    SymptomPattern(
        "device-held-by-another-driver",
        re.compile(
            r"The NVIDIA probe routine was not called for \d{1,3} device"
            r"|Kernel driver in use: nouveau"
            r"|a driver such as:? ?nouveau, rivafb"
        ),
        "NVRM: The NVIDIA probe routine was not called for 1 device(s).",
    ),
    SymptomPattern(
        "no-gpu-found-by-driver",
        re.compile(r"NVRM: No NVIDIA (?:GPU|graphics adapter|device)s? (?:were )?found"),
        "NVRM: No NVIDIA GPU found.",
    ),
    SymptomPattern(
        "driver-versions-differ",
        re.compile(
            r"API mismatch: the client has (?:the )?version (\d{3}\.[\d.]{2,10})"
            r"|nvml error: driver/library version mismatch"
            r"|NVML: Driver/library version mismatch"
        ),
        "NVRM: API mismatch: the client has the version 580.95.05, but",
    ),
    SymptomPattern(
        "libcuda-newer-than-module",
        re.compile(r"kernel version (\d{3}\.[\d.]{1,10}) does not match DSO version \d{3}\."),
        "kernel version 535.183.1 does not match DSO version 550.54.15 -- cannot find working",
    ),
    SymptomPattern(
        "gpu-fell-off",
        re.compile(
            r"GPU has fallen off the bus|\bXid \([^)]{4,60}\): 79\b|GPU is lost\.|GPU_IS_LOST"
            r"|Unable to determine the device handle for (?:GPU|gpu)"
        ),
        "NVRM: Xid (PCI:0000:65:00): 79, pid=1234, GPU has fallen off the bus.",
    ),
    SymptomPattern(
        "gpu-not-started",
        re.compile(r"RmInitAdapter failed! \(|rm_init_adapter failed"),
        "NVRM: GPU 0000:65:00.0: RmInitAdapter failed! (0x24:0xffff:1460)",
    ),
    SymptomPattern(
        "memory-error",
        re.compile(
            r"[Uu]ncorrectable ECC error encountered|(?:CUDA_ERROR|ERROR)_ECC_UNCORRECTABLE"
            r"|\bXid \([^)]{4,60}\): (?:48|63|64|94|95|140|155|156|158)\b"
            r"|(?:Row [Rr]emapping|row remap)[a-z ]{0,20}(?:failed|failure|pending)"
            r"|reset required to (?:remap|activate)"
        ),
        "RuntimeError: CUDA error: uncorrectable ECC error encountered",
    ),
    SymptomPattern(
        "slowed-by-heat",
        re.compile(
            r"(?:HW Thermal Slowdown|SW Thermal Slowdown|HW Slowdown|HW Power Brake Slowdown)"
            r"\s{0,40}:\s{0,2}Active"
            r"|clocks? (?:event|throttling) due to thermal violation"
            r"|clocks? (?:event|throttling) due to power brake",
        ),
        "HW Thermal Slowdown               : Active",
    ),
    SymptomPattern(
        "fabric-not-ready",
        re.compile(
            r"system not yet initialized|SYSTEM_NOT_READY"
            r"|fabric manager NVIDIA GPU driver interface version \S{5,14} don't match"
        ),
        "Error 802: system not yet initialized (Triggered internally at",
    ),
    SymptomPattern(
        "access-refused",
        re.compile(
            r"NVML: Insufficient Permissions|/dev/nvidia[\w-]{0,16}['\"]?: [Pp]ermission denied"
        ),
        "Failed to initialize NVML: Insufficient Permissions",
    ),
    SymptomPattern(
        "access-lost",
        re.compile(r"NVML: Unknown Error|\bc 195:\* m\b"),
        "Failed to initialize NVML: Unknown Error",
    ),
    SymptomPattern(
        "cuda-unknown-error",
        re.compile(
            r"cuInit: CUDA_ERROR_UNKNOWN|CUDA unknown error|\(999\) ?: ?unknown error"
            r"|error=999 ?: ?unknown error|Error 999: unknown error"
        ),
        "failed call to cuInit: CUDA_ERROR_UNKNOWN: unknown error",
    ),
    SymptomPattern(
        "stuck-in-driver",
        re.compile(
            r"task (?:nvidia-smi|nv_queue|nv_open_q|irq/\d{1,4}-nvidia"
            r"|\w{1,15}):\d{1,8} blocked for more than"
        ),
        "INFO: task nvidia-smi:4242 blocked for more than 120 seconds.",
    ),
    SymptomPattern(
        "forward-compatibility-refused",
        re.compile(
            r"forward compatibility was attempted on non supported HW"
            r"|COMPAT_NOT_SUPPORTED_ON_DEVICE|cudaErrorCompatNotSupportedOnDevice"
        ),
        "Error 804: forward compatibility was attempted on non supported HW",
    ),
    SymptomPattern(
        "driver-combination-refused",
        re.compile(r"unsupported display driver / cuda driver combination|SYSTEM_DRIVER_MISMATCH"),
        "Error 803: system has unsupported display driver / cuda driver combination",
    ),
    SymptomPattern(
        "no-cuda-device",
        re.compile(
            r"CUDA_ERROR_NO_DEVICE|no CUDA-capable device is detected|No CUDA GPUs are available"
        ),
        "RuntimeError: No CUDA GPUs are available",
    ),
    SymptomPattern(
        "cuinit-minus-one",
        re.compile(r"cuInit: (?:CUresult\(-1\)|UNKNOWN ERROR \(-1\))"),
        "failed call to cuInit: CUresult(-1)",
    ),
    SymptomPattern(
        "stubs-on-the-path",
        re.compile(r"/(?:cuda[\w.-]{0,12}|targets/[\w-]{4,20})/(?:lib(?:64)?/)?stubs\b"),
        "export LD_LIBRARY_PATH=/usr/local/cuda/lib64/stubs",
        is_trouble=False,
    ),
    SymptomPattern(
        "stub-library",
        re.compile(r"CUDA driver is a stub li|CUDA_ERROR_STUB_LIBRARY|cudaErrorStubLibrary"),
        "CUDA driver is a stub library",
    ),
    SymptomPattern(
        "mig-without-instance",
        re.compile(r"No MIG devices found|MIG mode is enabled but (?:no|there are no)"),
        "No MIG devices found.",
    ),
)
