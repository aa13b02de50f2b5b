"""Sentences about what is installed, and the system that it runs on."""

import re

from gpudoctor.readers.notes import Kind, Trust
from gpudoctor.readers.sentence import Sentence, group


def _windows(_: "re.Match[str]") -> str:
    return "windows"


_V = r"(\d{1,4}(?:\.\d{1,6}){1,4}[\w.+]{0,40})"

ABOUT_SYSTEM: tuple[Sentence, ...] = (
    Sentence(
        "pytorch/pytorch:",
        re.compile(r"\bpytorch/pytorch:(\d\.\d{1,2}\.\d{1,2})-cuda"),
        Kind.PACKAGE,
        group,
        "torch",
        Trust.FORM,
    ),
    Sentence(
        "pytorch/pytorch:",
        re.compile(r"\bpytorch/pytorch:\d[\d.]{2,8}-cuda(\d{1,2}\.\d)"),
        Kind.FRAMEWORK_CUDA,
        group,
        "torch",
        Trust.FORM,
    ),
    Sentence(
        "tensorflow/tensorflow:",
        re.compile(r"\btensorflow/tensorflow:(\d\.\d{1,2}\.\d{1,2})-gpu"),
        Kind.PACKAGE,
        group,
        "tensorflow",
        Trust.FORM,
    ),
    Sentence(
        "compiled with different CUDA versions",
        re.compile(r"PyTorch has CUDA Version=(\d{1,2}\.\d{1,2})"),
        Kind.FRAMEWORK_CUDA,
        group,
        "torch",
    ),
    Sentence(
        "compilation tools",
        re.compile(
            r"Cuda compilation tools, release \d{1,2}\.\d{1,2}, V(\d{1,2}\.\d{1,2}\.\d{1,4})"
        ),
        Kind.TOOLKIT,
        group,
    ),
    Sentence(
        "CuDNN library",
        re.compile(r"Loaded (?:runtime )?CuDNN library: (\d\.\d{1,2}\.\d{1,3}|\d{4,5})"),
        Kind.CUDNN,
        group,
    ),
    Sentence(
        "Loaded cuDNN version", re.compile(r"Loaded cuDNN version (\d{4,5})"), Kind.CUDNN, group
    ),
    Sentence(
        "supports CUDA capabilities",
        re.compile(
            r"PyTorch install supports CUDA capabilities ((?:sm_\d{2,3}[af]? ?"
            r"|compute_\d{2,3} ?){1,20})"
        ),
        Kind.FRAMEWORK_TARGETS,
        group,
        "torch",
    ),
    Sentence(
        "pytorch version", re.compile(rf"pytorch version: {_V}"), Kind.PACKAGE, group, "torch"
    ),
    Sentence(
        "xformers version", re.compile(rf"xformers version: {_V}"), Kind.PACKAGE, group, "xformers"
    ),
    Sentence(
        "(you have",
        re.compile(rf"PyTorch \S{{3,30}}(?: with CUDA \S{{1,8}})? \(you have {_V}\)"),
        Kind.PACKAGE,
        group,
        "torch",
    ),
    Sentence(
        "(you have",
        re.compile(r"Python\s{1,4}\S{3,12} \(you have (\d\.\d{1,2}(?:\.\d{1,2})?)\)"),
        Kind.PYTHON,
        group,
    ),
    Sentence(
        "compiled using NumPy",
        re.compile(r"cannot be run in NumPy (\d\.\d{1,2}\.\d{1,2})"),
        Kind.PACKAGE,
        group,
        "numpy",
    ),
    Sentence(
        "NumPy ",
        re.compile(r"^\s{0,8}NumPy (\d\.\d{1,2}\.\d{1,2}) as it may crash"),
        Kind.PACKAGE,
        group,
        "numpy",
    ),
    Sentence(
        "Python ",
        re.compile(
            r"^\s{0,8}(?:\$ )?Python (\d\.\d{1,2}\.\d{1,2})(?:rc\d|b\d|a\d)?(?: \(| \||\s{0,4}$)"
        ),
        Kind.PYTHON,
        group,
    ),
    Sentence(
        "CPython", re.compile(r"Using CPython (\d\.\d{1,2}(?:\.\d{1,2})?)"), Kind.PYTHON, group
    ),
    Sentence(
        "python",
        re.compile(r"[/\\]python(\d\.\d{1,2})[/\\]"),
        Kind.PYTHON,
        group,
        "",
        Trust.FORM,
    ),
    Sentence(
        "Python",
        re.compile(r"[/\\]Python(3\d{1,2})[/\\](?:lib|Lib|Scripts)"),
        Kind.PYTHON,
        lambda m: f"3.{m.group(1)[1:]}",
        "",
        Trust.FORM,
    ),
    Sentence(
        "-cp3",
        re.compile(r"-cp(3\d{1,2})-(?:cp|abi|none)"),
        Kind.PYTHON,
        lambda match: f"3.{match.group(1)[1:]}",
        "",
        Trust.PROSE,
    ),
    Sentence(
        "/cuda-",
        re.compile(r"/cuda-(\d{1,2}\.\d{1,2})\b"),
        Kind.TOOLKIT,
        group,
        "",
        Trust.PROSE,
    ),
    Sentence("[MSC v.", re.compile(r"\[MSC v\."), Kind.OS, _windows),
    Sentence("WinError", re.compile(r"\[WinError \d{1,5}\]"), Kind.OS, _windows),
    Sentence(
        ".dll", re.compile(r"\b[\w.-]{2,60}\.(?:dll|DLL)\b"), Kind.OS, _windows, "", Trust.FORM
    ),
    Sentence(
        ":\\",
        re.compile(r"\b[A-Za-z]:\\{1,2}(?:Users|Program|Windows|ProgramData|\w)"),
        Kind.OS,
        _windows,
        "",
        Trust.FORM,
    ),
    Sentence(
        "Microsoft Windows",
        re.compile(r"Microsoft Windows \[Version"),
        Kind.OS,
        _windows,
        "",
        Trust.FORM,
    ),
    Sentence(
        "microsoft-standard",
        re.compile(r"\b\d\.\d{1,3}\.[\w.-]{1,30}-microsoft-standard(?:-WSL2)?"),
        Kind.WSL,
        lambda _: "2",
    ),
    Sentence(
        "/usr/lib/wsl", re.compile(r"/usr/lib/wsl/lib/"), Kind.WSL, lambda _: "2", "", Trust.FORM
    ),
    Sentence("WSL", re.compile(r"\bWSL ?2\b|\bwsl2\b"), Kind.WSL, lambda _: "2", "", Trust.PROSE),
    Sentence(
        "libc",
        re.compile(r"GNU C Library .{0,60}version (\d\.\d{1,2})|ldd \(.{1,60}\) (\d\.\d{1,2})$"),
        Kind.LIBC,
        lambda m: f"glibc {m.group(1) or m.group(2)}",
    ),
    Sentence(
        "SecureBoot",
        re.compile(r"SecureBoot (enabled|disabled)"),
        Kind.SECURE_BOOT,
        lambda m: m.group(1) == "enabled",
    ),
)
