"""Decide ``wsl-driver-misconfigured``."""

from collections.abc import Iterator

from gpudoctor.checks._cuda_answer import cuda_answer
from gpudoctor.checks._evidence import libcuda_evidence, libraries_evidence, nvml_evidence, seen
from gpudoctor.checks._libcuda import copies, loaded_libcuda
from gpudoctor.checks._presence import working_gpus
from gpudoctor.diagnoses import WSL_DRIVER_MISCONFIGURED as DIAGNOSIS
from gpudoctor.facts import Absent, DriverLibrary, Known, Snapshot, Unknown, known
from gpudoctor.findings import MACHINE, Confidence, Evidence, Verdict
from gpudoctor.matrix import Matrix
from gpudoctor.remedies.wsl import (
    leave_tcc,
    let_loader_find_it,
    remove_linux_driver,
    renew_windows_side,
    turn_gpu_on,
    use_wsl_2,
)

_BLOCKED = 17  # NVML_ERROR_OPERATING_SYSTEM: "GPU access blocked by the operating system"


def check(snapshot: Snapshot, matrix: Matrix) -> Iterator[Verdict]:  # noqa: ARG001
    wsl, answer = snapshot.platform.wsl, cuda_answer(snapshot)
    if isinstance(wsl, Absent):
        yield DIAGNOSIS.not_applicable(MACHINE, "this is not WSL")
    elif isinstance(answer, Known) and answer.value.result.code == 0:
        yield DIAGNOSIS.cleared(MACHINE, "CUDA initialises", (answer.value.evidence,))
    elif isinstance(wsl, Unknown):
        yield DIAGNOSIS.undetermined(MACHINE, f"whether this is WSL: {wsl.reason}")
    elif isinstance(snapshot.platform.container, Known):
        yield DIAGNOSIS.not_applicable(MACHINE, "a container in WSL is given its GPU by its host")
    else:
        yield _without_a_way(snapshot) or _by_libraries(snapshot) or _by_nvml(snapshot)


def _without_a_way(snapshot: Snapshot) -> Verdict | None:
    wsl, nodes = snapshot.platform.wsl, snapshot.driver.nodes
    evidence = Evidence.of("/platform/wsl", wsl)
    if known(wsl) == "1":
        return DIAGNOSIS.finding(
            MACHINE,
            "This distribution runs in WSL 1, which has no GPU at all. Only WSL 2 has one.",
            title="WSL 1 has no GPU",
            evidence=(evidence,),
            remedies=(use_wsl_2(DIAGNOSIS.id), renew_windows_side(DIAGNOSIS.id)),
        )
    if isinstance(nodes, Known) and all(each.path != "/dev/dxg" for each in nodes.value):
        return DIAGNOSIS.finding(
            MACHINE,
            "There is no /dev/dxg, through which WSL 2 reaches the driver of Windows: WSL's "
            "settings or its kernel leave the GPU out, or Windows has none to share.",
            title="WSL has no GPU device",
            evidence=(evidence, seen("/driver/nodes", nodes, "no /dev/dxg")),
            remedies=(turn_gpu_on(DIAGNOSIS.id), renew_windows_side(DIAGNOSIS.id)),
        )
    return None


def _by_libraries(snapshot: Snapshot) -> Verdict | None:
    loaded, given = loaded_libcuda(snapshot), snapshot.platform.wsl_libraries
    linux = next((each for each in copies(snapshot) if each.kind == "driver"), None)
    if loaded is not None and loaded.kind == "driver" and linux is not None:
        return _shadowed(snapshot, linux)
    if loaded is not None and loaded.kind in ("stub", "compat"):
        reason = f"{loaded.path} is loaded first, which is another fault"
        return DIAGNOSIS.not_applicable(MACHINE, reason)
    if loaded is not None:
        return None
    if isinstance(given, Unknown):
        return DIAGNOSIS.undetermined(MACHINE, f"what Windows gave WSL: {given.reason}")
    if any(name.startswith("libcuda.so") for name in known(given) or ()):
        return DIAGNOSIS.finding(
            MACHINE,
            "Windows put its libcuda into /usr/lib/wsl/lib, and the loader does not search that "
            "folder.",
            title="The loader does not find the libcuda of Windows",
            evidence=(_given(snapshot), libraries_evidence(snapshot)),
            remedies=(let_loader_find_it(snapshot, DIAGNOSIS.id),),
        )
    return _nothing_given(snapshot)


