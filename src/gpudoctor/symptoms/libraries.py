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
        "shared-library-missing",
        re.compile(r"Could not load dynamic library '([\w.-]+\.dll)'"),
        "Could not load dynamic library 'cudart64_110.dll'; dlerror: cudart64_110.dll not found",
    ),
    SymptomPattern(
        "shared-library-missing",
        re.compile(
            r"Could not (?:find|locate) '?((?:cu|nv)\w+\.dll)'?\. "
            r"(?:TensorFlow requires|Please make)"
            r"|depends on \"((?:cu|nv)\w+\.dll)\" which is missing"
        ),
        "Could not locate cudnn_graph64_9.dll. Please make sure it is in your library path!",
    ),
    SymptomPattern(
        "shared-library-missing",
        re.compile(
            r"Library (lib[\w-]+\.so(?:\.\d+)+|(?:cu|nv)\w+\.dll) is not found or cannot be loaded"
        ),
        "RuntimeError: Library libcublas.so.12 is not found or cannot be loaded",
    ),
    SymptomPattern(
        "shared-library-missing",
        re.compile(r"Unable to load any of \{[^}]{0,200}?(libcudnn\w*\.so\.\d+)[,}]"),
        "Unable to load any of {libcudnn_cnn.so.9.1.0, libcudnn_cnn.so.9.1, libcudnn_cnn.so.9}",
    ),
    SymptomPattern(
        "gpu-libraries-not-loaded",
        re.compile(r"Cannot dlopen some GPU libraries"),
        "Cannot dlopen some GPU libraries. Please make sure the missing libraries mentioned above",
    ),
)
