"""Make the snapshot of a machine out of the notes on a text."""

from collections.abc import Iterator

from gpudoctor.facts import (
    THE_TEXT,
    Absent,
    BuildFacts,
    ChildEnd,
    DeviceNode,
    DriverFacts,
    DriverLibrary,
    EnvironmentFacts,
    Fact,
    FrameworkFacts,
    ImportFacts,
    Known,
    ModuleOnDisk,
    PciDevice,
    PlatformFacts,
    PythonFacts,
    SharedLibrary,
    Snapshot,
    Symptom,
    Toolkit,
    Unknown,
)
from gpudoctor.readers.gpus import libcuda_facts, named_gpus, nvml_facts
from gpudoctor.readers.notes import SILENT, Kind, Note, Notes, Trust
from gpudoctor.versions import CudaVersion, DriverVersion, GpuTarget

# Signs that what was asked of an installer did not come.
_NOT_INSTALLED = frozenset(
    (
        "index-not-there",
        "index-unreachable",
        "module-not-found",
        "no-matching-distribution",
        "no-wheel-for-python",
        "release-not-on-index",
        "releases-need-other-python",
        "requires-other-python",
    )
)
FRAMEWORKS = ("torch", "tensorflow", "jax")
_TENSORFLOWS = ("tensorflow", "tensorflow-gpu", "tensorflow-cpu", "tf-nightly", "tensorflow-intel")
_TEXT = ChildEnd("done", "as the text tells", 0.0)


def build_snapshot(notes: Notes, symptoms: tuple[Symptom, ...]) -> Snapshot:
    """The facts of a text; what it does not say is unknown."""
    return Snapshot(
        platform=_platform(notes),
        pci=_pci(notes),
        build=_build(notes),
        driver=_driver(notes),
        nvml=nvml_facts(notes),
        libcuda=libcuda_facts(notes),
        named_gpus=named_gpus(notes),
        variables={note.about: note.value for note in reversed(list(notes.of(Kind.VARIABLE)))},
        environments=tuple(_environments(notes, symptoms)),
        symptoms=symptoms,
    )


def _platform(notes: Notes) -> PlatformFacts:
    os = notes.best(Kind.OS)
    wsl: Fact[str] = notes.fact(Kind.WSL)
    return PlatformFacts(
        os="linux" if os is None or isinstance(wsl, Known) else os.value,
        cpu_arch=(notes.best(Kind.CPU_ARCH) or Note(Kind.CPU_ARCH, "x86_64", 0, Trust.PROSE)).value,
        distribution=notes.fact(Kind.DISTRIBUTION),
        kernel=notes.fact(Kind.KERNEL),
        libc=notes.fact(Kind.LIBC),
        wsl=wsl,
        container=notes.fact(Kind.CONTAINER),
        virtual_machine=notes.fact(Kind.VIRTUAL),
        secure_boot=notes.fact(Kind.SECURE_BOOT),
        cpu_flags=notes.fact(Kind.CPU_FLAGS, read=lambda text: tuple(text.split())),
    )


def _build(notes: Notes) -> BuildFacts:
    """The toolkit whose nvcc printed its version; what the user merely names is none."""
    note = notes.best(Kind.TOOLKIT)
    if note is None or note.trust is not Trust.PRINTED:
        return BuildFacts()
    version = notes.fact(Kind.TOOLKIT, read=CudaVersion.parse)
    toolkit = Toolkit("the toolkit of the text", "the text", version)
    return BuildFacts(
        toolkits=Known((toolkit,), note.source), taken=Known(toolkit.path, note.source)
    )


def _pci(notes: Notes) -> Fact[tuple[PciDevice, ...]]:
    found: dict[str, PciDevice] = {}
    source = ""
    for note in notes.of(Kind.PCI):
        if note.value["id"] is None:
            continue
        driver: Fact[str] = SILENT
        if note.value["driver"]:
            driver = Known(note.value["driver"], note.source)
        found.setdefault(note.about, PciDevice(note.about, note.value["id"], driver))
        source = source or note.source
    return Known(tuple(found.values()), f"{source}, lspci") if found else SILENT


