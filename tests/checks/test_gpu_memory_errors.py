import pytest

from gpudoctor.checks.gpu_memory_errors import check
from gpudoctor.facts import Absent, CallResult, Known, NvmlGpu, RemappedRows, Snapshot, Unknown
from gpudoctor.findings import (
    MACHINE,
    Cleared,
    Command,
    Confidence,
    Finding,
    NotApplicable,
    Undetermined,
    Verdict,
)
from gpudoctor.matrix import Matrix
from machines import (
    address,
    answer,
    cuda_fails,
    gpu,
    imported,
    lost_gpu,
    machine,
    module_gone,
    nvml_gone,
    pci_device,
    torch,
)

XID = "NVRM: Xid (PCI:0000:65:00): 48, pid='<unknown>', name=<unknown>, DBE (double bit error)"
REFUSED = cuda_fails(214, "CUDA_ERROR_ECC_UNCORRECTABLE")


def rows(*, pending: bool = False, failed: bool = False) -> Known[RemappedRows]:
    return Known(RemappedRows(0, 3, is_pending=pending, has_failed=failed), "NVML")


def log(*lines: str) -> dict[str, object]:
    return {"driver__kernel_log": Known(lines, "/dev/kmsg")}


def with_gpus(*gpus: NvmlGpu, **changes: object) -> Snapshot:
    on_bus = tuple(pci_device(index) for index in range(len(gpus)))
    return machine(nvml__gpus=Known(gpus, "NVML"), pci=Known(on_bus, "sysfs"), **changes)


def verdict_on(matrix: Matrix, one: NvmlGpu, **changes: object) -> Verdict:
    [verdict] = check(with_gpus(one, **changes), matrix)
    return verdict


def without_ecc(index: int = 0) -> NvmlGpu:
    """A GeForce: NVML counts nothing on it."""
    gone = Absent("NVML: not supported")
    return gpu(
        index,
        ecc_mode=gone,
        ecc_uncorrected_volatile=gone,
        ecc_uncorrected_aggregate=gone,
        remapped_rows=gone,
    )


@pytest.mark.parametrize(
    ("sick", "words"),
    [
        (gpu(ecc_uncorrected_volatile=Known(1, "NVML")), "1 memory error that ECC"),
        (gpu(remapped_rows=rows(pending=True)), "waits for a reset to be remapped"),
        (gpu(remapped_rows=rows(failed=True)), "could not be remapped"),
        (gpu(retired_pages_pending=Known(True, "NVML")), "waits for a reset to be retired"),
    ],
)
def test_finds_each_fault_and_does_not_block(matrix: Matrix, sick: NvmlGpu, words: str) -> None:
    finding = verdict_on(matrix, sick)

    assert isinstance(finding, Finding)
    assert words in finding.detail
    assert not finding.blocks
    assert finding.confidence is Confidence.CERTAIN


def test_errors_of_the_past_alone_are_no_finding(matrix: Matrix) -> None:
    old = gpu(ecc_uncorrected_aggregate=Known(12, "NVML"), remapped_rows=rows())

    verdict = verdict_on(matrix, old)

    assert isinstance(verdict, Cleared)
    assert "12 in the card's whole life" in verdict.detail


def test_one_of_eight_is_named_and_the_others_are_clear(matrix: Matrix) -> None:
    eight = [gpu(index) for index in range(8)]
    eight[5] = gpu(5, remapped_rows=rows(pending=True))

    verdicts = list(check(with_gpus(*eight), matrix))

    assert [isinstance(each, Finding) for each in verdicts] == [n == 5 for n in range(8)]
    assert verdicts[5].subject.gpu == 5


def test_a_reset_comes_first_and_a_failed_remapping_needs_a_new_card(matrix: Matrix) -> None:
    pending = verdict_on(matrix, gpu(remapped_rows=rows(pending=True)))
    failed = verdict_on(matrix, gpu(remapped_rows=rows(failed=True)))

    assert isinstance(pending, Finding)
    assert isinstance(failed, Finding)
    first = pending.remedies[0]
    assert Command(("sudo", "nvidia-smi", "--gpu-reset", "-i", "0")) in first.steps
    assert first.stops == ("every program on GPU 0",)
    assert "replaced" in failed.remedies[0].summary


def test_a_container_has_its_host_reset_the_gpu(matrix: Matrix) -> None:
    sick = gpu(remapped_rows=rows(pending=True))

    finding = verdict_on(matrix, sick, platform__container=Known("docker", "/.dockerenv"))

    assert isinstance(finding, Finding)
    assert finding.remedies[0].scope == "host"


def test_blocks_where_cuda_refuses_for_it(matrix: Matrix) -> None:
    finding = verdict_on(matrix, gpu(ecc_uncorrected_volatile=Known(1, "NVML")), **REFUSED)

    assert isinstance(finding, Finding)
    assert finding.blocks


def test_cudas_own_word_is_enough(matrix: Matrix) -> None:
    verdicts = list(check(with_gpus(without_ecc(), **REFUSED), matrix))

    [finding] = [each for each in verdicts if isinstance(each, Finding)]
    assert finding.subject == MACHINE
    assert finding.blocks


def test_a_frameworks_runtime_says_it_too(matrix: Matrix) -> None:
    refused = answer(214, "cudaErrorECCUncorrectable")
    snapshot = machine(torch(runtime=refused))

    assert any(isinstance(each, Finding) and each.blocks for each in check(snapshot, matrix))


