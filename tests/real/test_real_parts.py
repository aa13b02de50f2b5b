"""Real frameworks and NVIDIA's real libraries, prepared by tools/real_parts.py."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

PROJECT = Path(__file__).resolve().parents[2]
PARTS = PROJECT / ".real-parts"
CHILD = PROJECT / "src/gpudoctor/probes/child"
DRIVER = PARTS / "driver-535/root/usr/lib/x86_64-linux-gnu/nvidia/current"
SITE = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"

pytestmark = pytest.mark.real


def part(name: str) -> Path:
    """A prepared venv's interpreter."""
    python = PARTS / name / "bin/python"
    if not python.exists():
        pytest.fail(f"{python} is missing: run python tools/real_parts.py")
    return python


def report(*options: str, prefix: tuple[str, ...] = (), **environ: str) -> dict[str, Any]:
    """The JSON report of a check, valid by the schema that ships."""
    command = [*prefix, sys.executable, "-m", "gpudoctor", "check", "--json", *options]
    done = subprocess.run(
        command, env={**os.environ, **environ}, capture_output=True, check=False, timeout=400
    )
    found: dict[str, Any] = json.loads(done.stdout)
    schema = json.loads((PROJECT / "src/gpudoctor/schemas/report.v1.json").read_text())
    jsonschema.validate(found, schema)
    assert found["exit_code"] == done.returncode
    return found


def ask(python: Path, code: str) -> Any:
    """What an interpreter prints as JSON on its last line."""
    done = subprocess.run(
        [str(python), "-c", f"import sys, json; sys.path.insert(0, {str(CHILD)!r})\n{code}"],
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def frameworks(found: dict[str, Any]) -> dict[str, Any]:
    [environment] = found["snapshot"]["environments"]
    return dict(environment["frameworks"])


def test_what_lies_on_disk_equals_what_torch_says_of_itself() -> None:
    python = part("cuda")
    said = ask(
        python,
        "import torch; print(json.dumps([torch.__version__, torch.version.cuda, "
        "torch._C._cuda_getArchFlags().split()]))",
    )

    torch = frameworks(report("--quick", "--python", str(python)))["torch"]

    assert [torch["version"], torch["built_for_cuda"], torch["arch_list"]] == said


def test_what_lies_on_disk_equals_what_tensorflow_says_of_itself() -> None:
    python = part("both")
    said = ask(
        python,
        "import tensorflow as tf; build = tf.sysconfig.get_build_info(); print(json.dumps("
        "[tf.__version__, build['cuda_version'].rsplit('.', 1)[0], build['cudnn_version'], "
        "build['cuda_compute_capabilities']]))",
    )

    found = frameworks(report("--quick", "--python", str(python)))["tensorflow"]

    keys = ("version", "built_for_cuda", "cudnn", "arch_list")
    assert [found[key] for key in keys] == said


def test_a_cpu_build_of_torch_is_known_without_an_import() -> None:
    torch = frameworks(report("--quick", "--python", str(part("both"))))["torch"]

    assert (torch["variant"], torch["built_for_cuda"]) == ("cpu", None)


def test_both_frameworks_are_imported_and_asked() -> None:
    found = frameworks(report("--python", str(part("both"))))

    assert [found[name]["sees_gpu"] for name in ("torch", "tensorflow")] == [False, False]


def test_an_environment_without_frameworks_has_none() -> None:
    assert frameworks(report("--python", str(part("neither")))) == {}


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ("both", "import torch, ask; print(json.dumps(list(ask._torch_compute(torch, 'cpu'))))"),
        (
            "both",
            "import tensorflow as t, ask\nprint(json.dumps(list(ask._tf_compute(t, '/CPU:0'))))",
        ),
    ],
    ids=["torch", "tensorflow"],
)
def test_the_proof_by_work_accepts_right_answers(environment: str, code: str) -> None:
    assert ask(part(environment), code) == []


def test_the_proof_by_work_notices_a_wrong_answer() -> None:
    code = (
        "import torch, ask\n"
        "right = torch.Tensor.to\n"
        "torch.Tensor.to = lambda self, *args: right(self, *args) * 2\n"
        "print(json.dumps(list(ask._torch_compute(torch, 'cpu'))))"
    )

    assert ask(part("both"), code) == [
        "matmul differs from the CPU's",
        "convolution differs from the CPU's",
    ]


def without_nodes() -> tuple[str, ...]:
    """A /dev of its own: as root NVIDIA's libraries make nodes, which must not stay."""
    if os.geteuid() != 0:
        return ()
    nodes = "mknod -m 666 /dev/null c 1 3 && mknod -m 666 /dev/urandom c 1 9"
    return ("unshare", "-m", "sh", "-c", f'mount -t tmpfs tmpfs /dev && {nodes} && exec "$@"', "sh")


@pytest.fixture
def driver() -> str:
    if not DRIVER.exists():
        pytest.skip("NVIDIA's libraries come from Debian's packages, and this is no Debian")
    return str(DRIVER)


def test_nvidias_own_libraries_without_a_kernel_module(driver: str) -> None:
    found = report(
        "--quick", "--python", str(part("neither")), prefix=without_nodes(), LD_LIBRARY_PATH=driver
    )

    snapshot = found["snapshot"]
    assert snapshot["nvml"]["init"]["code"] == 9
    assert snapshot["libcuda"]["init"]["code"] == 100
    assert snapshot["driver"]["cuda_driver_api"] == "12.2"
    assert snapshot["driver"]["libcuda"] == "535.261.03"


def test_torch_under_nvidias_own_libcuda_of_an_older_cuda(driver: str) -> None:
    found = report("--python", str(part("cuda")), prefix=without_nodes(), LD_LIBRARY_PATH=driver)

    torch = frameworks(found)["torch"]
    assert torch["runtime"]["code"] == 35
    assert "found version 12020" in json.dumps(torch["imported"])


def test_no_file_is_left_behind_by_a_check() -> None:
    site = PARTS / "both" / SITE
    before = {str(path) for path in site.rglob("*.pyc")}

    report("--python", str(part("both")))

    assert {str(path) for path in site.rglob("*.pyc")} == before
