"""Toolkits and compilers are read from their files and names, and none of them is run."""

from pathlib import Path

import pytest

from gpudoctor.facts import Absent, BuildFacts, Known, Toolkit, Unknown, known
from gpudoctor.probes.assemblers import probe_assemblers
from gpudoctor.probes.compilers import probe_host_compilers
from gpudoctor.probes.toolkits import probe_build_tools, with_environment
from trees import host_of

SITE = "/venv/lib/python3.12/site-packages"


def folder(path: str, version: str = "12.4") -> dict[str, str]:
    """A toolkit's files."""
    return {
        f"{path}/version.json": f'{{"cuda": {{"name": "CUDA SDK", "version": "{version}.1"}}}}',
        f"{path}/bin/nvcc": "\x7fELF",
        f"{path}/bin/ptxas": "\x7fELF",
        f"{path}/include/cuda_runtime.h": "",
        f"{path}/nvvm/libdevice/libdevice.10.bc": "",
    }


def probe(root: Path, files: dict[str, str], **environ: str) -> BuildFacts:
    return probe_build_tools(host_of(root, files, environ))


def only(facts: BuildFacts) -> Toolkit:
    [found] = known(facts.toolkits) or ()
    return found


def test_reads_a_whole_toolkit(tmp_path: Path) -> None:
    found = only(probe(tmp_path, folder("/usr/local/cuda")))

    assert (found.path, str(known(found.version))) == ("/usr/local/cuda", "12.4")
    assert known(found.nvcc) == "/usr/local/cuda/bin/nvcc"
    assert known(found.headers) == "/usr/local/cuda/include"
    assert known(found.libdevice) == "/usr/local/cuda/nvvm/libdevice/libdevice.10.bc"


def test_a_machine_without_a_toolkit_has_none(tmp_path: Path) -> None:
    facts = probe(tmp_path, {"/etc/os-release": "ID=debian\n"}, PATH="/usr/bin")

    assert known(facts.toolkits) == ()
    assert isinstance(facts.taken, Absent)


def test_a_link_is_no_second_toolkit(tmp_path: Path) -> None:
    files = {**folder("/usr/local/cuda-12.4"), "/usr/local/cuda": "-> cuda-12.4"}

    assert only(probe(tmp_path, files)).path == "/usr/local/cuda"


def test_an_image_without_compilers_has_no_toolkit(tmp_path: Path) -> None:
    files = {"/usr/local/cuda-12.4/version.json": "{}", "/usr/local/cuda-12.4/lib64/x.so": ""}

    assert known(probe(tmp_path, files).toolkits) == ()


@pytest.mark.parametrize(
    ("file", "text", "version"),
    [
        ("version.txt", "CUDA Version 10.2.89\n", "10.2"),
        ("include/cuda.h", "/* */\n#define CUDA_VERSION 11050\n", "11.5"),
        ("conda-meta/cuda-nvcc-12.6.85-hcdd1206_0.json", "{}", "12.6"),
    ],
)
def test_reads_the_version_where_each_kind_has_it(
    tmp_path: Path, file: str, text: str, version: str
) -> None:
    found = only(probe(tmp_path, {"/t/bin/nvcc": "\x7fELF", f"/t/{file}": text}, CUDA_HOME="/t"))

    assert str(known(found.version)) == version


def test_a_version_that_no_file_tells_is_unknown(tmp_path: Path) -> None:
    found = only(probe(tmp_path, {"/t/bin/nvcc": "\x7fELF"}, CUDA_HOME="/t"))

    assert isinstance(found.version, Unknown)


def test_debians_package_is_one_toolkit_in_usr(tmp_path: Path) -> None:
    lib = "/usr/lib/nvidia-cuda-toolkit"
    files = {
        "/usr/bin/nvcc": f"#!/bin/sh\nexec {lib}/bin/nvcc\n",
        f"{lib}/bin/nvcc": "\x7fELF",
        f"{lib}/libdevice/libdevice.10.bc": "",
        "/usr/include/cuda.h": "#define CUDA_VERSION 11080\n",
        "/usr/include/cuda_runtime.h": "",
    }

    facts = probe(tmp_path, files, PATH="/usr/bin")

    found = (known(facts.toolkits) or ())[0]
    assert (found.path, str(known(found.version))) == ("/usr", "11.8")
    assert known(found.headers) == "/usr/include"
    assert known(found.libdevice) == f"{lib}/libdevice/libdevice.10.bc"
    assert facts.taken == Known("/usr", "nvcc on PATH")


