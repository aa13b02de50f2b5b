"""What the return codes of NVML, libcuda and the CUDA runtime mean, in a few words each.

Sources: nvmlReturn_t of NVIDIA's NVML API reference, CUresult of the CUDA driver API and
cudaError_t of the CUDA runtime API; where practice differs from the name, practice (field reports).
"""

from collections.abc import Mapping

from gpudoctor.facts import CallResult

_NVML: Mapping[int, str] = {
    1: "NVML was not initialised",
    2: "an argument was refused",
    3: "this GPU lacks what was asked for",
    4: "this user may not ask that",
    6: "the thing asked for was not found",
    9: "the kernel module is not loaded",
    10: "the driver waits for an interrupt that does not come",
    12: "libnvidia-ml.so.1 was not found",
    13: "the driver's library is older than the call",
    15: "the GPU fell off the bus or must be reset",
    17: "the operating system refused access, as with a container's devices taken away",
    18: "the kernel module and the libraries are of different versions",
    19: "the GPU is in use",
    20: "out of memory inside the driver",
    25: "the driver's library knows another form of the question",
    999: "the driver failed and does not say why",
}
_CUDA: Mapping[int, str] = {
    2: "out of memory: others may hold the card, or its start failed",
    3: "CUDA was not initialised, as in a process forked after it was",
    34: "the loaded library is a stub, only there to link against",
    35: "the driver is older than this CUDA needs, or there is none",
    36: "a call that this driver lacks: the driver is older than this CUDA needs",
    46: "the device is busy or in exclusive mode",
    100: "no GPU is there, or every GPU is hidden",
    101: "a GPU was asked for that is not there",
    209: "the program has no code for this GPU",
    222: "PTX of a CUDA newer than the driver's",
    304: "the operating system refused a call of the driver",
    802: "the GPUs wait for their NVLink fabric",
    803: "libcuda and the kernel module don't go together",
    804: "forward compatibility on a GPU that does not take it",
    999: "the driver failed and does not say why; often nvidia_uvm after a suspend",
}


def nvml_words(result: CallResult) -> str:
    """An NVML return code with its name and meaning."""
    return _words(result, _NVML)


def cuda_words(result: CallResult) -> str:
    """A CUDA error of libcuda or of the runtime, which share these numbers, with its meaning."""
    return _words(result, _CUDA)


def _words(result: CallResult, meanings: Mapping[int, str]) -> str:
    meaning = meanings.get(result.code)
    named = f"{result.code} ({result.name})"
    return f"{named}: {meaning}" if meaning else named
