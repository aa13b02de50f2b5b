from typing import Any

import pytest

from gpu_machines import (
    GTX_680,
    GTX_1080_TI,
    NOBODYS,
    RTX_4070_SUPER,
    RTX_5090,
    T4,
    beside_a_working,
    log,
    not_loaded,
    silent,
    unasked,
    with_driver,
    working,
)
from gpudoctor.checks.driver_too_old_for_gpu import check
from gpudoctor.facts import Absent, DkmsBuild, Known, Snapshot
from gpudoctor.findings import MACHINE, Cleared, Confidence, Finding, NotApplicable, Undetermined
from gpudoctor.matrix import Matrix
from machines import driver, pci_device


def refusal(device_id: str, version: str) -> str:
    return (
        f"NVRM: The NVIDIA GPU 0000:65:00.0 (PCI ID: 10de:{device_id.lower()})\\x0aNVRM: installed "
        f"in this system is not supported by the\\x0aNVRM: NVIDIA {version} driver release."
    )


def only(snapshot: Snapshot, matrix: Matrix) -> object:
    [verdict] = check(snapshot, matrix)
    return verdict


def test_finds_a_gpu_of_a_later_branch(matrix: Matrix) -> None:
    finding = only(silent(RTX_5090, driver="550.54.14"), matrix)

    assert isinstance(finding, Finding)
    assert finding.subject == MACHINE
    assert finding.blocks
    assert finding.confidence is Confidence.CERTAIN
    assert "branch 570 or newer" in finding.detail
    assert "GeForce RTX 5090" in finding.detail
    assert "nvidia-driver-580-open" in str(finding.remedies[0].steps)


def test_the_first_branch_itself_is_new_enough(matrix: Matrix) -> None:
    assert isinstance(only(silent(RTX_5090, driver="570.86.16"), matrix), Cleared)


@pytest.mark.parametrize("id_", [T4, GTX_1080_TI, GTX_680])
def test_older_gpus_are_cleared(matrix: Matrix, id_: str) -> None:
    assert isinstance(only(silent(id_), matrix), Cleared)


def test_a_gpu_that_works_is_cleared_whatever_the_matrix_says(matrix: Matrix) -> None:
    old = with_driver(driver("550.54.14"), "proprietary")

    verdict = only(working(pci_device(0, device_id=RTX_5090), **old), matrix)

    assert isinstance(verdict, Cleared)


def test_without_nvmls_answer_it_is_likely(matrix: Matrix) -> None:
    finding = only(silent(RTX_5090, driver="550.54.14", **unasked()), matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY
    assert "inference" in finding.detail


def test_reads_the_driver_from_disk_where_it_is_not_loaded(matrix: Matrix) -> None:
    finding = only(not_loaded(RTX_5090, driver="550.54.14"), matrix)

    assert isinstance(finding, Finding)
    assert "550.54.14" in finding.detail


def test_two_versions_on_disk_decide_nothing(matrix: Matrix) -> None:
    both = (DkmsBuild("550.54.14", ()), DkmsBuild("580.95.05", ()))
    snapshot = not_loaded(RTX_5090, driver__dkms=Known(both, "t"), driver__libraries=Absent("t"))

    assert isinstance(only(snapshot, matrix), Undetermined)


def test_beside_a_gpu_that_works_it_does_not_block(matrix: Matrix) -> None:
    verdicts = list(check(beside_a_working(RTX_5090, driver="550.54.14"), matrix))

    [finding] = [each for each in verdicts if isinstance(each, Finding)]
    assert len(verdicts) == 2
    assert finding.subject.kind == "gpu"
    assert not finding.blocks


def test_eight_alike_are_one_finding(matrix: Matrix) -> None:
    finding = only(silent(*[RTX_5090] * 8, driver="550.54.14"), matrix)

    assert isinstance(finding, Finding)
    assert finding.detail.count("GeForce RTX 5090") == 8
    assert finding.detail.count("need branch") == 1


def test_the_kernels_refusal_of_a_listed_gpu_is_not_believed(matrix: Matrix) -> None:
    faulty = silent(T4, **log(refusal(T4, "580.95.05")))

    assert isinstance(only(faulty, matrix), Cleared)


def test_a_late_product_is_found_with_the_kernels_refusal_only(matrix: Matrix) -> None:
    line = refusal(RTX_4070_SUPER, "535.54.03")

    told = only(silent(RTX_4070_SUPER, driver="535.54.03", **log(line)), matrix)
    untold = only(silent(RTX_4070_SUPER, driver="535.54.03"), matrix)

    assert isinstance(told, Finding)
    assert isinstance(untold, Undetermined)


def test_an_unlisted_gpu_between_listed_ones_is_not_called_newer(matrix: Matrix) -> None:
    between = silent("20FF", **log(refusal("20FF", "580.95.05")))

    assert isinstance(only(between, matrix), Undetermined)


def test_an_unlisted_gpu_is_stated_by_the_kernel_or_unknown(matrix: Matrix) -> None:
    told = only(silent(NOBODYS, **log(refusal(NOBODYS, "580.95.05"))), matrix)
    untold = only(silent(NOBODYS), matrix)

    assert isinstance(told, Finding)
    assert told.confidence is Confidence.STATED
    assert isinstance(untold, Undetermined)


def test_a_refusal_by_an_earlier_driver_is_of_the_past(matrix: Matrix) -> None:
    before = silent(NOBODYS, **log(refusal(NOBODYS, "550.54.14")))

    assert isinstance(only(before, matrix), Undetermined)


def test_gpus_set_aside_for_virtual_machines_are_none_of_ours(matrix: Matrix) -> None:
    aside = pci_device(0, device_id=RTX_5090, kernel_driver=Known("vfio-pci", "sysfs"))
    snapshot = silent(driver="550.54.14", pci=Known((aside,), "sysfs"))

    assert isinstance(only(snapshot, matrix), NotApplicable)


@pytest.mark.parametrize("where", ["platform__wsl", "platform__integrated_board"])
def test_does_not_apply_where_the_driver_is_anothers(matrix: Matrix, where: str) -> None:
    changes: dict[str, Any] = {where: Known("2", "t")}

    verdict = only(silent(RTX_5090, driver="550.54.14", **changes), matrix)

    assert isinstance(verdict, NotApplicable)


def test_in_a_container_that_works_the_hosts_other_gpus_do_not_count(matrix: Matrix) -> None:
    inside = beside_a_working(
        RTX_5090, driver="550.54.14", platform__container=Known("docker", "/.dockerenv")
    )

    assert isinstance(only(inside, matrix), Cleared)


def test_in_a_container_the_repair_is_the_hosts(matrix: Matrix) -> None:
    inside = silent(
        RTX_5090, driver="550.54.14", platform__container=Known("docker", "/.dockerenv")
    )

    finding = only(inside, matrix)

    assert isinstance(finding, Finding)
    assert finding.confidence is Confidence.LIKELY
    assert finding.remedies[0].scope == "host"
