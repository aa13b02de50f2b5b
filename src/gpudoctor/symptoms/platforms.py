"""Messages about the processor, and about what Windows itself should bring."""

import re

from gpudoctor.symptoms.pattern import SymptomPattern

# DLLs that come with Visual C++ and its OpenMP.
_RUNTIME = (
    r"(?:vcruntime140(?:_1)?|msvcp140(?:_\d|_atomic_wait)?|concrt140|vcomp140"
    r"|libomp140\.x86_64)\.dll"
)
# DLLs of PyTorch's own. What they lack in turn Windows does not say: CUDA's have rows of their own.
_TORCH_OWN = (
    r"(?:c10|torch_cpu|torch_python|torch|shm|fbgemm|asmjit|uv|libiomp5md|caffe2_detectron_ops"
    r"|caffe2_module_test_dynamic)\.dll"
)
# Errors of Windows with other causes: 127 is an older copy that is found first, 193 another word
# size, 1455 too small a page file.
_ANOTHER = r"WinError (?:127|182|193|1455)\b"
_FOLDER = r"[^\"'\n]{0,200}"

PLATFORMS: tuple[SymptomPattern, ...] = (
    SymptomPattern(
        "cpu-lacks-instructions",
        re.compile(
            r"library was compiled to use ([\w., ]{2,60}?) instructions, but these aren't available"
        ),
        "The TensorFlow library was compiled to use AVX instructions, but these aren't available "
        "on your machine.",
        "tensorflow",
    ),
    SymptomPattern(
        "cpu-lacks-instructions",
        re.compile(r"version of jaxlib was built using ([\w.]{2,20}) instructions, which your CPU"),
        "RuntimeError: This version of jaxlib was built using AVX instructions, which your CPU "
        "and/or operating system do not support.",
        "jax",
    ),
    SymptomPattern(
        "illegal-instruction",
        re.compile(r"trap invalid opcode .{1,120}? in ((?:lib|_)[\w.+-]{1,80}\.so[\d.]*)"),
        "traps: python3[4242] trap invalid opcode ip:7f00 sp:7ffe error:0 in "
        "libtensorflow_framework.so.2[7f00+10]",
    ),
    # The GPU's own "an illegal instruction was encountered" is another matter.
    SymptomPattern(
        "illegal-instruction",
        re.compile(
            r"(?:^|[\s:'\"])Illegal instruction(?:\s{1,4}\(core dumped\)|: 4\b|['\"]?\s{0,8}$)"
            r"|illegal hardware instruction"
            r"|\bSIGILL\b"
            r"|(?:xit code|rror code|xited with code|xit status):? "
            r"(?:132\b|-1073741795\b|3221225501\b|0xc000001d|0xC000001D)"
        ),
        "Illegal instruction (core dumped)",
    ),
    SymptomPattern(
        "visual-c-runtime-missing",
        re.compile(
            rf"\b({_RUNTIME})['\"]? (?:was|is) not found|not find (?:the )?DLL\(s\) '({_RUNTIME})",
            re.IGNORECASE,
        ),
        "The code execution cannot proceed because VCRUNTIME140_1.dll was not found.",
    ),
    SymptomPattern(
        "visual-c-runtime-missing",
        re.compile(rf"Could not find (?:module )?'(?:{_FOLDER}[\\/])?({_RUNTIME})'", re.IGNORECASE),
        "ImportError: Could not find 'msvcp140.dll'. TensorFlow requires that DLL",
    ),
    SymptomPattern(
        "visual-c-runtime-missing",
        re.compile(r"Microsoft Visual C\+\+ Redistributable is not installed"),
        "Microsoft Visual C++ Redistributable is not installed, this may lead to the DLL load "
        "failure.",
        "torch",
    ),
    SymptomPattern(
        "dll-not-loaded",
        re.compile(
            rf"^(?!.{{0,300}}{_ANOTHER})(?:.{{0,300}})"
            rf"Error loading \"?{_FOLDER}?[\\/]({_TORCH_OWN})",
            re.IGNORECASE,
        ),
        '[WinError 126] The specified module could not be found. Error loading "C:\\\\env\\\\'
        'site-packages\\\\torch\\\\lib\\\\fbgemm.dll" or one of its dependencies.',
        "torch",
    ),
    SymptomPattern(
        "dll-not-loaded",
        re.compile(rf"Could not find module '[^']{{0,200}}[\\/]({_TORCH_OWN})'", re.IGNORECASE),
        "FileNotFoundError: Could not find module 'C:\\env\\torch\\lib\\fbgemm.dll' (or one of its "
        "dependencies).",
        "torch",
    ),
    SymptomPattern(
        "dll-not-loaded",
        re.compile(r"DLL load failed while importing (_pywrap_tensorflow_internal)\b"),
        "ImportError: DLL load failed while importing _pywrap_tensorflow_internal: The specified "
        "module could not be found.",
        "tensorflow",
    ),
    SymptomPattern(
        "dll-not-loaded",
        re.compile(r"DLL load failed while importing (onnxruntime_pybind11_state)\b"),
        "ImportError: DLL load failed while importing onnxruntime_pybind11_state: The specified "
        "module could not be found.",
        "onnxruntime",
    ),
    SymptomPattern(
        "no-gpu-on-native-windows",
        re.compile(r"TensorFlow GPU support is not available on native Windows"),
        "TensorFlow GPU support is not available on native Windows for TensorFlow >= 2.11.",
        "tensorflow",
    ),
)
