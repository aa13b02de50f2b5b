"""What messages about frameworks and the packages beside them state: a table."""

from gpudoctor.checks._statement import (
    Statement,
    always,
    compiled_from_ptx,
    driver_not_to_blame,
    no_library_named,
    nvml_works,
    torch_has_cuda,
)

ABOUT_PACKAGES: tuple[Statement, ...] = (
    Statement(
        "built-without-cuda",
        "framework-cpu-only",
        nvml_works,
        "The package is a build without CUDA.",
    ),
    Statement(
        "companion-of-another-build",
        "companion-mismatch",
        torch_has_cuda,
        "The package was built for another release or another CUDA of its framework.",
    ),
    Statement(
        "built-for-another-numpy",
        "numpy-abi-mismatch",
        always,
        "A compiled module was built for another version of NumPy's binary interface.",
    ),
    Statement(
        "gpu-not-in-build",
        "framework-lacks-gpu-arch",
        always,
        "The package says that it holds no code for this GPU.",
        outweighs_facts=True,
    ),
    Statement(
        "gpu-libraries-not-loaded",
        "cuda-library-missing",
        no_library_named,
        "TensorFlow found a GPU and could not open CUDA's or cuDNN's libraries for it.",
    ),
    Statement(
        "cuda-handle-invalid",
        "framework-lacks-gpu-arch",
        compiled_from_ptx,
        "The package holds no machine code for this GPU, and what it has can't be compiled for it.",
        outweighs_facts=True,
    ),
    Statement(
        "no-kernel-image",
        "framework-lacks-gpu-arch",
        driver_not_to_blame,
        "CUDA found no code for this GPU in the program or library that was called.",
    ),
)