@pytest.mark.parametrize(
    ("environ", "taken"),
    [
        ({"CUDA_HOME": "/gone", "PATH": "/opt/t/bin"}, Known("/gone", "CUDA_HOME")),
        ({"CUDA_PATH": "/opt/t", "PATH": "/usr/bin"}, Known("/opt/t", "CUDA_PATH")),
        ({"PATH": "/usr/bin:/opt/t/bin"}, Known("/opt/t", "nvcc on PATH")),
        ({"PATH": "/usr/bin"}, Known("/usr/local/cuda", "/usr/local/cuda")),
    ],
)
def test_takes_the_one_that_pytorch_would_take(
    tmp_path: Path, environ: dict[str, str], taken: Known[str]
) -> None:
    files = {**folder("/usr/local/cuda"), **folder("/opt/t")}

    assert probe(tmp_path, files, **environ).taken == taken


def test_a_script_that_starts_nvcc_is_of_that_toolkit(tmp_path: Path) -> None:
    script = '#!/bin/sh\nexec /usr/local/cuda-12.4/bin/nvcc "$@"\n'
    files = {**folder("/usr/local/cuda-12.4"), "/opt/bin/nvcc": script}

    facts = probe(tmp_path, files, PATH="/opt/bin")

    first = (known(facts.toolkits) or ())[0]
    assert (first.path, str(known(first.version))) == ("/opt", "12.4")


def test_finds_the_hpc_sdks(tmp_path: Path) -> None:
    path = "/opt/nvidia/hpc_sdk/Linux_x86_64/25.1/cuda/12.6"

    assert only(probe(tmp_path, folder(path, "12.6"))).path == path


def test_a_wheel_brings_parts_of_a_toolkit(tmp_path: Path) -> None:
    host = host_of(
        tmp_path,
        {
            f"{SITE}/nvidia/cuda_nvcc/bin/ptxas": "\x7fELF",
            f"{SITE}/nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc": "",
            f"{SITE}/nvidia/cu13/include/cuda_runtime.h": "",
        },
    )

    versions = {"nvidia-cuda-nvcc-cu12": "12.8.93"}
    found = only(with_environment(host, probe_build_tools(host), 2, (SITE,), "/venv", versions))

    assert (found.found_by, found.environment) == ("a wheel", 2)
    assert str(known(found.version)) == "12.8"
    assert isinstance(found.nvcc, Absent)


def test_a_conda_environments_toolkit_is_its_own(tmp_path: Path) -> None:
    host = host_of(tmp_path, folder("/conda/envs/ml", "12.1"))

    found = only(with_environment(host, probe_build_tools(host), 0, (), "/conda/envs/ml", {}))

    assert (found.path, found.environment) == ("/conda/envs/ml", 0)


def test_finds_libcuda_as_a_linker_would(tmp_path: Path) -> None:
    here = probe(tmp_path / "a", {"/usr/lib64/libcuda.so": ""})
    named = probe(tmp_path / "b", {"/x/stubs/libcuda.so": ""}, LIBRARY_PATH="/x/stubs")
    none = probe(tmp_path / "c", {"/usr/lib64/libcuda.so.1": ""})

    assert known(here.libcuda_link) == "/usr/lib64/libcuda.so"
    assert known(named.libcuda_link) == "/x/stubs/libcuda.so"
    assert isinstance(none.libcuda_link, Absent)


