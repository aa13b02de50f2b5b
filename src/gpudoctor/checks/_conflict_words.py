"""Which libraries a message about a wrong copy is about, and which wheels bring the right ones."""

import re

from gpudoctor.checks._library_messages import Message
from gpudoctor.facts import EnvironmentFacts, FrameworkFacts, known

# A symbol's first letters, the library that has it, and the wheel that brings that.
_OWNERS = (
    ("__nvJitLink", "libnvJitLink", "nvidia-nvjitlink"),
    ("nvJitLink", "libnvJitLink", "nvidia-nvjitlink"),
    ("cublasLt", "libcublasLt", "nvidia-cublas"),
    ("cublas", "libcublas", "nvidia-cublas"),
    ("cusparse", "libcusparse", "nvidia-cusparse"),
    ("cusolver", "libcusolver", "nvidia-cusolver"),
    ("cufft", "libcufft", "nvidia-cufft"),
    ("curand", "libcurand", "nvidia-curand"),
    ("cupti", "libcupti", "nvidia-cuda-cupti"),
    ("nccl", "libnccl", "nvidia-nccl"),
    ("nvrtc", "libnvrtc", "nvidia-cuda-nvrtc"),
    ("nvshmem", "libnvshmem_host", "nvidia-nvshmem"),
    ("cuda", "libcudart", "nvidia-cuda-runtime"),
)
_LIBRARY = re.compile(r"version [`'\"]?(lib\w+)\.so")


def libraries_of(said: tuple[Message, ...]) -> tuple[str, ...]:
    """The stems of the libraries whose loaded copy is the wrong one."""
    stems = []
    for each in said:
        named = _LIBRARY.search(each.symptom.text)
        if named:
            stems.append(named.group(1))
            continue
        symbol = (each.symptom.names or "").lower()
        stems += [stem for start, stem, _ in _OWNERS if symbol.startswith(start.lower())][:1]
    return tuple(dict.fromkeys(stems))


def requirements_for(
    environment: EnvironmentFacts, framework: FrameworkFacts, stems: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The requirements of the framework's metadata that bring them, and rivals in their folder."""
    bases = {wheel for _, stem, wheel in _OWNERS if stem in stems}
    wanted = {
        each.name: f"{each.name}{each.specifier}"
        for each in known(framework.requires) or ()
        if _base(each.name) in bases
    }
    packages = known(environment.packages) or {}
    rivals = [name for name in packages if _base(name) in bases and name not in wanted]
    return tuple(wanted.values()), tuple(rivals) if wanted else ()


def _base(name: str) -> str:
    return re.sub(r"-cu\d+\Z", "", name)