def _driver(notes: Notes) -> DriverFacts:
    modules = tuple(dict.fromkeys(note.value for note in notes.of(Kind.MODULE)))
    lines = list(notes.of(Kind.KERNEL_LINE))
    nodes = [note.value for note in notes.of(Kind.NODE)]
    user = notes.best(Kind.USER_DRIVER)
    libraries: Fact[tuple[DriverLibrary, ...]] = SILENT
    if user is not None:
        libraries = _libraries(user)
    return DriverFacts(
        modules_loaded=Known(modules, "lsmod in the text") if modules else SILENT,
        modules_on_disk=_modules_on_disk(notes),
        kernel_module_version=notes.fact(Kind.KERNEL_MODULE, read=DriverVersion.parse),
        flavour=notes.fact(Kind.KERNEL_FLAVOUR),
        libraries=libraries,
        nodes=Known(tuple(_node(each) for each in nodes), "ls in the text") if nodes else SILENT,
        kernel_log=Known(tuple(note.value for note in lines), _span(lines)) if lines else SILENT,
    )


def _modules_on_disk(notes: Notes) -> Fact[tuple[ModuleOnDisk, ...]]:
    """The modules that lspci -k would let drive the GPU: those that are installed."""
    note = notes.best(Kind.MODULES_ON_DISK)
    if note is None:
        return SILENT
    kernel = notes.best(Kind.KERNEL)
    running = kernel.value if kernel else "the running kernel"
    found = tuple(ModuleOnDisk(running, name) for name in note.value if name == "nvidia")
    return Known(found, f"{note.source}, lspci")


def _libraries(note: Note) -> Fact[tuple[DriverLibrary, ...]]:
    try:
        version = Known(DriverVersion.parse(note.value), note.source)
    except ValueError:
        return SILENT
    library = DriverLibrary("libcuda.so.1", f"libcuda.so.{note.value}", version, "driver", "text")
    return Known((library,), note.source)


def _span(notes: list[Note]) -> str:
    first, last = notes[0].line, notes[-1].line
    return f"line {first}" if first == last else f"lines {first} to {last}"


def _node(value: dict[str, str]) -> DeviceNode:
    # What the mode bits allow depends on who asks, and the text rarely says; others' rights decide.
    return DeviceNode(value["path"], value["mode"][7:9] == "rw", value["mode"], value["owner"])


def _environments(notes: Notes, symptoms: tuple[Symptom, ...]) -> Iterator[EnvironmentFacts]:
    packages: dict[str, Note] = {}
    has_failed = any(each.id in _NOT_INSTALLED for each in symptoms)
    for note in sorted(notes.of(Kind.PACKAGE), key=lambda each: -each.trust):
        # What somebody asked an installer for is there, unless the text shows that it failed.
        if note.trust is not Trust.ASKED or not has_failed:
            packages.setdefault(note.about, note)
    python = PythonFacts("python", notes.fact(Kind.PYTHON), chosen_by=THE_TEXT)
    frameworks = tuple(_frameworks(notes, packages, symptoms))
    if not packages and not frameworks and not isinstance(python.version, Known) and not symptoms:
        return
    listed: Fact[dict[str, str]] = SILENT
    if packages:
        listed = Known(
            {name: note.value for name, note in packages.items()},
            next(iter(packages.values())).source,
        )
    yield EnvironmentFacts(python, listed, frameworks, named_libraries=_named_libraries(notes))


def _named_libraries(notes: Notes) -> Fact[tuple[SharedLibrary, ...]]:
    """The CUDA and the cuDNN that a text says are there, as the libraries that they bring."""
    found: list[SharedLibrary] = []
    for kind, stem in ((Kind.TOOLKIT, "libcudart"), (Kind.CUDNN, "libcudnn")):
        note = notes.best(kind)
        if note is None:
            continue
        version, _, cuda = str(note.value).partition("+")
        major = version.partition(".")[0]
        if kind is Kind.CUDNN and version.isdecimal():
            version = _decoded(version)
            major = version.partition(".")[0]
        name = f"{stem}.so.{major}"
        brought = Known(f"{stem} {note.value}", note.source) if cuda else SILENT
        found.append(SharedLibrary(name, "", "the text", Known(version, note.source), brought))
    return Known(tuple(found), "the text") if found else SILENT


