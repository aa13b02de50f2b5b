"""Messages about environments and torn installations: what they are, and what they aren't."""

import pytest

from gpudoctor.symptoms import read_symptoms
from gpudoctor.symptoms.environments import ENVIRONMENTS, INSTALLATIONS

CIRCULAR = "(most likely due to a circular import)"
ROWS = (*ENVIRONMENTS, *INSTALLATIONS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.id}: {row.example[:30]}")
def test_a_rows_example_is_read_as_that_row_first(row: object) -> None:
    first = next(iter(read_symptoms([row.example], "torch", 0)))  # type: ignore[attr-defined]

    assert first.id == row.id  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("line", "id_", "name"),
    [
        ("ModuleNotFoundError: No module named 'torch'", "module-not-found", "torch"),
        ("ImportError: No module named tensorflow", "module-not-found", "tensorflow"),
        ("/usr/bin/python3: No module named jax", "module-not-found", "jax"),
        (
            f"cannot import name 'stack' from partially initialized module 'torch' {CIRCULAR}",
            "framework-shadowed",
            "torch",
        ),
        (
            r"ImportError: cannot import name 'Tensor' from 'torch' (C:\work\torch.py)",
            "framework-shadowed",
            "torch",
        ),
        (
            "ImportError: cannot import name 'x' from 'copy' (/lib/site-packages/jax/copy.py)",
            "framework-shadowed",
            "jax",
        ),
        (
            "ImportError: cannot import name 'x' from 'torch' (unknown location)",
            "framework-hollow",
            "torch",
        ),
        (
            (
                "Preparing metadata (pyproject.toml): finished with status 'error'; "
                "Building wheel for x (pyproject.toml) did not run successfully."
            ),
            "build-isolation",
            None,
        ),
        (
            "hint: `flash-attn` depends on `torch`, but doesn't declare it as a build dependency.",
            "build-isolation",
            None,
        ),
        ("WARNING: Ignoring invalid distribution -orch (c:\\py)", "half-removed", "orch"),
    ],
)
def test_reads_the_forms_that_pythons_have(line: str, id_: str, name: str | None) -> None:
    [symptom] = read_symptoms([line], None, None)

    assert (symptom.id, symptom.names) == (id_, name)


@pytest.mark.parametrize(
    "line",
    [
        "ModuleNotFoundError: No module named 'tensorflow.contrib'",
        "ModuleNotFoundError: No module named 'torch._six'",
        "ModuleNotFoundError: No module named 'torchvision'",
        "ModuleNotFoundError: No module named 'torch_geometric'",
        "No module named 'torch._C._distributed_c10d'; 'torch._C' is not a package",
        "AttributeError: module 'tensorflow' has no attribute 'Session'",
        "AttributeError: module 'torch' has no attribute 'compile'",
        f"partially initialized module 'torchvision' has no attribute 'x' {CIRCULAR}",
        "ImportError: cannot import name 'x' from 'torch' (/v/lib/site-packages/torch/__init__.py)",
        "/site-packages/torch/lib/libtorch_cuda.so: undefined symbol: ncclCommRegister",
        "/site-packages/torchvision/_C.so: undefined symbol: _ZN3c104impl3cow11cow_deleterEPv",
        "/site-packages/torchaudio/lib/libtorchaudio.so: undefined symbol: _ZNK5torch8autograd",
        "Successfully uninstalled torch-2.1.0",
    ],
)
def test_leaves_alone_what_means_something_else(line: str) -> None:
    ours = {row.id for row in ROWS}

    assert not [each for each in read_symptoms([line], None, None) if each.id in ours]
