"""Products are found by their names as NVML, PCI lists, shops and people write them."""

from collections import defaultdict

import pytest

from gpudoctor.matrix import Matrix
from gpudoctor.matrix.load import load_content

_, CONTENT = load_content()


@pytest.mark.parametrize(
    ("name", "found", "memory"),
    [
        ("NVIDIA A100-SXM4-80GB", "A100 SXM4 80 GB", 80),
        ("A100 PCIe 40 GB", "A100 PCIe 40 GB", 40),
        ("A100-SXM4-40GB MIG 1g.5gb", "A100 SXM4 40 GB", 40),
        ("NVIDIA H100 80GB HBM3", "H100 80GB HBM3", 80),
        ("Tesla V100-SXM2-16GB", "Tesla V100 SXM2 16 GB", 16),
        ("T4", "Tesla T4", 16),
        ("NVIDIA GeForce RTX 4090", "GeForce RTX 4090", 24),
        ("4090", "GeForce RTX 4090", 24),
        ("GeForce RTX4090", "GeForce RTX 4090", 24),
        ("1080ti", "GeForce GTX 1080 Ti", 11),
        ("2080 max-q", "GeForce RTX 2080 with Max-Q Design", 8),
        ("4090 laptop", "GeForce RTX 4090 Laptop GPU", 16),
        ("NVIDIA GeForce RTX 2080 with Max-Q Design", "GeForce RTX 2080 with Max-Q Design", 8),
        ("NVIDIA TITAN X (Pascal)", "TITAN X Pascal", 12),
        ("rtx a6000", "RTX A6000", 48),
    ],
)
def test_finds_a_product_however_it_is_written(
    matrix: Matrix, name: str, found: str, memory: float
) -> None:
    product = matrix.product(name)

    assert product is not None
    assert (product.name, product.memory_gb) == (found, memory)


@pytest.mark.parametrize(
    ("family", "capability", "line"),
    [
        ("A100", "8.0", "data-centre"),
        ("v100", "7.0", "data-centre"),
        ("H100", "9.0", "data-centre"),
        ("GH200", "9.0", "data-centre"),
        ("RTX PRO 6000", "12.0", None),
        ("Jetson AGX Orin", "8.7", "jetson"),
    ],
)
def test_a_family_gives_what_its_products_share(
    matrix: Matrix, family: str, capability: str, line: str | None
) -> None:
    product = matrix.product(family)

    assert product is not None
    assert (str(product.capability), product.line) == (capability, line)


@pytest.mark.parametrize(
    ("name", "memory"),
    [
        ("NVIDIA GeForce RTX 4060 Ti", None),  # there are two
        ("A100 PCIe", None),
        ("A100 80GB", 80),
        ("RTX PRO 4500 99GB Blackwell", None),  # the one that is listed has 32
    ],
)
def test_tells_no_memory_but_that_of_all_products_that_a_name_can_mean(
    matrix: Matrix, name: str, memory: float | None
) -> None:
    product = matrix.product(name)

    assert product is not None
    assert product.memory_gb == memory


@pytest.mark.parametrize(
    "name",
    [
        "RTX 6000",  # Turing's Quadro or Ada's
        "Quadro 6000",  # Fermi's, which is older than the matrix
        "RTX 4000",
        "titan x",  # Maxwell's or Pascal's
        "GT 730",
        "GeForce",
        "100",
        "NVIDIA GeForce RTX 5090 D V9",
        "",
        "[red]" + "9" * 5000,
    ],
)
def test_does_not_guess_what_an_unknown_or_ambiguous_name_means(matrix: Matrix, name: str) -> None:
    assert matrix.product(name) is None


def test_a_products_own_name_finds_it_and_its_capability(matrix: Matrix) -> None:
    for row in CONTENT["gpu_products"]:
        for name in (row["name"], f"NVIDIA {row['name'].upper()}"):
            product = matrix.product(name)
            assert product is not None, name
            assert str(product.capability) == row["capability"], name


def test_the_pci_ids_of_a_block_are_of_one_capability(matrix: Matrix) -> None:
    blocks = defaultdict(set)
    for row in CONTENT["pci_ids"]:
        capability = matrix.capability_of_pci_id(row["id"])
        if capability is not None:
            blocks[row["id"][:2]].add(str(capability))

    assert blocks["20"] == {"8.0"}
    assert blocks["27"] == blocks["28"] == {"8.9"}
    assert all(len(capabilities) == 1 for capabilities in blocks.values())


def test_the_products_that_share_a_pci_id_share_its_capability(matrix: Matrix) -> None:
    shared = matrix.gpu_by_pci_id("20B2")
    assert shared is not None
    assert (shared.name, shared.also) == ("A100-SXM4-80GB", ("PG509-210",))

    for row in CONTENT["pci_ids"]:
        for name in row.get("also", ()):
            product = matrix.product(name)
            assert product is not None, name
            assert product.capability == matrix.capability_of_pci_id(row["id"]), name


def test_knows_the_capability_behind_all_pci_ids_but_those_that_sources_dispute(
    matrix: Matrix,
) -> None:
    unknown = {
        row["name"] for row in CONTENT["pci_ids"] if matrix.capability_of_pci_id(row["id"]) is None
    }

    assert unknown == {"GeForce RTX 3050 A Laptop GPU", "DRIVE P2021"}


def test_what_is_known_of_a_pci_id_is_as_sure_as_its_weakest_row(matrix: Matrix) -> None:
    sure, inferred = matrix.product_of_pci_id("2B85"), matrix.product_of_pci_id("27B6")

    assert sure is not None
    assert sure.origin.checked == "one-source"  # two sources for the product, one for the id
    assert inferred is not None
    assert inferred.origin.checked == "inferred"
    assert inferred.origin.sources == ("open-kernel-modules",)


def test_no_known_pci_id_means_no_product(matrix: Matrix) -> None:
    assert matrix.product_of_pci_id("FFFF") is None


def test_a_name_without_its_maker_is_the_product_of_that_name(matrix: Matrix) -> None:
    found = matrix.product("GTX 960")

    assert found is not None
    assert (found.name, str(found.capability)) == ("GeForce GTX 960", "5.2")
