"""Messages about what a package was built for."""

import re

from gpudoctor.symptoms.pattern import SymptomPattern

BUILDS: tuple[SymptomPattern, ...] = (
    SymptomPattern(
        "no-kernel-image",
        re.compile(r"no kernel image is available for execution on the device"),
        "CUDA error: no kernel image is available for execution on the device",
    ),
)
