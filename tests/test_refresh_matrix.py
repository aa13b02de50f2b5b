"""The refresh of the matrix, with real pip on a registry of tiny wheels made here."""

import functools
import http.server
import os
import re
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gpudoctor.matrix.load import IN_CHECKOUT
from gpudoctor.matrix.source import read_matrix_file

TOOL = Path(__file__).parent.parent / "tools" / "refresh_matrix.py"
ROW_214 = re.compile(r'  - \{version: "2\.14\.0", .*gpu_wheel.*\n')
RELEASED = ("3.9", "3.10", "3.11")
PINS = {
    "cuda-runtime": "==11.8.89",
    "cudnn": "==8.7.0.84",
    "nccl": "==2.16.5",
    "cuda-nvcc": "==11.8.89",
}
EXTRA = tuple(f"nvidia-{name}-cu11{pin}" for name, pin in PINS.items())
BUILD_1131 = r'(tag: cu117, targets: "[^"]*"), cudnn: "8.5.0.96"'
TORCH_1131 = ("nvidia-cuda-runtime-cu11 (==11.7.99)", "nvidia-cudnn-cu11 (==8.5.0.96)")
METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="process groups are POSIX'")


class Registry:
    """A simple index in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.url = f"file://{root}/simple"

    def wheel(
        self,
        version: str,
        python: str,
        *,
        name: str = "tensorflow",
        platform: str = "manylinux2014_x86_64",
        **files: bytes,
    ) -> None:
        """Publish a wheel; `files` replaces METADATA or adds others."""
        tag = f"cp{python.replace('.', '')}"
        tag += f"-{tag}{'m' if python == '3.7' else ''}"
        folder = self.root / "simple" / name
        folder.mkdir(parents=True, exist_ok=True)
        info = f"{name}-{version}.dist-info"
        path = folder / f"{name}-{version}-{tag}-{platform}.whl"
        wheel = f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}-{platform}"
        content = {"METADATA": metadata(version, name), "WHEEL": wheel.encode(), "RECORD": b""}
        with zipfile.ZipFile(path, "w") as archive:
            for file, text in {**content, **files}.items():
                if text:
                    archive.writestr(f"{info}/{file}", text)
        links = (f'<a href="{each.name}">{each.name}</a>' for each in folder.glob("*.whl"))
        (folder / "index.html").write_text(f"<!DOCTYPE html><html>{''.join(links)}</html>")

    def release(self, version: str, pythons: Iterable[str] = RELEASED) -> None:
        for python in pythons:
            self.wheel(version, python)
            self.windows(version, python)

    def windows(self, version: str, python: str, name: str = "tensorflow") -> None:
        self.wheel(version, python, name=name, platform="win_amd64")

    def page(self, text: str) -> None:
        folder = self.root / "simple" / "tensorflow"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index.html").write_text(text)


def metadata(version: str, name: str = "tensorflow", requires: Iterable[str] = EXTRA) -> bytes:
    lines = "".join(f'Requires-Dist: {each} ; extra == "and-cuda"\n' for each in requires)
    return (
        f"{METADATA.format(name=name, version=version)}Provides-Extra: and-cuda\n{lines}".encode()
    )


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "registry")


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    """Our matrix with one TensorFlow release that is refreshed, 2.14.0, in a comment's company."""
    before, head, after = Path(IN_CHECKOUT).read_text("utf-8").partition("\ntensorflow:\n")
    rows = re.split(r"\n(?=\w)|\Z", after, maxsplit=1)[0]
    rest = after[len(rows) :]
    found = ROW_214.search(rows + "\n")
    assert found
    old = "".join(line for line in rows.splitlines(keepends=True) if 'version: "1.' in line)
    kept = f"{old}  # keep me\n{found[0].rstrip()}  # and  me\n"
    path = tmp_path / "matrix.yaml"
    path.write_text(before + head + kept + rest, "utf-8")
    read_matrix_file(str(path))
    return path