@pytest.mark.parametrize("field", ["error", "device_error", "compute_detail"])
def test_a_frameworks_words_alone_are_stated(matrix: Matrix, field: str) -> None:
    said = Known("RuntimeError: CUDA error: uncorrectable ECC error encountered", "import")

    failed = imported(**{"computes": Known(False, "matmul"), field: said})

    verdicts = list(check(machine(torch(imported=failed)), matrix))

    [finding] = [each for each in verdicts if isinstance(each, Finding)]
    assert finding.confidence is Confidence.STATED
    assert finding.blocks


def test_a_framework_that_computes_proves_what_it_printed_wrong(matrix: Matrix) -> None:
    printed = ("uncorrectable ECC error encountered",)

    [verdict] = check(machine(torch(imported=imported(printed=printed))), matrix)

    assert isinstance(verdict, Cleared)


def test_the_kernel_log_is_more_evidence(matrix: Matrix) -> None:
    finding = verdict_on(matrix, gpu(ecc_uncorrected_volatile=Known(1, "NVML")), **log(XID))

    assert isinstance(finding, Finding)
    assert XID in [each.value for each in finding.evidence]


@pytest.mark.parametrize("code", [48, 63, 64, 94, 95])
def test_the_kernel_log_alone_is_stated_where_nvml_does_not_count(
    matrix: Matrix, code: int
) -> None:
    finding = verdict_on(matrix, without_ecc(), **log(XID.replace(": 48", f": {code}")))

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.STATED
    assert not finding.blocks


@pytest.mark.parametrize("code", [13, 31, 43, 79, 480])
def test_other_xids_are_not_about_memory(matrix: Matrix, code: int) -> None:
    verdict = verdict_on(matrix, without_ecc(), **log(XID.replace(": 48", f": {code}")))

    assert isinstance(verdict, NotApplicable)


def test_nvmls_counts_outrank_the_kernel_log(matrix: Matrix) -> None:
    verdict = verdict_on(matrix, gpu(), **log(XID))

    assert isinstance(verdict, Cleared)


def test_a_log_line_of_another_gpu_is_not_held_against_this_one(matrix: Matrix) -> None:
    verdict = verdict_on(matrix, without_ecc(), **log(XID.replace("65:00", "17:00")))

    assert isinstance(verdict, NotApplicable)


def test_a_silent_gpu_with_a_memory_error_in_the_log_is_likely_so_for_it(matrix: Matrix) -> None:
    needs_reset = NvmlGpu(0, CallResult(16, "NVML_ERROR_RESET_REQUIRED"))

    alone = verdict_on(matrix, needs_reset, **log(XID))
    among = list(check(with_gpus(needs_reset, gpu(1), **log(XID)), matrix))

    assert isinstance(alone, Finding)
    assert alone.confidence is Confidence.LIKELY
    assert alone.blocks
    assert isinstance(among[0], Finding)
    assert not among[0].blocks


def test_a_lost_gpu_without_such_a_line_is_not_for_us(matrix: Matrix) -> None:
    verdict = verdict_on(matrix, lost_gpu(0))

    assert isinstance(verdict, NotApplicable)


def test_the_log_is_all_there_is_where_nvml_is_silent(matrix: Matrix) -> None:
    silent = {**nvml_gone(Unknown("NVML: the probe ended")), **cuda_fails(999)}

    [finding] = check(machine(**silent, **log(XID)), matrix)

    assert isinstance(finding, Finding)
    assert finding.subject.name == f"GPU at {address(0)}"
    assert finding.confidence is Confidence.STATED


def test_a_long_line_of_the_log_is_cut(matrix: Matrix) -> None:
    finding = verdict_on(matrix, without_ecc(), **log(XID + "x" * 5000))

    assert isinstance(finding, Finding)
    assert max(len(each.value) for each in finding.evidence) <= 160


def test_does_not_guess_what_nvml_did_not_tell(matrix: Matrix) -> None:
    gap = Unknown("NVML gave no answer")
    silent = gpu(ecc_uncorrected_volatile=gap, remapped_rows=gap, retired_pages_pending=gap)

    verdict = verdict_on(matrix, silent)

    assert isinstance(verdict, Undetermined)


def test_does_not_apply_without_a_driver_or_nvml(matrix: Matrix) -> None:
    [without_driver] = check(machine(**module_gone()), matrix)
    [without_nvml] = check(machine(**nvml_gone()), matrix)

    assert isinstance(without_driver, NotApplicable)
    assert isinstance(without_nvml, NotApplicable)


INSIDE: dict[str, object] = {"platform__container": Known("docker", "/.dockerenv")}
JOB: dict[str, object] = {"variables": {"SLURM_JOB_ID": "4711", "SLURM_JOB_GPUS": "1"}}


@pytest.mark.parametrize("where", [INSIDE, JOB])
def test_what_the_log_says_of_somebody_elses_gpu_is_no_finding(
    matrix: Matrix, where: dict[str, object]
) -> None:
    bus = Known((pci_device(0), pci_device(1)), "sysfs")

    [verdict] = check(machine(**nvml_gone(), pci=bus, **log(XID), **where), matrix)

    assert isinstance(verdict, Undetermined)


@pytest.mark.parametrize("where", [INSIDE, JOB])
def test_what_the_log_says_of_the_hosts_only_gpu_is_ours(
    matrix: Matrix, where: dict[str, object]
) -> None:
    [finding] = check(machine(**nvml_gone(), **log(XID), **where), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.STATED
