"""Environments in disorder, from end to end: real interpreters, simulated frameworks."""

from collections.abc import Callable
from pathlib import Path

import pytest

from examination import apart, cause, examine
from gpudoctor.checks import CHECKS
from gpudoctor.findings import Command, Finding, NotApplicable, Shell
from gpudoctor.host import Host
from gpudoctor.matrix import Matrix
from gpudoctor.probes import Plan, take_snapshot
from gpudoctor.probes.interpreter import choose_interpreter
from gpudoctor.report import Outcome
from simulation.build import NoCompilerError, shared_natives
from simulation.builds import TENSORFLOW, TORCH_CPU, TORCH_CU130, Behaviour
from simulation.environments import add_environment
from simulation.healthy import healthy_machine
from simulation.machine import Machine
from simulation.tensorflow_install import add_tensorflow
from simulation.torch_install import add_torch

WORK = "/home/ada/work"
Break = Callable[[Machine], object]


@pytest.fixture(autouse=True)
def _stand_in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        shared_natives()
    except NoCompilerError as error:
        pytest.skip(str(error))
    folder = tmp_path / f"root{WORK}"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)


def raising(text: str) -> Behaviour:
    return Behaviour(importing="raises", text=text)


def shadow_on_pythonpath(machine: Machine) -> None:
    machine.write("/home/ada/lib/torch.py", "tensor = None\n")
    machine.prepend("PYTHONPATH", "/home/ada/lib")


def checkout_on_pythonpath(machine: Machine) -> None:
    machine.write("/src/pytorch/torch/__init__.py", "from torch._C import *\n")
    machine.make_folder("/src/pytorch/aten/src/ATen")
    machine.prepend("PYTHONPATH", "/src/pytorch")


def tear_a_removal(machine: Machine) -> None:
    machine.environment.remove("torch/__init__.py", "torch/version.py")
    machine.environment.write("~orch/__init__.py")


def miss_a_dependency(machine: Machine) -> None:
    machine.environment.remove("typing_extensions*")
    machine.environment.write("torch/__init__.py", "import typing_extensions\n")


def mix_two_releases(machine: Machine) -> None:
    machine.environment.add_distribution("torch", "2.8.0", files=["torch/version.py"])
    machine.environment.write("torch/__init__.py", "from torch.version import gone\n")


def outgrow_protobuf(machine: Machine) -> None:
    text = "TypeError: Descriptors cannot be created directly."
    add_tensorflow(machine.environment, TENSORFLOW, raising(text))
    machine.environment.remove("protobuf*")
    machine.environment.add_distribution("protobuf", "9.0.0")


def install_two_tensorflows(machine: Machine) -> None:
    add_tensorflow(machine.environment, TENSORFLOW, raising("ImportError: undefined symbol: _ZN10"))
    machine.environment.add_distribution("tensorflow-cpu", "2.12.0")


BROKEN: dict[str, tuple[Break, str]] = {
    "a torch.py on PYTHONPATH": (shadow_on_pythonpath, "wrong-environment"),
    "a source tree on PYTHONPATH": (checkout_on_pythonpath, "wrong-environment"),
    "a removal that did not end": (tear_a_removal, "framework-broken-install"),
    "a dependency that is gone": (miss_a_dependency, "framework-broken-install"),
    "files of two releases": (mix_two_releases, "framework-broken-install"),
    "a protobuf too new for TensorFlow": (outgrow_protobuf, "framework-broken-install"),
    "two TensorFlows in one folder": (install_two_tensorflows, "framework-broken-install"),
}


@pytest.mark.parametrize(("break_it", "id_"), BROKEN.values(), ids=BROKEN)
def test_the_cause_is_named_and_nothing_beside_it(
    tmp_path: Path, break_it: Break, id_: str
) -> None:
    machine = healthy_machine(tmp_path)
    break_it(machine)

    report = examine(machine)

    assert cause(report) == id_
    assert apart(report) == []
    assert report.outcome is Outcome.PROBLEM


@pytest.mark.parametrize("name", ["a dependency that is gone", "a removal that did not end"])
def test_the_disk_alone_names_it(tmp_path: Path, name: str) -> None:
    break_it, id_ = BROKEN[name]
    machine = healthy_machine(tmp_path)
    break_it(machine)

    assert cause(examine(machine, quick=True)) == id_


def write_torch_here(machine: Machine) -> None:
    machine.write(f"{WORK}/torch.py", "tensor = None\n")


def write_source_tree_here(machine: Machine) -> None:
    machine.write(f"{WORK}/torch/__init__.py")
    machine.make_folder(f"{WORK}/aten/src/ATen")


def register_kernel_elsewhere(machine: Machine) -> None:
    bare = add_environment(machine, "/opt/bare")
    argv = f'["{bare.python}", "-m", "ipykernel_launcher"]'
    folder = f"{machine.environment.folder}/share/jupyter/kernels/python3"
    machine.write(f"{folder}/kernel.json", f'{{"argv": {argv}}}')


@pytest.mark.parametrize(
    "break_it", [write_torch_here, write_source_tree_here, register_kernel_elsewhere]
)
@pytest.mark.parametrize("quick", [True, False])
def test_what_waits_to_go_wrong_is_a_warning(
    tmp_path: Path, break_it: Break, *, quick: bool
) -> None:
    machine = healthy_machine(tmp_path)
    break_it(machine)

    report = examine(machine, quick=quick)

    assert cause(report) == "wrong-environment"
    assert report.outcome is Outcome.WARNING


def inactive_project(folder: Path) -> Machine:
    machine = healthy_machine(folder, torch=None)
    add_torch(add_environment(machine, f"{WORK}/.venv"))
    return machine.export(VIRTUAL_ENV=None)


