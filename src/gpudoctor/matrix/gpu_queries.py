"""Questions about GPUs: what a PCI id or a name stands for, and what serves a capability."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gpudoctor.matrix import rows
from gpudoctor.matrix.table import Cells, Table, maybe, origin_of
from gpudoctor.versions import ComputeCapability, CudaVersion, DriverVersion

if TYPE_CHECKING:
    from gpudoctor.matrix.product_names import ProductNames


class GpuQueries(Table):
    """Products, PCI ids and architectures."""

    def __init__(self, info: rows.MatrixInfo, content: Mapping[str, Any]) -> None:
        super().__init__(info, content)
        self._names: ProductNames | None = None

    def architecture(self, capability: ComputeCapability) -> rows.ArchitectureRow | None:
        """A compute capability's row."""
        row = self.find("architectures", "capability", str(capability))
        return None if row is None else _architecture(row)

    def architectures_of_branch(self, branch: int) -> tuple[rows.ArchitectureRow, ...]:
        """The architectures that a driver branch is known to serve, oldest first.

        One whose first branch is unknown is only listed where its last branch is known.
        """
        listed = []
        for row in self.rows("architectures"):
            first, last = row.get("first_branch"), row.get("last_branch")
            if first is None and last is None:
                continue
            if (first is None or first <= branch) and (last is None or branch <= last):
                listed.append(_architecture(row))
        return tuple(listed)

    def capabilities_apart(self) -> frozenset[ComputeCapability]:
        """The capabilities that run no machine code of their major's lower minors."""
        listed = (row for row in self.rows("architectures") if row.get("apart"))
        return frozenset(ComputeCapability.parse(row["capability"]) for row in listed)

    def gpu_by_pci_id(self, device_id: str) -> rows.PciIdRow | None:
        """The product behind a PCI device id of four hex digits."""
        row = self.find("pci_ids", "id", device_id.upper())
        if row is None:
            return None
        first = maybe(row, "first_open_driver", DriverVersion.parse)
        also = tuple(row.get("also", ()))
        modules = row.get("open_modules")
        return rows.PciIdRow(row["id"], row["name"], also, first, modules, origin_of(row))

    def first_open_driver(self) -> DriverVersion | None:
        """The first driver whose open modules list any product: what is older lists them too."""
        listed = self.rows("pci_ids")
        found = [
            DriverVersion.parse(r["first_open_driver"]) for r in listed if "first_open_driver" in r
        ]
        return min(found, default=None)

    def newest_pci_id(self) -> str:
        """The highest PCI device id that is listed: what is higher came out later."""
        return max((str(row["id"]) for row in self.rows("pci_ids")), default="")

    def pci_id_of_product(self, name: str) -> str | None:
        """A PCI device id of the product called so; None where none is listed."""
        row = self.find("pci_ids", "name", name)
        return None if row is None else str(row["id"])

    def pci_block(self, device_id: str) -> rows.PciBlockRow | None:
        """The chip that a PCI device id belongs to."""
        number = device_id.upper()
        for row in self.rows("pci_blocks"):
            if row["first"] <= number <= row["last"]:
                capability = ComputeCapability.parse(row["capability"])
                return rows.PciBlockRow(
                    row["first"], row["last"], row["chip"], capability, origin_of(row)
                )
        return None

    def product(self, name: str) -> rows.ProductRow | None:
        """A product by its name, as the driver or a person writes it.

        A family's name (``A100``) gives what all its products share. None for a name that is not
        listed, and for one that products of different capabilities bear.
        """
        exact = self.find("gpu_products", "name", name.removeprefix("NVIDIA "))
        if exact is not None:
            return _product(exact["name"], [exact], has_form=True)
        if self._names is None:
            # Names that stand in the matrix as they are need no index.
            from gpudoctor.matrix.product_names import ProductNames  # noqa: PLC0415

            self._names = ProductNames(self.rows("gpu_products"))
        found, has_form = self._names.find(name)
        return _product(name, found, has_form=has_form) if found else None

    def product_of_pci_id(self, device_id: str) -> rows.ProductRow | None:
        """The product behind a PCI device id; it is as sure as the id and the name are."""
        listed = self.gpu_by_pci_id(device_id)
        found = self.product(listed.name) if listed else None
        if listed is None or found is None:
            return None
        origin = rows.Origin.joined((listed.origin, found.origin))
        return rows.ProductRow(found.name, found.capability, found.memory_gb, found.line, origin)

    def capability_of_pci_id(self, device_id: str) -> ComputeCapability | None:
        """The compute capability behind a PCI device id, through the product's name or the chip."""
        found = self.product_of_pci_id(device_id) or self.pci_block(device_id)
        return found.capability if found else None


def _architecture(row: Cells) -> rows.ArchitectureRow:
    return rows.ArchitectureRow(
        ComputeCapability.parse(row["capability"]),
        row["name"],
        maybe(row, "first_cuda", CudaVersion.parse),
        maybe(row, "last_cuda", CudaVersion.parse),
        row.get("first_branch"),
        row.get("last_branch"),
        row.get("open_modules"),
        bool(row.get("apart")),
        origin_of(row),
    )


def _product(name: str, found: list[Cells], *, has_form: bool) -> rows.ProductRow:
    """The product that was found, or what a family shares: its memory only if in such a form."""
    memory = {row.get("memory_gb") for row in found}
    line = {row.get("line") for row in found}
    return rows.ProductRow(
        found[0]["name"] if has_form and len(found) == 1 else name,
        ComputeCapability.parse(found[0]["capability"]),
        memory.pop() if has_form and len(memory) == 1 else None,
        line.pop() if len(line) == 1 else None,
        rows.Origin.joined(map(origin_of, found)),
    )