def torch_matrix(tmp_path: Path) -> Path:
    """Our matrix with torch up to 1.13.1, whose default build has lost its cuDNN."""
    text = Path(IN_CHECKOUT).read_text("utf-8")
    text = re.sub(r'  - \{version: "(1\.13\.0|2\.\d+\.\d)".*builds.*\n', "", text)
    matrix = tmp_path / "matrix.yaml"
    matrix.write_text(re.sub(BUILD_1131, r"\1", text), "utf-8")
    return matrix


def torch_release(registry: Registry, version: str, requires: tuple[str, ...]) -> None:
    """Publish a torch with its companions, for every platform that is looked at."""
    pins = "".join(f"Requires-Dist: {each}\n" for each in requires)
    content = METADATA.format(name="torch", version=version) + pins
    for minor in range(7, 12):
        for platform in ("manylinux2014_x86_64", "manylinux2014_aarch64", "win_amd64"):
            registry.wheel(
                version, f"3.{minor}", name="torch", platform=platform, METADATA=content.encode()
            )
        for name, companion in (("torchvision", "0.14.7"), ("torchaudio", "0.13.7")):
            pin = "Requires-Dist: torch (==1.13.1)\n"
            content_ = METADATA.format(name=name, version=companion) + pin
            registry.wheel(companion, f"3.{minor}", name=name, METADATA=content_.encode())