def test_an_extension_with_a_build_file_and_no_library_is_unfinished(tmp_path: Path) -> None:
    top = "/home/ann/.cache/torch_extensions/py312_cu130"
    files = {
        f"{top}/fused_adam/build.ninja": "cxx = c++\nnvcc = /usr/local/cuda/bin/nvcc\n",
        f"{top}/lamb/build.ninja": "nvcc = /usr/local/cuda/bin/nvcc\n",
        f"{top}/lamb/lamb.so": "",
        f"{top}/of_cpp_alone/build.ninja": "cxx = c++\n",
    }

    facts = probe(tmp_path, files, HOME="/home/ann")

    assert known(facts.unfinished_extensions) == ("py312_cu130/fused_adam",)


@pytest.mark.parametrize(
    ("files", "major"),
    [
        (
            {
                "/usr/bin/gcc": "-> gcc-12",
                "/usr/bin/gcc-12": "-> x86_64-linux-gnu-gcc-12",
                "/usr/bin/x86_64-linux-gnu-gcc-12": "\x7fELF",
            },
            12,
        ),
        ({"/usr/bin/gcc": "\x7fELF", "/usr/lib/gcc/x86_64-redhat-linux/14/cc1plus": ""}, 14),
        ({"/usr/bin/gcc": "\x7fELF", "/usr/lib/gcc/x86_64-pc-linux-gnu/15.2.1/cc1plus": ""}, 15),
    ],
    ids=["Debian", "Fedora", "Arch"],
)
def test_reads_gccs_version_from_names(tmp_path: Path, files: dict[str, str], major: int) -> None:
    found = known(probe_host_compilers(host_of(tmp_path, files, {"PATH": "/usr/bin"}))) or ()

    assert (found[0].name, known(found[0].major)) == ("gcc", major)


def test_two_sets_of_parts_beside_a_gcc_leave_its_version_unknown(tmp_path: Path) -> None:
    files = {
        "/usr/bin/gcc": "\x7fELF",
        "/usr/lib/gcc/x86_64-redhat-linux/13/x": "",
        "/usr/lib/gcc/x86_64-redhat-linux/14/x": "",
    }

    [found] = known(probe_host_compilers(host_of(tmp_path, files, {"PATH": "/usr/bin"}))) or ()

    assert isinstance(found.major, Unknown)


def test_what_a_variable_names_comes_first(tmp_path: Path) -> None:
    files = {"/usr/bin/gcc-13": "\x7fELF", "/usr/bin/gcc": "-> gcc-13", "/o/gcc-11": "\x7fELF"}
    host = host_of(tmp_path, files, {"PATH": "/usr/bin", "CC": "/o/gcc-11 -m64"})

    first = (known(probe_host_compilers(host)) or ())[0]

    assert (first.found_by, known(first.major)) == ("CC", 11)


def test_a_wrapper_is_not_taken_for_a_compiler(tmp_path: Path) -> None:
    files = {"/usr/lib/ccache/gcc": "-> /usr/bin/ccache", "/usr/bin/ccache": "\x7fELF"}
    host = host_of(tmp_path, files, {"PATH": "/usr/lib/ccache:/usr/bin"})

    assert known(probe_host_compilers(host)) == ()


def test_tritons_assemblers_say_their_release(tmp_path: Path) -> None:
    bin_folder = f"{SITE}/triton/backends/nvidia/bin"
    host = host_of(
        tmp_path,
        {
            f"{bin_folder}/ptxas": b"\0Cuda compilation tools, release %d.%d, V\0"
            b"Cuda compilation tools, release 12.9, V12.9.86\0",
            f"{bin_folder}/ptxas-blackwell": b"\0nothing\0",
        },
    )

    blackwell, ordinary = probe_assemblers(host, 0, (SITE,))

    assert (str(known(ordinary.version)), ordinary.lowest_capability) == ("12.9", 0)
    assert (isinstance(blackwell.version, Unknown), blackwell.lowest_capability) == (True, 10)


def test_windows_folders_on_path_are_not_listed(tmp_path: Path) -> None:
    files = {"/mnt/c/Windows/System32/gcc-9": "\x7fELF", "/usr/bin/gcc-13": "\x7fELF"}
    host = host_of(tmp_path, files, {"PATH": "/usr/bin:/mnt/c/Windows/System32"})

    found = known(probe_host_compilers(host)) or ()

    assert [known(each.major) for each in found] == [13]
