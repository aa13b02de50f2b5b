import pytest

from build_messages import only_a_message, saying
from gpudoctor.checks.jit_compiler_too_old import check
from gpudoctor.facts import BuildFacts, BundledAssembler, Known, Snapshot, Unknown
from gpudoctor.findings import (
    Cleared,
    Confidence,
    Finding,
    NotApplicable,
    Undetermined,
    Verdict,
)
from gpudoctor.matrix import Matrix
from gpudoctor.symptoms import read_symptoms
from machines import (
    build_tools,
    capability,
    cuda,
    cuda_device,
    environment,
    machine,
    toolkit,
    toolkits,
    torch,
)

NOT_DEFINED = "ptxas fatal   : Value 'sm_120' is not defined for option 'gpu-name'"
NVRTC = "RuntimeError: nvrtc: error: invalid value for --gpu-architecture (-arch)"
PASSED_OVER = "Falling back to the CUDA driver for PTX compilation; ptxas does not support CC 8.9"


def card(name: str, number: str) -> dict[str, object]:
    """A machine with this card alone, as CUDA lists it."""
    listed = cuda_device(
        name=Known(name, "libcuda"), compute_capability=Known(capability(number), "libcuda")
    )
    return {"libcuda__devices": Known((listed,), "libcuda")}


def triton(version: str, low: int = 0) -> BundledAssembler:
    """A ptxas of Triton's."""
    name = "ptxas-blackwell" if low else "ptxas"
    path = f"/venv/triton/backends/nvidia/bin/{name}"
    return BundledAssembler("triton", path, Known(cuda(version), path), 0, low)


def bundling(*assemblers: BundledAssembler) -> BuildFacts:
    return build_tools(assemblers=assemblers)


def judged(matrix: Matrix, snapshot: Snapshot) -> Verdict:
    [verdict] = check(snapshot, matrix)
    return verdict


def test_without_a_compiler_of_its_own_there_is_nothing_to_judge(matrix: Matrix) -> None:
    assert isinstance(judged(matrix, machine()), NotApplicable)


@pytest.mark.parametrize(
    ("version", "number", "kind"),
    [
        ("12.4", "12.0", Finding),
        ("12.8", "12.0", Cleared),
        ("12.8", "12.1", Finding),
        ("12.9", "12.1", Cleared),
        ("12.4", "9.0", Cleared),
        ("11.7", "8.9", Finding),
    ],
)
def test_tritons_ptxas_is_held_against_the_gpu(
    matrix: Matrix, version: str, number: str, kind: type
) -> None:
    verdict = judged(matrix, machine(build=bundling(triton(version)), **card("a card", number)))

    assert isinstance(verdict, kind)
    if isinstance(verdict, Finding):
        assert (verdict.confidence, verdict.blocks) == (Confidence.LIKELY, False)


def test_triton_uses_the_second_ptxas_for_blackwell_alone(matrix: Matrix) -> None:
    both = bundling(triton("13.0", 10), triton("12.4"))

    assert isinstance(judged(matrix, machine(build=both, **card("GB10", "12.1"))), Cleared)
    assert isinstance(judged(matrix, machine(build=both, **card("H100", "9.0"))), Cleared)


def test_a_gpu_that_is_older_than_the_compiler_is_not_this(matrix: Matrix) -> None:
    build = bundling(triton("13.0"))

    assert isinstance(judged(matrix, machine(build=build, **card("GTX 1080", "6.1"))), Cleared)


def test_a_ptxas_that_the_user_chose_is_not_judged_by_tritons(matrix: Matrix) -> None:
    chosen = {"TRITON_PTXAS_PATH": "/usr/local/cuda/bin/ptxas"}
    snapshot = machine(build=bundling(triton("12.4")), variables=chosen, **card("x", "12.0"))

    assert isinstance(judged(matrix, snapshot), NotApplicable)


def test_does_not_guess_a_version(matrix: Matrix) -> None:
    silent = BundledAssembler("triton", "/x/ptxas", Unknown("it does not say"), 0)

    assert isinstance(judged(matrix, machine(build=bundling(silent))), Undetermined)


def test_a_message_that_the_version_bears_out_is_certain(matrix: Matrix) -> None:
    snapshot = saying(NOT_DEFINED, build=bundling(triton("12.4")), **card("RTX 5090", "12.0"))

    finding = judged(matrix, snapshot)

    assert isinstance(finding, Finding)
    assert (finding.confidence, finding.blocks) == (Confidence.CERTAIN, True)


def test_offers_the_ptxas_of_a_toolkit_that_is_here(matrix: Matrix) -> None:
    build = build_tools(assemblers=(triton("12.4"),), toolkits=toolkits(toolkit("12.9")))

    finding = judged(matrix, saying(NOT_DEFINED, build=build, **card("RTX 5090", "12.0")))

    assert isinstance(finding, Finding)
    step = "TRITON_PTXAS_PATH=/usr/local/cuda-12.9/bin/ptxas"
    assert step in str(finding.remedies[0].steps)


def test_a_message_alone_is_only_stated(matrix: Matrix) -> None:
    finding = judged(matrix, only_a_message(NOT_DEFINED))

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.STATED


def test_pytorchs_nvrtc_is_of_the_cuda_that_it_was_built_for(matrix: Matrix) -> None:
    old = environment(torch(built_for_cuda=Known(cuda("11.3"), "version.py")))

    finding = judged(matrix, saying(NVRTC, environments=(old,), **card("RTX 4060 Ti", "8.9")))

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.CERTAIN


def test_what_the_driver_compiles_in_its_place_does_not_block(matrix: Matrix) -> None:
    finding = judged(matrix, saying(PASSED_OVER))

    assert isinstance(finding, Finding)
    assert not finding.blocks


def test_it_blocks_where_the_kernel_is_then_missing(matrix: Matrix) -> None:
    failed = 'failed to get PTX kernel "broadcast" from module: CUDA_ERROR_NOT_FOUND: named symbol'

    finding = judged(matrix, saying(PASSED_OVER, failed))

    assert isinstance(finding, Finding)
    assert finding.blocks


@pytest.mark.parametrize(
    "line",
    [
        "ptxas application ptx input, line 9; fatal   : Unsupported .version 8.7; current version",
        "Couldn't invoke ptxas --version",
        "Relying on driver to perform ptx compilation.",
    ],
)
def test_what_the_drivers_own_compiler_says_is_not_this(line: str) -> None:
    ids = {each.id for each in read_symptoms([line], None, None)}

    assert not [each for each in ids if each.startswith("assembler-")]


def test_a_gpu_that_the_compiler_has_dropped_is_not_called_too_new(matrix: Matrix) -> None:
    new = environment(torch(built_for_cuda=Known(cuda("13.0"), "version.py")))

    finding = judged(matrix, saying(NVRTC, environments=(new,), **card("GTX 1080", "6.1")))

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.CERTAIN
    assert "6.1 no more" in finding.title


def test_what_xla_says_is_not_held_against_tritons_ptxas(matrix: Matrix) -> None:
    snapshot = saying(PASSED_OVER, build=bundling(triton("11.7")), **card("RTX 4090", "8.9"))

    finding = judged(matrix, snapshot)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.STATED
