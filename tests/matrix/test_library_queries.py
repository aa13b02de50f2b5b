"""cuDNN, host compilers and forward compatibility at their boundaries."""

import pytest

from gpudoctor.matrix import Matrix
from gpudoctor.matrix.forward import Forward
from gpudoctor.matrix.library_queries import CudnnFit
from gpudoctor.versions import ComputeCapability, CudaVersion, DriverVersion


def cudnn_fit(
    matrix: Matrix, version: str, cuda: str, capability: str | None, driver: str | None
) -> CudnnFit:
    answer = matrix.cudnn_fit(
        version,
        cuda=CudaVersion.parse(cuda),
        capability=ComputeCapability.parse(capability) if capability else None,
        driver=DriverVersion.parse(driver) if driver else None,
        os="linux",
    )
    assert answer is not None
    return answer


@pytest.mark.parametrize(
    ("version", "cuda", "serves"),
    [
        ("9.10.2.21", "11.8", True),
        ("9.11.0.98", "11.8", False),  # the first without CUDA 11
        ("9.11.0.98", "12.9", True),
        ("9.12.0.46", "13.0", True),
        ("9.28.1.4", "12.9", False),  # CUDA 13 only
        ("8.2.2", "11.4", True),
        ("8.2.2", "11.8", None),  # not among the releases that were tested
        ("8.2.2", "12.0", False),
    ],
)
def test_decides_whether_a_cudnn_is_there_for_a_cuda(
    matrix: Matrix, version: str, cuda: str, *, serves: bool | None
) -> None:
    assert cudnn_fit(matrix, version, cuda, None, None).serves_cuda is serves


@pytest.mark.parametrize(
    ("version", "cuda", "capability", "serves"),
    [
        ("9.10.2.21", "12.8", "7.0", True),
        ("9.17.0.29", "12.8", "7.0", False),  # 9.11 dropped Maxwell, Pascal and Volta
        ("9.17.0.29", "12.8", "7.5", True),
        ("9.17.0.29", "12.9", "10.3", True),  # by the code for 10.0
        ("9.17.0.29", "12.9", "12.1", True),
        ("9.17.0.29", "13.0", "8.7", None),  # Jetson
        ("9.0.0.312", "12.3", "12.0", None),  # came later
        ("9.0.0.312", "12.3", "3.7", False),
        ("8.2.2", "11.4", "8.6", True),
        ("8.2.2", "11.4", "3.0", False),
        ("8.2.2", "10.2", "3.0", True),
        ("8.2.2", "11.4", "9.0", None),
        ("8.7.0.84", "11.8", "8.0", None),  # nobody read its matrix
    ],
)
def test_decides_whether_a_cudnn_serves_a_gpu(
    matrix: Matrix, version: str, cuda: str, capability: str, *, serves: bool | None
) -> None:
    assert cudnn_fit(matrix, version, cuda, capability, None).serves_gpu is serves


@pytest.mark.parametrize(
    ("version", "cuda", "driver", "serves"),
    [
        ("9.17.0.29", "12.8", "525.60.13", True),
        ("9.17.0.29", "12.8", "525.60.11", False),
        ("9.17.0.29", "13.0", "580.65.06", True),
        ("9.17.0.29", "13.0", "575.57.08", False),
        ("8.2.2", "11.4", "470.57.02", True),  # its matrix names the branch
        ("8.2.2", "11.4", "465.19.01", False),
    ],
)
def test_decides_whether_a_driver_is_enough_for_a_cudnn(
    matrix: Matrix, version: str, cuda: str, driver: str, *, serves: bool
) -> None:
    assert cudnn_fit(matrix, version, cuda, None, driver).serves_driver is serves


def test_all_of_it_must_fit(matrix: Matrix) -> None:
    assert cudnn_fit(matrix, "9.17.0.29", "12.8", "8.0", "535.183.01").fits is True
    assert cudnn_fit(matrix, "9.17.0.29", "12.8", "7.0", None).fits is False
    assert cudnn_fit(matrix, "9.17.0.29", "12.8", "8.0", None).fits is None


