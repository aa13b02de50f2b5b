"""The diagnoses of the group "Frameworks and Python"."""

from gpudoctor.findings import Diagnosis
from gpudoctor.rungs import Rung

_GROUP = "Frameworks and Python"

FRAMEWORK_NOT_INSTALLED = Diagnosis(
    id="framework-not-installed",
    title="A framework that was asked for is not installed",
    group=_GROUP,
    rung=Rung.FRAMEWORK_BUILD,
    meaning="A framework that was asked for, by name or by a program's message, is not in this "
    "interpreter's environment.",
    explains=(),
)

FRAMEWORK_CPU_ONLY = Diagnosis(
    id="framework-cpu-only",
    title="The framework is a build without CUDA",
    group=_GROUP,
    rung=Rung.FRAMEWORK_BUILD,
    meaning="A build without CUDA is installed where one with CUDA exists for this platform, "
    "ROCm and XPU builds on an NVIDIA machine included.",
    explains=(),
)

FRAMEWORK_LACKS_GPU_ARCH = Diagnosis(
    id="framework-lacks-gpu-arch",
    title="The framework has no code for this GPU",
    group=_GROUP,
    rung=Rung.FRAMEWORK_BUILD,
    meaning="The package has neither machine code nor usable PTX for this GPU: it is too new "
    "for the build, or was dropped from it.",
    explains=("gpu-memory-preallocated",),
)

FRAMEWORK_BROKEN_INSTALL = Diagnosis(
    id="framework-broken-install",
    title="The framework itself can't be imported",
    group=_GROUP,
    rung=Rung.FRAMEWORK_BUILD,
    meaning="The framework fails to import or is torn: missing or mixed files, two "
    "distributions of one package, unmet pins.",
    explains=(),
)

WRONG_ENVIRONMENT = Diagnosis(
    id="wrong-environment",
    title="Python looks for the framework in the wrong place",
    group=_GROUP,
    rung=Rung.FRAMEWORK_BUILD,
    meaning="The framework is installed elsewhere (another interpreter, kernel or conda "
    "environment), or a local file or source checkout shadows it.",
    explains=("framework-not-installed", "framework-cpu-only", "framework-broken-install"),
)