def _shadowed(snapshot: Snapshot, linux: DriverLibrary) -> Verdict:
    asked = isinstance(snapshot.libcuda.init, Known)
    said = "" if asked else " That it fails is an inference: CUDA was not asked."
    return DIAGNOSIS.finding(
        MACHINE,
        f"The loader takes {linux.path}, the libcuda of a Linux display driver. WSL has no NVIDIA "
        f"kernel module that it could call: here only the libcuda of Windows works.{said}",
        title="A Linux display driver inside WSL hides the driver of Windows",
        evidence=(libraries_evidence(snapshot), libcuda_evidence(snapshot), _given(snapshot)),
        remedies=(remove_linux_driver(snapshot, linux, DIAGNOSIS.id),),
        confidence=Confidence.CERTAIN if asked else Confidence.LIKELY,
    )


def _nothing_given(snapshot: Snapshot) -> Verdict:
    package = snapshot.platform.wsl_driver_package
    if isinstance(package, Known):
        why = f"Windows has NVIDIA's driver ({package.value}), one without the part for WSL."
        confidence = Confidence.CERTAIN
    else:
        why = (
            "Most likely Windows has no NVIDIA driver, or too old a one. That Windows has an "
            "NVIDIA GPU at all is an inference."
        )
        confidence = Confidence.LIKELY
    return DIAGNOSIS.finding(
        MACHINE,
        f"Windows put no libcuda into /usr/lib/wsl/lib. {why}",
        title="Windows gives WSL no NVIDIA driver",
        evidence=(_given(snapshot), Evidence.of("/platform/wsl_driver_package", package)),
        remedies=(renew_windows_side(DIAGNOSIS.id),),
        confidence=confidence,
    )


def _given(snapshot: Snapshot) -> Evidence:
    given = snapshot.platform.wsl_libraries
    return seen("/platform/wsl_libraries", given, ", ".join(known(given) or ()) or "none")


def _by_nvml(snapshot: Snapshot) -> Verdict:
    init, gpus = known(snapshot.nvml.init), working_gpus(snapshot)
    evidence = (nvml_evidence(snapshot), libcuda_evidence(snapshot))
    if gpus and all(known(each.driver_model) == "tcc" for each in gpus):
        return _in_other_mode(evidence, "NVML says that the GPU is in TCC mode", Confidence.CERTAIN)
    if gpus:
        return DIAGNOSIS.cleared(MACHINE, "NVML reaches the GPU through Windows", evidence)
    if init is not None and init.code == _BLOCKED:
        said = (
            "NVML answers 17 (blocked by the operating system), which most likely means TCC mode "
            "or a Windows side that does not fit, an inference"
        )
        return _in_other_mode(evidence, said, Confidence.LIKELY)
    return DIAGNOSIS.undetermined(MACHINE, "why the driver of Windows does not answer", evidence)


def _in_other_mode(evidence: tuple[Evidence, ...], said: str, confidence: Confidence) -> Verdict:
    return DIAGNOSIS.finding(
        MACHINE,
        f"{said}. WSL reaches a GPU only in the display mode WDDM.",
        title="Windows keeps the GPU from WSL",
        evidence=evidence,
        remedies=(leave_tcc(DIAGNOSIS.id), renew_windows_side(DIAGNOSIS.id)),
        confidence=confidence,
    )