def test_a_projects_environment_that_is_not_active_is_named(tmp_path: Path) -> None:
    report = examine(inactive_project(tmp_path))

    assert cause(report) == "wrong-environment"
    assert report.outcome is Outcome.WARNING
    assert f"{WORK}/.venv has torch" in report.root_cause.verdict.detail  # type: ignore[union-attr]


def keep_remains(machine: Machine) -> None:
    machine.environment.write("~orch/__init__.py")
    machine.environment.write("~orch-2.8.0.dist-info/METADATA")


def double_the_metadata(machine: Machine) -> None:
    machine.environment.add_distribution("torch", "2.8.0")


def miss_what_is_not_imported(machine: Machine) -> None:
    machine.environment.remove("jinja2*", "sympy*")


def build_on_pythonpath(machine: Machine) -> None:
    """A build of one's own that works, before the installed one."""
    site = machine.environment.site
    machine.path("/src").mkdir()
    machine.link("/src/torch", f"{machine.environment.site_folder}/torch")
    assert (site / "torch").exists()
    machine.prepend("PYTHONPATH", "/src")


def keep_data_here(machine: Machine) -> None:
    machine.write(f"{WORK}/torch/model.bin")
    machine.write(f"{WORK}/jax.py")


def lock_with_uv(machine: Machine) -> None:
    machine.write("/home/ada/project/uv.lock")


FINE: dict[str, Break] = {
    "remains beside a torch that works": keep_remains,
    "metadata of a former release": double_the_metadata,
    "a requirement that no import needs": miss_what_is_not_imported,
    "a working build on PYTHONPATH": build_on_pythonpath,
    "data in a folder of the name": keep_data_here,
    "a project of uv": lock_with_uv,
}


@pytest.mark.parametrize("change", FINE.values(), ids=FINE)
def test_what_works_is_healthy(tmp_path: Path, change: Break) -> None:
    machine = healthy_machine(tmp_path)
    change(machine)

    report = examine(machine)

    assert report.outcome is Outcome.HEALTHY
    assert cause(report) is None


def wanting(machine: Machine, matrix: Matrix, *wanted: str) -> dict[str, object]:
    """The verdicts on what is asked for by name."""
    host = Host(str(machine.root), machine.environ)
    chosen = choose_interpreter(host)
    assert chosen is not None
    plan = Plan((chosen,), lambda *_: True, import_frameworks=False, wanted=wanted)
    snapshot = take_snapshot(host, plan, lambda _: None)
    return {
        id_: verdict
        for id_ in ("framework-not-installed", "framework-broken-install", "wrong-environment")
        for verdict in CHECKS[id_](snapshot, matrix)
        if verdict.subject.name in wanted
    }


def test_what_is_wanted_and_nowhere_is_not_installed(tmp_path: Path, matrix: Matrix) -> None:
    verdicts = wanting(healthy_machine(tmp_path, torch=None), matrix, "torch")

    assert isinstance(verdicts["framework-not-installed"], Finding)


def test_what_is_wanted_and_elsewhere_is_in_another_environment(
    tmp_path: Path, matrix: Matrix
) -> None:
    verdicts = wanting(inactive_project(tmp_path), matrix, "torch")

    assert isinstance(verdicts["framework-not-installed"], NotApplicable)
    assert isinstance(verdicts["wrong-environment"], Finding)


def test_what_is_wanted_and_left_in_remains_is_torn(tmp_path: Path, matrix: Matrix) -> None:
    machine = healthy_machine(tmp_path, torch=None)
    machine.environment.write("torch/lib/libtorch.so")

    verdicts = wanting(machine, matrix, "torch")

    assert isinstance(verdicts["framework-not-installed"], NotApplicable)
    assert isinstance(verdicts["framework-broken-install"], Finding)


def remedy_of(machine: Machine) -> object:
    root = examine(machine, quick=True).root_cause
    assert root is not None
    assert isinstance(root.verdict, Finding)
    return root.verdict.remedies[0].steps[0]


def test_condas_own_torch_is_replaced_by_conda(tmp_path: Path) -> None:
    machine = healthy_machine(tmp_path, torch=TORCH_CPU, python_kind="conda")
    prefix = machine.environment.folder
    record = '{"channel": "https://conda.anaconda.org/conda-forge/linux-64"}'
    machine.write(f"{prefix}/conda-meta/pytorch-2.9.1-cpu_0.json", record)
    for folder in machine.environment.site.glob("torch-*.dist-info"):
        (folder / "INSTALLER").write_text("conda\n")

    step = remedy_of(machine)

    assert isinstance(step, Command)
    assert step.argv[:4] == ("conda", "install", "--prefix", prefix)
    assert any(word.startswith("pytorch=") and "cuda" in word for word in step.argv)


def test_pips_torch_in_a_conda_environment_is_replaced_by_pip(tmp_path: Path) -> None:
    step = remedy_of(healthy_machine(tmp_path, torch=TORCH_CPU, python_kind="conda"))

    assert isinstance(step, Command)
    assert step.argv[1:4] == ("-m", "pip", "install")


def test_a_project_of_poetry_gets_a_source_of_its_own(tmp_path: Path) -> None:
    machine = healthy_machine(tmp_path, torch=TORCH_CPU)
    machine.write("/home/ada/project/poetry.lock")

    step = remedy_of(machine)

    assert isinstance(step, Shell)
    assert step.text.startswith("poetry --directory /home/ada/project source add")


def test_the_healthy_torch_of_the_simulation_meets_its_own_metadata(tmp_path: Path) -> None:
    report = examine(healthy_machine(tmp_path, torch=TORCH_CU130, tensorflow=TENSORFLOW))

    assert report.snapshot is not None
    [environment] = report.snapshot.environments
    assert getattr(environment.unmet, "value", None) == ()
