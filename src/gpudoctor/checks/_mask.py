"""What CUDA_VISIBLE_DEVICES leaves visible, by NVIDIA's rules (CUDA programming guide).

A list of ordinals or of UUID prefixes; the first entry that names nothing ends the list.
"""

from dataclasses import dataclass

from gpudoctor.facts import NvmlGpu, known


@dataclass(frozen=True, slots=True)
class Mask:
    """How many GPUs a value leaves visible, and the entry that ended the list, if one did."""

    visible: int
    ended_by: str | None


def apply_mask(value: str, gpus: tuple[NvmlGpu, ...]) -> Mask | None:
    """What `value` leaves of `gpus`; None where that can't be told from them."""
    visible = 0
    for entry in value.split(","):
        names = _names_a_gpu(entry.strip(), gpus)
        if names is None:
            return None
        if not names:
            return Mask(visible, entry.strip())
        visible += 1
    return Mask(visible, None)


def hides_all(value: str) -> bool:
    """Whether `value` hides every GPU, whatever GPUs there are."""
    first = value.split(",", maxsplit=1)[0].strip()
    return not first.isdigit() and not first.startswith(("GPU-", "MIG-"))


def _names_a_gpu(entry: str, gpus: tuple[NvmlGpu, ...]) -> bool | None:
    if entry.isdigit():
        return int(entry) < len(gpus)
    if entry.startswith("MIG-"):
        return None  # NVML was not asked for its instances
    if not entry.startswith("GPU-"):
        return False
    uuids = [known(each.uuid) for each in gpus]
    if any(each is not None and each.startswith(entry) for each in uuids):
        return True
    return None if None in uuids else False
