"""What CUDA_VISIBLE_DEVICES leaves visible, by NVIDIA's rules (CUDA programming guide).

A list of ordinals or of UUID prefixes; the first entry that names nothing ends the list.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gpudoctor.facts import Known, NvmlGpu, Unknown, known


@dataclass(frozen=True, slots=True)
class Mask:
    """How many GPUs a value leaves visible, and the entry that ended the list, if one did."""

    visible: int
    ended_by: str | None


def apply_mask(value: str, gpus: tuple[NvmlGpu, ...]) -> Mask | None:
    """What `value` leaves of `gpus`; None where that can't be told from them."""
    seen: set[str] = set()
    for entry in value.split(","):
        names = _names_a_gpu(entry.strip(), gpus)
        if names is None:
            return None
        if not names:
            return Mask(len(seen), entry.strip())
        if entry.strip() in seen:  # CUDA takes a list that names a device twice for none
            return Mask(0, entry.strip())
        seen.add(entry.strip())
    return Mask(len(seen), None)


def is_ordinal(entry: str) -> bool:
    """Whether an entry is a number; ``²`` is a digit to Python and nothing to CUDA."""
    return entry.isascii() and entry.isdecimal()


def hides_all(value: str) -> bool:
    """Whether `value` hides every GPU, whatever GPUs there are."""
    first = value.split(",", maxsplit=1)[0].strip()
    return not is_ordinal(first) and not first.startswith(("GPU-", "MIG-"))


def first_mig_id(value: str) -> str | None:
    """The entry that a value begins with, where that is an instance of MIG."""
    first = value.split(",", maxsplit=1)[0].strip()
    return first if first.startswith("MIG-") else None


def mig_exists(entry: str, gpus: tuple[NvmlGpu, ...]) -> bool | None:
    """Whether an id (or its beginning) is that of an instance; None where that can't be told."""
    ids = [each for gpu in gpus for each in _mig_ids(gpu)]
    if any(each.startswith(entry) for each in ids):
        return True
    is_known = all(not isinstance(gpu.mig_instances, Unknown) for gpu in gpus)
    is_named = all(isinstance(e.uuid, Known) for g in gpus for e in known(g.mig_instances) or ())
    return False if gpus and is_known and is_named else None


def _mig_ids(gpu: NvmlGpu) -> Iterator[str]:
    """Both forms: UUIDs of their own, and from before driver 470 the GPU's with two numbers."""
    for each in known(gpu.mig_instances) or ():
        yield known(each.uuid) or ""
        numbers = known(each.gpu_instance), known(each.compute_instance)
        if isinstance(gpu.uuid, Known) and None not in numbers:
            yield f"MIG-{gpu.uuid.value}/{numbers[0]}/{numbers[1]}"


def _names_a_gpu(entry: str, gpus: tuple[NvmlGpu, ...]) -> bool | None:
    if is_ordinal(entry):
        if int(entry) < len(gpus):
            return True
        # A GPU in MIG mode stands in CUDA's list with its instances.
        return None if any(known(each.mig_mode) for each in gpus) else False
    if entry.startswith("MIG-"):
        return mig_exists(entry, gpus)
    if not entry.startswith("GPU-"):
        return False
    uuids = [known(each.uuid) for each in gpus]
    if any(each is not None and each.startswith(entry) for each in uuids):
        return True
    return None if None in uuids else False