def test_an_answer_says_which_inferred_columns_it_leans_on(matrix: Matrix) -> None:
    read = cudnn_fit(matrix, "9.17.0.29", "12.8", "8.0", "535.183.01")
    concluded = cudnn_fit(matrix, "9.18.0.77", "12.8", "8.0", "535.183.01")

    assert read.leans_on == ()
    assert concluded.leans_on == ("capabilities", "linux")


def test_a_cudnn_is_known_by_the_three_parts_that_its_headers_say(matrix: Matrix) -> None:
    found = matrix.cudnn("9.10.2")

    assert found is not None
    assert found.version == "9.10.2.21"
    assert matrix.cudnn("9.10") is None
    assert matrix.cudnn("8.4.1") is None


@pytest.mark.parametrize(
    ("cuda", "gcc", "takes"),
    [
        ("12.4", 13, True),
        ("12.4", 14, False),
        ("12.4", 5, False),
        ("12.8", 14, True),
        ("11.8", 12, False),
        ("13.2", 15, True),
        ("13.2", 14, None),  # its lower limit is unknown
        ("13.2", 16, False),
        ("11.5", 11, None),  # sources disagree
    ],
)
def test_decides_whether_nvcc_takes_a_gcc(
    matrix: Matrix, cuda: str, gcc: int, *, takes: bool | None
) -> None:
    row = matrix.host_compiler(CudaVersion.parse(cuda))

    assert row is not None
    assert row.takes_gcc(gcc) is takes


def test_an_nvcc_that_is_not_listed_is_none(matrix: Matrix) -> None:
    assert matrix.host_compiler(CudaVersion(13, 9)) is None


@pytest.mark.parametrize(
    ("cuda", "driver", "product", "kind"),
    [
        ("13.2", "580.65.06", "A100", Forward.WORKS),
        ("13.2", "570.124.06", "NVIDIA H100 80GB HBM3", Forward.WORKS),
        ("13.2", "550.54.15", "A100", Forward.UNKNOWN),  # nobody reported that pair
        ("13.2", "595.45.04", "A100", Forward.NOT_NEEDED),
        ("13.2", "615.71.09", "A100", Forward.NOT_NEEDED),
        ("13.2", "580.65.06", "GeForce RTX 4090", Forward.WRONG_GPU),
        ("13.2", "580.65.06", "RTX A6000", Forward.UNKNOWN),  # a few workstation cards only
        ("13.2", "580.65.06", "V100", Forward.GPU_NOT_SERVED),  # 580 was Volta's last branch
        ("12.6", "535.183.01", "V100", Forward.WORKS),
        ("12.6", "470.57.02", "L4", Forward.GPU_NOT_SERVED),  # too old a driver for the GPU
        ("12.6", "535.183.01", "nobody's GPU", Forward.UNKNOWN),
    ],
)
def test_decides_what_forward_compatibility_can_do(
    matrix: Matrix, cuda: str, driver: str, product: str, kind: Forward
) -> None:
    answer = matrix.forward_fit(
        cuda=CudaVersion.parse(cuda),
        driver=DriverVersion.parse(driver),
        os="linux",
        product=matrix.product(product),
    )

    assert answer is not None
    assert answer.kind is kind
    assert answer.works is {Forward.WORKS: True, Forward.UNKNOWN: None}.get(kind, False)


def test_forward_compatibility_is_for_linux(matrix: Matrix) -> None:
    answer = matrix.forward_fit(
        cuda=CudaVersion(13, 2),
        driver=DriverVersion.parse("580.88"),
        os="windows",
        product=matrix.product("A100"),
    )

    assert answer is not None
    assert answer.kind is Forward.WRONG_SYSTEM


def test_a_forward_fit_is_as_sure_as_its_weakest_row(matrix: Matrix) -> None:
    answer = matrix.forward_fit(
        cuda=CudaVersion(12, 6),
        driver=DriverVersion.parse("535.183.01"),
        os="linux",
        product=matrix.product("A100"),
    )

    assert answer is not None
    assert answer.origin.checked == "inferred"
    assert "computecanada" in answer.origin.sources


def test_without_a_package_there_is_no_answer(matrix: Matrix) -> None:
    answer = matrix.forward_fit(
        cuda=CudaVersion(13, 4), driver=DriverVersion.parse("580.65.06"), os="linux", product=None
    )

    assert answer is None
