"""Messages about libraries that are not there, not the right ones, or not loaded."""

import re

from gpudoctor.symptoms.pattern import SymptomPattern

LIBRARIES: tuple[SymptomPattern, ...] = (
    SymptomPattern(
        "shared-library-missing",
        re.compile(r"(lib[\w.+-]+?\.so(?:\.\d+)*): cannot open shared object file: No such file"),
        "ImportError: libcublas.so.12: cannot open shared object file: No such file or directory",
    ),
    SymptomPattern(
        "shared-library-missing",
        re.compile(r"Could not load dynamic library '(lib[\w.+-]+?\.so(?:\.\d+)*)'"),
        "Could not load dynamic library 'libcudnn.so.8'; dlerror: libcudnn.so.8: cannot open",
    ),
    SymptomPattern(
        "gpu-libraries-not-loaded",
        re.compile(r"Cannot dlopen some GPU libraries"),
        "Cannot dlopen some GPU libraries. Please make sure the missing libraries mentioned above",
    ),
)