def start(registry: str, matrix: Path, *options: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    settings = {"PIP_INDEX_URL": registry, "PIP_CONFIG_FILE": os.devnull, "NO_PROXY": "127.0.0.1"}
    # This Python's own pip will do: what old ones do wrong needs large wheels.
    command = [sys.executable, str(TOOL), "--matrix", str(matrix), "--python", sys.executable]
    return subprocess.Popen(
        [*command, *(() if "--only" in options else ("--only", "tensorflow")), *options],
        env={**kept, **settings, "no_proxy": "127.0.0.1", "TMPDIR": str(matrix.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def refresh(registry: str, matrix: Path, *options: str) -> tuple[int, str, str]:
    process = start(registry, matrix, *options)
    output, complaint = process.communicate(timeout=60)
    return process.returncode, output, complaint


def assert_refused(matrix: Path, registry: str, words: str, *options: str) -> None:
    before = matrix.read_bytes()
    code, _, complaint = refresh(registry, matrix, *options)

    assert re.search(words, complaint), complaint
    assert "the matrix is untouched" in complaint
    assert (code, matrix.read_bytes()) == (2, before)
    assert_nothing_left(matrix)


def assert_nothing_left(matrix: Path) -> None:
    assert {each.name for each in matrix.parent.iterdir()} <= {matrix.name, "registry"}


@contextmanager
def served(folder: Path, delay: float = 0) -> Iterator[str]:
    """The registry by HTTP, on this machine; without pieces of files, as many are."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(delay)
            try:
                super().do_GET()
            except (BrokenPipeError, ConnectionResetError):
                pass

        def log_message(self, *_: object) -> None: ...

    serve = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        server.daemon_threads = True
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/simple"
        finally:
            server.shutdown()


def test_a_matrix_that_agrees_stays_as_it_is(registry: Registry, matrix: Path) -> None:
    registry.release("2.14.0")
    registry.wheel("2.13.0", "3.9", METADATA=b"nobody looks at older releases")
    before = matrix.read_bytes()

    code, output, complaint = refresh(registry.url, matrix)

    assert complaint == ""
    assert code == 0
    assert "2 releases of tensorflow" in output
    assert "0 changes, 0 disagreements" in output
    assert matrix.read_bytes() == before
    assert_nothing_left(matrix)


def test_drift_is_shown_then_written_and_nothing_else_is(registry: Registry, matrix: Path) -> None:
    registry.release("2.14.0", (*RELEASED, "3.12"))
    registry.release("2.15.0", ("3.9",))
    registry.wheel("2.16.0rc1", "3.9")
    before = matrix.read_text("utf-8")

    code, output, _ = refresh(registry.url, matrix, "--check")

    assert code == 1
    assert (
        'tensorflow 2.14.0: python is ["3.9", "3.10", "3.11"], metadata says '
        '["3.9", "3.10", "3.11", "3.12"]' in output
    )
    assert "tensorflow 2.15.0: new" in output
    assert '\n+  - {version: "2.15.0", python: ["3.9"], cuda: "11.8", cudnn: "8.7"' in output
    assert matrix.read_text("utf-8") == before

    assert refresh(registry.url, matrix)[0] == 0

    old, new = before.splitlines(), matrix.read_text("utf-8").splitlines()
    place = next(number for number, line in enumerate(old) if "# and  me" in line)
    changed = old[place].replace('"3.11"]', '"3.11", "3.12"]')
    changed = re.sub(r"checked: [\w-]+", "checked: metadata", changed)
    row = (
        '  - {version: "2.15.0", python: ["3.9"], cuda: "11.8", cudnn: "8.7", and_cuda: true, '
        'gpu_wheel: tensorflow, python_windows: ["3.9"], pins: {cudnn: "==8.7.0.84", '
        'cuda_runtime: "==11.8.89", nvcc: "==11.8.89", nccl: "==2.16.5"}, '
        "source: [wheel-metadata], checked: metadata}"
    )
    assert new == [*old[:place], changed, row, *old[place + 1 :]]
    assert refresh(registry.url, matrix, "--check")[0] == 0


def test_a_build_gets_its_cudnn_and_a_new_release_waits_for_its_targets(
    registry: Registry, tmp_path: Path
) -> None:
    matrix = torch_matrix(tmp_path)
    torch_release(registry, "1.13.1", TORCH_1131)
    newest = ("cuda-toolkit[cudart]==13.2.2", "nvidia-cudnn-cu13==9.26.0.51")
    torch_release(registry, "9.0.0", newest)

    code, _, complaint = refresh(registry.url, matrix, "--only", "torch")

    assert (code, complaint) == (0, "")
    rows = [line for line in matrix.read_text("utf-8").splitlines() if "default:" in line]
    assert re.search(f"{BUILD_1131}}}], .*checked: metadata}}$", rows[-2])
    assert 'version: "9.0.0"' in rows[-1]
    assert 'default: cu132, builds: [{tag: cu132, cudnn: "9.26.0.51"}]' in rows[-1]


def test_a_cell_of_another_source_is_left_and_named(registry: Registry, matrix: Path) -> None:
    newer = ("nvidia-cuda-runtime-cu11==12.4.99", *EXTRA[1:])
    registry.release("2.14.0")
    for python in RELEASED:
        registry.wheel("2.14.0", python, METADATA=metadata("2.14.0", requires=newer))

    code, output, _ = refresh(registry.url, matrix)

    assert code == 1
    assert 'cuda is "11.8", metadata says "12.4"; settle by hand' in output
    row = next(line for line in matrix.read_text("utf-8").splitlines() if "# and  me" in line)
    assert 'cuda: "11.8", cudnn: "8.7"' in row
    assert 'cuda_runtime: "==12.4.99"' in row


def test_a_companion_that_is_pinned_to_a_release_stands_in_its_row(
    registry: Registry, tmp_path: Path
) -> None:
    matrix = torch_matrix(tmp_path)
    torch_release(registry, "1.13.1", TORCH_1131)

    code, _, complaint = refresh(registry.url, matrix, "--only", "torch")

    assert (code, complaint) == (0, "")
    row = next(line for line in matrix.read_text("utf-8").splitlines() if '"1.13.1", py' in line)
    assert 'torchvision: ["0.14.7"]' in row


def test_a_row_that_does_not_rest_on_metadata_is_not_touched(
    registry: Registry, matrix: Path
) -> None:
    text = matrix.read_text("utf-8")
    row = next(line for line in text.splitlines() if "# and  me" in line)
    taken = re.sub(r"source: \[[^]]*\]", "source: [tensorflow-docs]", row)
    matrix.write_text(text.replace(row, taken), "utf-8")
    registry.release("2.14.0", (*RELEASED, "3.12"))

    code, output, _ = refresh(registry.url, matrix)

    assert code == 0
    assert "0 changes" in output
    assert taken in matrix.read_text("utf-8")


def test_a_release_that_is_no_longer_listed_stays_and_is_named(
    registry: Registry, matrix: Path
) -> None:
    registry.release("2.15.0")

    code, output, _ = refresh(registry.url, matrix)

    assert code == 1
    assert "tensorflow 2.14.0: the registry does not list it" in output
    assert "# and  me" in matrix.read_text("utf-8")


def test_an_answer_that_lists_nothing_is_refused(registry: Registry, matrix: Path) -> None:
    registry.page("<!DOCTYPE html><html><form>Log in</form></html>")

    assert_refused(matrix, registry.url, "tensorflow: the registry lists no release")


def test_an_answer_that_lacks_a_python_of_the_matrix_is_refused(
    registry: Registry, matrix: Path
) -> None:
    registry.release("2.14.0", RELEASED[:2])

    assert_refused(matrix, registry.url, "lists nothing for Python 3.11, which rows")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", r"tensorflow 2\.14\.0: pip finds no metadata"),
        (b"\xff\x00\x1b[31m", r"tensorflow 2\.14\.0: "),
        (metadata("2.14.9"), r"tensorflow 2\.14\.0: "),
        (metadata("2.14.0", requires=("!!!",)), r"tensorflow 2\.14\.0: "),
        (metadata("2.14.0", requires=()), "the metadata names no nvidia-cuda-runtime"),
    ],
    ids=["missing", "no text", "of another version", "not a requirement", "without the pins"],
)
def test_metadata_that_makes_no_sense_is_refused(
    registry: Registry, matrix: Path, content: bytes, words: str
) -> None:
    for python in RELEASED:
        registry.wheel("2.14.0", python, METADATA=content)
        registry.windows("2.14.0", python)

    assert_refused(matrix, registry.url, words)


def test_a_registry_that_is_not_there_is_named(matrix: Path, tmp_path: Path) -> None:
    assert_refused(matrix, f"file://{tmp_path}/nowhere", "tensorflow: the registry lists no")


def test_whole_wheels_are_not_pulled(registry: Registry, matrix: Path) -> None:
    for python in RELEASED:
        registry.wheel("2.14.0", python, padding=os.urandom(3 << 20))
        registry.windows("2.14.0", python)

    with served(registry.root) as url:
        words = r"tensorflow 2\.14\.0: pip was stopped after 1\.\d MiB"
        assert_refused(matrix, url, words, "--budget-mib", "1")


def test_a_slow_registry_is_given_up_in_time(registry: Registry, matrix: Path) -> None:
    registry.release("2.14.0")

    with served(registry.root, delay=20) as url:
        begun = time.monotonic()
        words = "tensorflow: no answer within the 2 s of this run"
        assert_refused(matrix, url, words, "--timeout", "2")
    assert time.monotonic() - begun < 15


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_file_and_machine_as_they_were(
    registry: Registry, matrix: Path, number: int
) -> None:
    registry.release("2.14.0", ("3.9",))
    before = matrix.read_bytes()

    with served(registry.root, delay=20) as url:
        process = start(url, matrix)
        while not list(matrix.parent.glob("refresh-*/*/err")):
            time.sleep(0.05)
            assert process.poll() is None
        process.send_signal(number)
        _, complaint = process.communicate(timeout=15)

    assert (process.returncode, complaint) == (2, "refresh: interrupted; the matrix is untouched\n")
    assert matrix.read_bytes() == before
    assert_nothing_left(matrix)
