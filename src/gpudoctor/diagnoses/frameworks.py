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

SYSTEM_LIBRARY_TOO_OLD = Diagnosis(
    id="system-library-too-old",
    title="The C or C++ library is older than the framework needs",
    group=_GROUP,
    rung=Rung.FRAMEWORK_BUILD,
    meaning="glibc or libstdc++ is older than a wheel's files need: a version of symbols that they "
    "ask for is not found.",
    explains=("framework-broken-install",),
)

COMPANION_MISMATCH = Diagnosis(
    id="companion-mismatch",
    title="A package does not fit the framework that it stands beside",
    group=_GROUP,
    rung=Rung.FRAMEWORK_BUILD,
    meaning="The framework imports; a companion was built for another release, CUDA or binary "
    "interface of it.",
    explains=(),
)

NUMPY_ABI_MISMATCH = Diagnosis(
    id="numpy-abi-mismatch",
    title="A compiled module was built for another NumPy",
    group=_GROUP,
    rung=Rung.FRAMEWORK_BUILD,
    meaning="A module that was built for another of NumPy's C interfaces (1 against 2, or within "
    "1.x) is loaded.",
    explains=("framework-broken-install",),
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

FRAMEWORK_WITHOUT_GPU_ON_PLATFORM = Diagnosis(
    id="framework-without-gpu-on-platform",
    title="The framework has no GPU support on this platform",
    group=_GROUP,
    rung=Rung.FRAMEWORK_BUILD,
    meaning="No GPU build of the release exists for this system, processor or Python.",
    explains=("framework-cpu-only",),
)

PYTHON_UNSUPPORTED = Diagnosis(
    id="python-unsupported",
    title="There is no wheel for this Python or platform",
    group=_GROUP,
    rung=Rung.FRAMEWORK_BUILD,
    meaning="The index serves the release, but none of its wheels is for this Python or platform.",
    explains=("framework-not-installed",),
)

WHEEL_INDEX_WRONG = Diagnosis(
    id="wheel-index-wrong",
    title="The index that was asked does not serve what was asked for",
    group=_GROUP,
    rung=Rung.FRAMEWORK_BUILD,
    meaning="The index or CUDA tag asked for does not exist or does not serve the release at all.",
    explains=("framework-not-installed",),
)

WINDOWS_RUNTIME_MISSING = Diagnosis(
    id="windows-runtime-missing",
    title="A runtime library of Windows is missing",
    group=_GROUP,
    rung=Rung.FRAMEWORK_BUILD,
    meaning="A DLL of the Visual C++ runtime or of its OpenMP is missing on Windows.",
    explains=("framework-broken-install",),
)

CPU_INSTRUCTIONS_MISSING = Diagnosis(
    id="cpu-instructions-missing",
    title="The processor lacks instructions that a wheel uses",
    group=_GROUP,
    rung=Rung.FRAMEWORK_BUILD,
    meaning="The wheel needs instructions, such as AVX, that this processor lacks.",
    explains=("framework-broken-install",),
)
