from build_messages import only_a_message, saying
from gpudoctor.checks.libcuda_not_linkable import check
from gpudoctor.facts import Absent
from gpudoctor.findings import Cleared, Confidence, Finding, NotApplicable
from gpudoctor.matrix import Matrix
from machines import build_tools, cuda_gone, libraries, machine

CANNOT_FIND = "/usr/bin/ld: cannot find -lcuda: No such file or directory"
NO_LINK = build_tools(libcuda_link=Absent("LIBRARY_PATH and the loader's folders"))


def test_a_machine_with_the_link_is_cleared(matrix: Matrix) -> None:
    [verdict] = check(machine(), matrix)

    assert isinstance(verdict, Cleared)


def test_a_machine_without_the_link_is_fine_where_nothing_links(matrix: Matrix) -> None:
    [verdict] = check(machine(build=NO_LINK), matrix)

    assert isinstance(verdict, NotApplicable)


def test_finds_the_message_that_the_disk_bears_out(matrix: Matrix) -> None:
    [finding] = check(saying(CANNOT_FIND, build=NO_LINK), matrix)

    assert isinstance(finding, Finding)
    assert (finding.confidence, finding.blocks) == (Confidence.CERTAIN, True)
    assert "/usr/lib/x86_64-linux-gnu/libcuda.so" in str(finding.remedies[0].steps)


def test_a_link_that_the_linker_does_not_look_for_is_named(matrix: Matrix) -> None:
    [finding] = check(saying(CANNOT_FIND), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.STATED
    assert "LIBRARY_PATH=/usr/lib/x86_64-linux-gnu" in str(finding.remedies[0].steps)


def test_a_message_alone_is_only_stated(matrix: Matrix) -> None:
    [finding] = check(only_a_message("AssertionError: libcuda.so cannot found!"), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.STATED


def test_without_a_driver_the_fault_lies_deeper(matrix: Matrix) -> None:
    snapshot = saying(CANNOT_FIND, build=NO_LINK, driver__libraries=libraries(), **cuda_gone())

    [verdict] = check(snapshot, matrix)

    assert isinstance(verdict, NotApplicable)
