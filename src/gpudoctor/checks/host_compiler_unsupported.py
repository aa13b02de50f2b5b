"""Decide ``host-compiler-unsupported``."""

import re
from collections.abc import Iterator

from gpudoctor.checks._build_places import Message, Place, build_places
from gpudoctor.checks._toolkits import Need, taken_evidence, taken_toolkit, what_compiles
from gpudoctor.diagnoses import HOST_COMPILER_UNSUPPORTED as DIAGNOSIS
from gpudoctor.facts import HostCompiler, Known, Snapshot, known
from gpudoctor.findings import Confidence, Evidence, Remedy, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.host_compiler import (
    install_host_compiler,
    older_glibc,
    other_visual_studio,
    use_host_compiler,
)
from gpudoctor.remedies.toolkit import install_toolkit
from gpudoctor.versions import CudaVersion

_REFUSED, _CLASHES = "host-compiler-refused", "host-compiler-clashes"
_MISSING = "host-compiler-missing"
_OF_GLIBC = "exception specification"
_OF_WINDOWS = ("Microsoft Visual Studio", "cl.exe")
_NEWEST = re.compile(r"later than (\d{1,2})\b|maximum required version by CUDA \S+ \((\d{1,2})\.")


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:
    for place in build_places(snapshot, _REFUSED, _CLASHES, _MISSING):
        if (message := place.said(_REFUSED, _CLASHES, _MISSING)) is not None:
            yield _stated(snapshot, matrix, place, message)
        elif (compiles := what_compiles(snapshot, place)) is not None:
            yield _by_versions(snapshot, matrix, place, compiles)
        else:
            reason = "nothing here is known to compile CUDA code, so any compiler will do"
            yield DIAGNOSIS.not_applicable(place.subject, reason)


def _stated(snapshot: Snapshot, matrix: Matrix, place: Place, message: Message) -> Verdict:
    nvcc, compiler = _nvcc(snapshot), _first_compiler(snapshot)
    refuses = _takes(snapshot, matrix, nvcc, compiler) is False
    words, title = {
        _REFUSED: ("nvcc refuses the host compiler", None),
        _CLASHES: ("nvcc can't read the headers of this system's compiler or C library", None),
        _MISSING: ("no host compiler is found", "No host compiler is found"),
    }[message.symptom.id]
    return DIAGNOSIS.finding(
        place.subject,
        f"{words[:1].upper()}{words[1:]}: {message.words}.",
        evidence=(message.evidence, *(_seen(snapshot, compiler) if refuses else ())),
        remedies=_remedies_of(snapshot, matrix, place, message, nvcc),
        blocks=True,
        confidence=Confidence.CERTAIN if refuses else Confidence.STATED,
        title=title,
    )


def _by_versions(snapshot: Snapshot, matrix: Matrix, place: Place, compiles: Need) -> Verdict:
    nvcc, compiler = _nvcc(snapshot), _first_compiler(snapshot)
    if not isinstance(snapshot.build.toolkits, Known):
        return DIAGNOSIS.undetermined(
            place.subject, "which toolkit a build takes", (compiles.evidence,)
        )
    if nvcc is None:
        return DIAGNOSIS.not_applicable(place.subject, "no nvcc of a known version is found")
    takes = _takes(snapshot, matrix, nvcc, compiler)
    evidence = (compiles.evidence, *_seen(snapshot, compiler))
    if takes is None or compiler is None:
        missing = f"which host compiler there is, and whether nvcc of CUDA {nvcc} takes it"
        return DIAGNOSIS.undetermined(place.subject, missing, evidence)
    named = f"{compiler.name} {known(compiler.major)}"
    if takes:
        detail = f"nvcc of CUDA {nvcc} takes {named}"
        return DIAGNOSIS.cleared(place.subject, detail, evidence)
    row = matrix.host_compiler(nvcc)
    sources = "" if row is None else ", ".join(row.origin.sources)
    limits = Evidence(f"matrix:host_compilers/{nvcc}", _range(matrix, nvcc, compiler), sources)
    return DIAGNOSIS.finding(
        place.subject,
        f"{compiles.words}; nvcc of CUDA {nvcc} takes "
        f"{limits.value}, and the compiler here is {named}. That something will be compiled is an "
        "inference.",
        evidence=(*evidence, limits),
        remedies=_remedies(snapshot, matrix, place, nvcc, _limit(matrix, nvcc)),
        blocks=False,
        confidence=Confidence.LIKELY,
        title=f"nvcc of CUDA {nvcc} does not take {named}",
    )


