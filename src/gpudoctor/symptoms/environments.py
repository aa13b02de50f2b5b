"""Messages about which environment a framework is in, and about installations that are torn."""

import re

from gpudoctor.symptoms.pattern import SymptomPattern

_NAMES = r"(torch|tensorflow|jax)"

ENVIRONMENTS: tuple[SymptomPattern, ...] = (
    SymptomPattern(
        "framework-shadowed",
        re.compile(
            rf"partially initialized module '{_NAMES}'.{{0,300}}"
            r"\(most likely due to a circular import\)"
            r"(?! \([^)]*(?:site|dist)-packages[/\\]\1[/\\])"
        ),
        "AttributeError: partially initialized module 'torch' has no attribute 'tensor' "
        "(most likely due to a circular import)",
    ),
    SymptomPattern(
        "framework-shadowed",
        re.compile(rf"No module named '{_NAMES}\.[\w.]{{1,120}}'; '\1' is not a package"),
        "ModuleNotFoundError: No module named 'torch.nn'; 'torch' is not a package",
    ),
    SymptomPattern(
        "framework-shadowed",
        re.compile(
            rf"cannot import name '[^']{{1,120}}' from '{_NAMES}' "
            r"\((?![^)]{0,200}(?:site|dist)-packages)[^)]{0,200}[/\\]\1"
            r"(?:\.py|[/\\]__init__\.py)\)"
        ),
        "ImportError: cannot import name 'optim' from 'torch' (/home/ann/project/torch.py)",
    ),
    SymptomPattern(  # a module of the standard library, found inside the framework's own folder
        "framework-shadowed",
        re.compile(
            rf"(?=.{{0,300}}[/\\]{_NAMES}[/\\](\w{{1,60}})\.py\))"
            r"cannot import name '[^']{1,120}' from '\2' \("
        ),
        "ImportError: cannot import name 'Random' from 'random' "
        "(/usr/lib/python3/site-packages/torch/random.py)",
    ),
    SymptomPattern(
        "framework-shadowed",
        re.compile(r"loaded the .?torch/_C.? folder of the PyTorch repository"),
        "It appears that PyTorch has loaded the `torch/_C` folder of the PyTorch repository "
        "rather than the C extensions",
        subject="torch",
    ),
    SymptomPattern(
        "framework-shadowed",
        re.compile(r"No module named '(torch)\.version'"),  # made by a build of the source tree
        "ModuleNotFoundError: No module named 'torch.version'",
    ),
    SymptomPattern(
        "framework-shadowed",
        re.compile(r"[Dd]o not import (tensorflow) from its source directory"),
        "Could not import tensorflow. Do not import tensorflow from its source directory",
    ),
    SymptomPattern(
        "build-isolation",
        re.compile(
            r"Getting requirements to build wheel did not run successfully"
            r"|\(pyproject\.toml\)[ .:]*(?:error|did not run successfully)"
            r"|[/\\]pip-build-env-\w+[/\\]|get_requires_for_build_wheel"
            r"|[/\\]builds-v0[/\\]\.tmp|but doesn't declare it as a build dependency"
        ),
        "Getting requirements to build wheel did not run successfully.",
    ),
    SymptomPattern(
        "module-not-found",
        re.compile(rf"No module named ['\"]?{_NAMES}['\"]?(?![\w.'\"])"),
        "ModuleNotFoundError: No module named 'tensorflow'",
    ),
    SymptomPattern(
        "module-not-found",
        re.compile(rf"Python module {_NAMES}\S{{0,120}} was not found"),
        "Error: Python module tensorflow was not found.",
    ),
    SymptomPattern(
        "module-not-found",
        re.compile(r"requires the PyTorch library but it was not found in your environment"),
        "ImportError: AutoModel requires the PyTorch library but it was not found in your "
        "environment.",
        subject="torch",
    ),
    SymptomPattern(
        "module-not-found",
        re.compile(
            r"requires the TensorFlow library but it was not found in your environment"
            r"|Valid installation of TensorFlow not found"
        ),
        "Valid installation of TensorFlow not found.",
        subject="tensorflow",
    ),
    SymptomPattern(
        "framework-hollow",
        re.compile(rf"cannot import name '[^']{{1,120}}' from '{_NAMES}' \(unknown location\)"),
        "ImportError: cannot import name 'nn' from 'torch' (unknown location)",
    ),
    SymptomPattern(  # attributes that every release has
        "framework-hollow",
        re.compile(
            r"module '(torch|tensorflow|jax)' has no attribute '(?:__version__|Tensor|tensor|nn"
            r"|cuda|device|float32|from_numpy|no_grad|manual_seed|constant|Variable|io|jit|grad)'"
        ),
        "AttributeError: module 'tensorflow' has no attribute '__version__'",
    ),
)

