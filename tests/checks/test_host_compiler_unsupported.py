import shlex

from build_messages import only_a_message, saying, with_packages
from gpudoctor.checks.host_compiler_unsupported import check
from gpudoctor.facts import BuildFacts, HostCompiler, Known, Unknown
from gpudoctor.findings import Cleared, Confidence, Finding, NotApplicable, Shell, Undetermined
from gpudoctor.matrix import Matrix
from machines import build_tools, changed, compiler, machine, platform, toolkit, toolkits

REFUSED = "error: #error -- unsupported GNU version! gcc versions later than 12 are not supported!"
DEEPSPEED = with_packages(deepspeed="0.18.2")


def with_compilers(cuda: str, *compilers: HostCompiler) -> BuildFacts:
    """A toolkit of this CUDA and these compilers, the one taken first."""
    path = f"/usr/local/cuda-{cuda}"
    return build_tools(
        toolkits=toolkits(toolkit(cuda)),
        taken=Known(path, "CUDA_HOME"),
        host_compilers=Known(compilers, "PATH"),
    )


def test_any_compiler_will_do_where_nothing_is_compiled(matrix: Matrix) -> None:
    [verdict] = check(machine(build=with_compilers("12.1", compiler(14))), matrix)

    assert isinstance(verdict, NotApplicable)


def test_finds_the_refusal_that_the_versions_bear_out(matrix: Matrix) -> None:
    [finding] = check(saying(REFUSED, build=with_compilers("12.1", compiler(14))), matrix)

    assert isinstance(finding, Finding)
    assert (finding.confidence, finding.blocks) == (Confidence.CERTAIN, True)
    assert "gcc-12" in str(finding.remedies[0].steps)


def test_offers_a_compiler_that_is_here_before_one_to_install(matrix: Matrix) -> None:
    build = with_compilers("12.1", compiler(14), compiler(11))

    [finding] = check(saying(REFUSED, build=build), matrix)

    assert isinstance(finding, Finding)
    assert "CC=/usr/bin/gcc-11 CXX=/usr/bin/g++-11" in str(finding.remedies[0].steps)
    assert not finding.remedies[0].needs_root


def test_never_asks_to_silence_nvcc(matrix: Matrix) -> None:
    [finding] = check(saying(REFUSED), matrix)

    assert isinstance(finding, Finding)
    assert "allow-unsupported-compiler" not in str(finding.remedies)


def test_a_message_alone_is_only_stated_and_names_the_limit(matrix: Matrix) -> None:
    [finding] = check(only_a_message(REFUSED), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.STATED
    assert "gcc-12" in str(finding.remedies)


def test_finds_a_compiler_that_the_matrix_rules_out_where_a_package_compiles(
    matrix: Matrix,
) -> None:
    build = with_compilers("12.1", compiler(13))

    [finding] = check(machine(environments=DEEPSPEED, build=build), matrix)

    assert isinstance(finding, Finding)
    assert (finding.confidence, finding.blocks) == (Confidence.LIKELY, False)
    assert "gcc 13" in finding.title


def test_clears_the_newest_compiler_that_nvcc_takes(matrix: Matrix) -> None:
    build = with_compilers("12.1", compiler(12), compiler(14))

    [verdict] = check(machine(environments=DEEPSPEED, build=build), matrix)

    assert isinstance(verdict, Cleared)


def test_clang_has_limits_of_its_own(matrix: Matrix) -> None:
    new, old = compiler(18, "clang", found_by="CC"), compiler(15, "clang", found_by="CC")

    [finding] = check(machine(environments=DEEPSPEED, build=with_compilers("12.1", new)), matrix)
    [verdict] = check(machine(environments=DEEPSPEED, build=with_compilers("12.1", old)), matrix)

    assert isinstance(finding, Finding)
    assert isinstance(verdict, Cleared)


def test_does_not_guess_a_compilers_version(matrix: Matrix) -> None:
    silent = changed(compiler(13), major=Unknown("two versions lie beside it"))

    [verdict] = check(machine(environments=DEEPSPEED, build=with_compilers("12.1", silent)), matrix)

    assert isinstance(verdict, Undetermined)


def test_a_missing_compiler_is_said_to_be_missing(matrix: Matrix) -> None:
    message = "nvcc fatal   : Cannot find compiler 'cl.exe' in PATH"

    [finding] = check(saying(message), matrix)

    assert isinstance(finding, Finding)
    assert finding.title == "No host compiler is found"
    assert "Visual Studio" in str(finding.remedies)


def test_does_not_guess_where_nobody_looked_for_toolkits(matrix: Matrix) -> None:
    unseen = build_tools(toolkits=Unknown("not looked at"), taken=Unknown("not looked at"))

    [verdict] = check(machine(environments=DEEPSPEED, build=unseen), matrix)

    assert isinstance(verdict, Undetermined)


def test_a_hostile_path_stays_one_word_of_the_shell(matrix: Matrix) -> None:
    hostile = HostCompiler("gcc", "/x'; touch y #/gcc-11", "CC", Known(11, "/x"))

    [finding] = check(saying(REFUSED, build=with_compilers("12.1", hostile)), matrix)

    assert isinstance(finding, Finding)
    for step in finding.remedies[0].steps:
        if isinstance(step, Shell):
            words = shlex.split(step.text, comments=True)
            assert words[0] == "export"
            assert all("=" in word for word in words[1:])


def test_headers_that_clash_are_not_laid_to_the_compiler(matrix: Matrix) -> None:
    message = (
        "/usr/include/bits/mathcalls.h(79): error: exception specification is incompatible with "
        'that of previous function "cospi" (declared at line 2601 of math_functions.h)'
    )

    [finding] = check(saying(message), matrix)

    assert isinstance(finding, Finding)
    assert "gcc-" not in str(finding.remedies)


def test_limits_of_another_processor_are_not_guessed(matrix: Matrix) -> None:
    arm = platform(cpu_arch="aarch64")
    build = with_compilers("12.1", compiler(14))

    [verdict] = check(machine(environments=DEEPSPEED, build=build, platform=arm), matrix)

    assert isinstance(verdict, Undetermined)