def _nvcc(snapshot: Snapshot) -> CudaVersion | None:
    toolkit = taken_toolkit(snapshot)
    return None if toolkit is None else known(toolkit.version)


def _first_compiler(snapshot: Snapshot) -> HostCompiler | None:
    """What a build would be given: the variables' choice, or gcc on PATH."""
    return next(iter(known(snapshot.build.host_compilers) or ()), None)


def _takes(
    snapshot: Snapshot, matrix: Matrix, nvcc: CudaVersion | None, compiler: HostCompiler | None
) -> bool | None:
    if snapshot.platform.cpu_arch != "x86_64" or snapshot.platform.os != "linux":
        return None  # the matrix has the limits of Linux on x86_64 alone
    row = None if nvcc is None else matrix.host_compiler(nvcc)
    major = None if compiler is None else known(compiler.major)
    if row is None or compiler is None or major is None:
        return None
    return row.takes_clang(major) if compiler.name == "clang" else row.takes_gcc(major)


def _limit(matrix: Matrix, nvcc: CudaVersion | None) -> int | None:
    row = None if nvcc is None else matrix.host_compiler(nvcc)
    return None if row is None else row.gcc_max


def _named_limit(message: Message) -> int | None:
    """The newest gcc that the message itself allows."""
    match = _NEWEST.search(message.symptom.text)
    return None if match is None else int(next(each for each in match.groups() if each))


def _range(matrix: Matrix, nvcc: CudaVersion, compiler: HostCompiler) -> str:
    row = matrix.host_compiler(nvcc)
    if row is None:
        return f"no known {compiler.name}"
    is_clang = compiler.name == "clang"
    low, high = (row.clang_min, row.clang_max) if is_clang else (row.gcc_min, row.gcc_max)
    if low is not None and high is not None:
        return f"{compiler.name} {low} to {high}"
    return f"{compiler.name} up to {high}" if low is None else f"{compiler.name} from {low} on"


def _seen(snapshot: Snapshot, compiler: HostCompiler | None) -> tuple[Evidence, ...]:
    fact = snapshot.build.host_compilers
    if compiler is None or not isinstance(fact, Known):
        return (taken_evidence(snapshot),)
    words = f"{compiler.path}: {compiler.name} {known(compiler.major) or 'of unknown version'}"
    source = f"{compiler.found_by}; names of files"
    return (taken_evidence(snapshot), Evidence("/build/host_compilers", words, source))


def _remedies_of(
    snapshot: Snapshot,
    matrix: Matrix,
    place: Place,
    message: Message,
    nvcc: CudaVersion | None,
) -> tuple[Remedy, ...]:
    named, environment = message.symptom.names, place.environment
    if named in _OF_WINDOWS:
        return (other_visual_studio(DIAGNOSIS.id, environment),)
    if named == _OF_GLIBC:
        return (older_glibc(DIAGNOSIS.id, environment),)
    newest = _named_limit(message) or _limit(matrix, nvcc)
    return _remedies(snapshot, matrix, place, nvcc, newest)


def _remedies(
    snapshot: Snapshot,
    matrix: Matrix,
    place: Place,
    nvcc: CudaVersion | None,
    newest: int | None,
) -> tuple[Remedy, ...]:
    """A compiler that is here and fits, or one to install; and a toolkit that takes ours."""
    environment = place.environment
    fitting = None
    for each in known(snapshot.build.host_compilers) or ():
        major = known(each.major)
        by_row = _takes(snapshot, matrix, nvcc, each)
        by_message = each.name == "gcc" and newest is not None and major and major <= newest
        if by_row or (by_row is None and by_message):
            fitting = each
            break
    first = (
        install_host_compiler(snapshot, newest, DIAGNOSIS.id, environment)
        if fitting is None
        else use_host_compiler(fitting, DIAGNOSIS.id, environment)
    )
    if place.cuda is None or nvcc is None or place.cuda <= nvcc:
        return (first,)
    return (first, install_toolkit(snapshot, place.cuda, DIAGNOSIS.id, environment))
