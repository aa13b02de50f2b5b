"""Probe what the packages with GPU code ask of NVIDIA's wheels: several share one environment."""

from gpudoctor.facts import Fact, Known, WheelPin
from gpudoctor.host import Host
from gpudoctor.probes.packages import EXTRA, Installed, is_for_this_machine, read_requirements

# Each shares nvidia/ with the others; torch's own pins stand in its `requires` too.
_ASKING = (
    "torch",
    "tensorflow",
    "jax-cuda12-plugin",
    "jax-cuda13-plugin",
    "onnxruntime-gpu",
    "ctranslate2",
)
_RIVALS_AT_LEAST = 2


def wheel_pins(host: Host, installed: Installed) -> Fact[tuple[WheelPin, ...]]:
    """The pins of those that are installed; of one alone they are not read."""
    asking = [name for name in _ASKING if name in installed.versions]
    if len(asking) < _RIVALS_AT_LEAST:
        return Known((), "metadata: no two packages here share NVIDIA's wheels")
    pins = []
    for name in asking:
        for wheel, _, specifier, marker in read_requirements(host, installed.metadata[name]):
            if wheel.startswith("nvidia-") and specifier and is_for_this_machine(host, marker):
                extra = EXTRA.search(marker)
                distribution = f"{name} {installed.versions[name]}"
                pin = WheelPin(distribution, wheel, specifier, extra.group(1) if extra else None)
                pins.append(pin)
    return Known(tuple(pins), "metadata of " + ", ".join(asking))