INSTALLATIONS: tuple[SymptomPattern, ...] = (
    SymptomPattern(
        "framework-part-missing",
        re.compile(r"No module named '(torch)\._C'(?!;)|No module named 'torchgen'"),
        "ModuleNotFoundError: No module named 'torch._C'",
        subject="torch",
    ),
    SymptomPattern(
        "framework-part-missing",
        re.compile(r"No module named '(tensorflow)\.python'(?!;)"),
        "ModuleNotFoundError: No module named 'tensorflow.python'",
    ),
    SymptomPattern(
        "framework-part-missing",
        re.compile(r"No module named 'jaxlib'|jax requires jaxlib to be installed"),
        "ModuleNotFoundError: jax requires jaxlib to be installed.",
        subject="jax",
    ),
    SymptomPattern(
        "framework-parts-mixed",
        re.compile(r"cannot import name '[^']{1,120}' from '(torch)\._C' \("),
        "ImportError: cannot import name '_get_x' from 'torch._C' (/site-packages/torch/_C.so)",
    ),
    SymptomPattern(
        "framework-parts-mixed",
        re.compile(
            rf"cannot import name '[^']{{1,120}}' from partially initialized module '{_NAMES}' "
            r"\(most likely due to a circular import\) "
            r"\([^)]*(?:site|dist)-packages[/\\]\1[/\\]"
        ),
        "cannot import name '_C' from partially initialized module 'torch' (most likely due to a "
        "circular import) (/v/site-packages/torch/__init__.py)",
    ),
    SymptomPattern(  # symbols of CUDA's own libraries tell of another copy of those
        "framework-parts-mixed",
        re.compile(
            r"(?:lib(?:torch|c10|shm)(?:_\w+)?\.so|[/\\]torch[/\\]_C[\w.-]*\.so)[\d.]*: "
            r"undefined symbol: (?!cu|nccl|__nv|nv)"
        ),
        "ImportError: /torch/lib/libtorch_cpu.so: undefined symbol: iJIT_NotifyEvent",
        subject="torch",
    ),
    SymptomPattern(
        "framework-parts-mixed",
        re.compile(r"_pywrap_tensorflow\w*\.so: undefined symbol: (?!cu|nccl|__nv|nv)"),
        "ImportError: /python/_pywrap_tensorflow_internal.so: undefined symbol: _ZN10tensorflow",
        subject="tensorflow",
    ),
    SymptomPattern(
        "framework-parts-mixed",
        re.compile(
            r"\[WinError 127\].{0,300}Error loading \"[^\"]{0,300}[\\/](torch)[\\/]lib[\\/]"
        ),
        'OSError: [WinError 127] No such procedure. Error loading "C:\\torch\\lib\\a.dll"',
    ),
    SymptomPattern(
        "framework-parts-mixed",
        re.compile(
            r"Only a single TORCH_LIBRARY can be used to register the namespace "
            r"(?:aten|prims?|quantized|c10d|profiler)\b"
        ),
        "Only a single TORCH_LIBRARY can be used to register the namespace prims",
        subject="torch",
    ),
    SymptomPattern(
        "protobuf-unfit",
        re.compile(
            r"Descriptors cannot (?:not )?be created directly"
            r"|cannot import name 'builder' from 'google\.protobuf\.internal'"
            r"|Detected (?:incompatible|mismatched) Protobuf Gencode/Runtime"
        ),
        "TypeError: Descriptors cannot be created directly.",
    ),
    SymptomPattern(
        "dependency-missing",
        re.compile(
            r"No module named ['\"]?(typing_extensions|sympy|mpmath|filelock|fsspec|jinja2"
            r"|absl|google\.protobuf|flatbuffers|gast|astunparse|wrapt|termcolor|opt_einsum"
            r"|ml_dtypes|tensorflow_estimator)['\"]?(?![\w.])"
        ),
        "ModuleNotFoundError: No module named 'typing_extensions'",
    ),
    SymptomPattern(
        "half-removed",
        re.compile(r"Ignoring invalid distribution [~-](orch|ensorflow|ax)\b"),
        "WARNING: Ignoring invalid distribution ~orch (/venv/lib/python3.12/site-packages)",
    ),
    SymptomPattern(
        "packages-doubled",
        re.compile(r"because multiple (CuPy) packages are installed"),
        "CuPy may not function correctly because multiple CuPy packages are installed",
        subject="cupy",
    ),
)