def _decoded(number: str) -> str:
    """cuDNN's number as programs print it: 8902 is 8.9.2, and 90100 is 9.1.0."""
    wide = 10_000 if len(number) > len("8902") else 1_000
    value = int(number[:6])
    return f"{value // wide}.{value % wide // 100}.{value % 100}"


def _frameworks(
    notes: Notes, packages: dict[str, Note], symptoms: tuple[Symptom, ...]
) -> Iterator[FrameworkFacts]:
    for name in FRAMEWORKS:
        candidates = _TENSORFLOWS if name == "tensorflow" else (name,)
        version = max(
            (packages[each] for each in candidates if each in packages),
            key=lambda note: note.trust,
            default=None,
        )
        about = [note for note in notes.notes if note.about == name]
        if version is None and not about and all(each.subject != name for each in symptoms):
            continue
        yield _framework(notes, name, version)


def _framework(notes: Notes, name: str, version: Note | None) -> FrameworkFacts:
    return FrameworkFacts(
        name=name,
        version=Known(version.value, version.source) if version else SILENT,
        variant=_variant(notes, name, version),
        built_for_cuda=_built_for(notes, name, version),
        cudnn=notes.fact(Kind.FRAMEWORK_CUDNN, name),
        targets=_targets(notes, name),
        imported=_imported(notes, name),
    )


def _label(version: Note | None) -> str:
    return version.value.partition("+")[2] if version else ""


def _variant(notes: Notes, name: str, version: Note | None) -> Fact[str]:
    stated = notes.best(Kind.FRAMEWORK_CUDA, name)
    label = _label(version)
    if version is not None and label:
        for start in ("cu", "cpu", "rocm", "xpu"):
            if label.startswith(start):
                return Known("cuda" if start == "cu" else start, version.source)
    if stated is None:
        return SILENT
    if stated.value == "rocm":
        return Known("rocm", stated.source)
    return Known("cpu" if stated.value is None else "cuda", stated.source)


def _built_for(notes: Notes, name: str, version: Note | None) -> Fact[CudaVersion]:
    label = _label(version)
    if version is not None and (cuda := _cuda_of_label(label)):
        return Known(cuda, version.source)
    if version is not None and label.startswith(("cpu", "rocm", "xpu")):
        return Absent(version.source)
    stated = notes.best(Kind.FRAMEWORK_CUDA, name)
    if stated is None:
        return SILENT
    if stated.value in (None, "rocm"):
        return Absent(stated.source)
    try:
        return Known(CudaVersion.parse(stated.value), stated.source)
    except ValueError as error:
        return Unknown(f"{stated.source}: {error}")


def _cuda_of_label(label: str) -> CudaVersion | None:
    """``cu118`` is 11.8, ``cuda11.cudnn82`` only a major."""
    digits = label.removeprefix("cu")
    if label.startswith("cu") and digits[:3].isdecimal() and len(digits) >= len("118"):
        return CudaVersion(int(digits[:2]), int(digits[2]))
    if label.startswith("cu") and digits.isdecimal() and len(digits) == len("92"):
        return CudaVersion(int(digits[0]), int(digits[1]))
    return None


def _targets(notes: Notes, name: str) -> Fact[tuple[GpuTarget, ...]]:
    return notes.fact(
        Kind.FRAMEWORK_TARGETS,
        name,
        lambda words: tuple(GpuTarget.parse(word) for word in words.split()),
    )


def _imported(notes: Notes, name: str) -> Fact[ImportFacts]:
    """What the framework said when it ran, where the text shows it."""
    sees: Fact[bool] = notes.fact(Kind.FRAMEWORK_SEES, name)
    error: Fact[str] = notes.fact(Kind.FRAMEWORK_ERROR, name)
    runtime = notes.best(Kind.RUNTIME) if name == "torch" else None
    if isinstance(error, Known):
        gap = Unknown("the import failed")
        return Known(ImportFacts(_TEXT, error, (), gap, gap, gap, gap, gap), error.source)
    if not isinstance(sees, Known) and runtime is None:
        return SILENT
    count: Fact[int] = notes.fact(Kind.FRAMEWORK_COUNT, name)
    source = sees.source if isinstance(sees, Known) else runtime.source if runtime else ""
    return Known(ImportFacts(_TEXT, Absent(source), (), sees, count), source)
