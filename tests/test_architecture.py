"""Who may import whom, and who alone may touch the machine, the screen and the clock."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "gpudoctor"

# Innermost first; a module imports only from its own layer or from one above it in this list.
LAYERS = (
    ("versions", "errors", "exit_codes", "hints", "shipped", "rungs", "escaping", "__init__"),
    ("facts", "symptoms", "kernel_log", "memory_numbers"),
    ("codes", "host", "findings", "diagnoses"),
    ("matrix", "remedies"),
    ("recommend",),
    ("checks", "probes"),
    ("report", "ladder", "readers"),
    ("engine", "ranking", "assembly", "snapshot_json", "redaction_names", "redaction"),
    ("renderers",),
    ("cli",),
    ("__main__",),
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
SCRIPTS = (SOURCE / "host" / "native", SOURCE / "probes" / "child")
MODULES = sorted(
    path for path in SOURCE.rglob("*.py") if not any(s in path.parents for s in SCRIPTS)
)


def part(path: Path) -> str:
    """The layer's name of a module: its package, or itself at the top."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "gpudoctor":
                yield from (f"gpudoctor.{alias.name}" for alias in node.names)
            else:
                yield node.module


def identify(path: Path) -> str:
    return str(path.relative_to(SOURCE))


@pytest.mark.parametrize("path", MODULES, ids=identify)
def test_a_module_imports_only_from_its_layer_or_below(path: Path) -> None:
    own = part(path)
    for name in imports(path):
        words = name.split(".")
        if words[0] != "gpudoctor" or len(words) == 1 or words[1] == "__version__":
            continue
        assert LEVEL[words[1]] <= LEVEL[own], f"{own} imports {name}"
        assert {own, words[1]} != {"checks", "probes"}, "look and judge are apart"


OWNERS: dict[str, tuple[str, ...]] = {
    "subprocess": ("host/",),
    "ctypes": ("host/",),
    "pynvml": ("host/",),
    "socket": ("host/",),
    "rich": ("renderers/terminal", "cli/progress"),
    "typer": ("cli/", "__main__"),
    "yaml": ("matrix/source",),
}


@pytest.mark.parametrize("path", MODULES, ids=identify)
def test_what_touches_the_world_stands_behind_its_one_door(path: Path) -> None:
    for name in imports(path):
        owners = OWNERS.get(name.split(".")[0])
        if owners is not None:
            assert identify(path).startswith(owners), f"{identify(path)} imports {name}"


PURE = ("checks", "remedies", "renderers", "ladder", "ranking", "engine")


@pytest.mark.parametrize("path", [path for path in MODULES if part(path) in PURE], ids=identify)
def test_judging_and_saying_read_no_file_and_no_clock(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }

    assert not called & {"open", "print", "input", "exit", "Path"}
    assert not {"os", "time", "datetime", "pathlib", "random"} & set(imports(path))


@pytest.mark.parametrize("path", MODULES, ids=identify)
def test_modules_stay_small(path: Path) -> None:
    limit = 300

    assert len(path.read_text("utf-8").splitlines()) <= limit
