"""Time whole gpudoctor processes against bare ones, interleaved; print medians and the limits.

    python benchmarks/run.py [--runs 15] [--frameworks PYTHON] [--gpudoctor COMMAND]

PYTHON is an interpreter whose environment has torch and TensorFlow (default: what
``tools/real_parts.py`` prepared). The figures hold for a machine without a usable driver. Machines
are noisy, so everything that is compared runs in turns in one call; exit code 1 where a median
misses its limit.
"""

import argparse
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
TORCH = "import torch; print(torch.cuda.is_available())"
TENSORFLOW = "import tensorflow as tf; print(tf.config.list_physical_devices('GPU'))"


@dataclass(slots=True)
class Series:
    """One thing that is timed: its wall times in seconds and its own peak memory in MiB."""

    name: str
    run: Callable[[], float]
    seconds: list[float] = field(default_factory=list)
    peak_mib: float = 0.0

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def timed(commands: Sequence[Sequence[str]], environ: Mapping[str, str] | None = None) -> float:
    """Wall time of commands that run side by side, their output thrown away."""
    begun = time.perf_counter()
    running = [
        subprocess.Popen(
            each,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environ,
        )
        for each in commands
    ]
    for process in running:
        process.wait()
    return time.perf_counter() - begun


def peak_of(command: Sequence[str]) -> float:
    """Peak resident memory in MiB of a command's own process, its children left out."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    peak = 0
    while process.poll() is None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            break
        lines = (line.split() for line in status.splitlines() if line.startswith("VmHWM"))
        peak = max([peak, *(int(words[1]) for words in lines)])
        time.sleep(0.005)
    return peak / 1024


def interleave(series: Sequence[Series], runs: int) -> None:
    """One uncounted turn, then `runs` turns over all series."""
    for turn in range(runs + 1):
        for each in series:
            seconds = each.run()
            if turn:
                each.seconds.append(seconds)


def row(series: Series, unit: float, limit: str, *, is_met: bool | None) -> bool:
    met = {True: "met", False: "MISSED", None: ""}[is_met]
    print(
        f"{series.name:44}{series.median * 1000:9.0f} ms "
        f"{min(series.seconds) * 1000:6.0f}-{max(series.seconds) * 1000:<6.0f}"
        f"{series.median / unit:6.1f} x pass   {limit:34}{met}"
    )
    return is_met is not False


def start_up(gpudoctor: list[str], frameworks: str, runs: int) -> bool:
    """`pass`, --help and check --quick."""
    bare = Series("python -c pass", lambda: timed([[sys.executable, "-c", "pass"]]))
    help_ = Series("gpudoctor --help", lambda: timed([[*gpudoctor, "--help"]]))
    quick = Series(
        "gpudoctor check --quick (torch, TensorFlow)",
        lambda: timed([[*gpudoctor, "check", "--quick", "--python", frameworks]]),
    )
    interleave([bare, help_, quick], runs)
    unit = bare.median
    row(bare, unit, "", is_met=None)
    fine = row(help_, unit, "at most 10 x pass", is_met=help_.median <= 10 * unit)
    return fine & row(quick, unit, "at most 0.25 s", is_met=quick.median <= 0.25)


def imports(gpudoctor: list[str], frameworks: str, runs: int) -> bool:
    """The full check against the two bare probe scripts, run side by side."""
    bare = Series(
        "two bare probe scripts, side by side",
        lambda: timed([[frameworks, "-c", TORCH], [frameworks, "-c", TENSORFLOW]]),
    )
    command = [*gpudoctor, "check", "--python", frameworks]
    full = Series("gpudoctor check (imports both)", lambda: timed([command]))
    interleave([bare, full], runs)
    difference = full.median - bare.median
    row(bare, bare.median, "", is_met=None)
    fine = row(full, bare.median, "at most 0.4 s over", is_met=difference <= 0.4)
    peak = statistics.median(peak_of(command) for _ in range(3))
    print(f"{'':44}{difference * 1000:+9.0f} ms over the bare scripts")
    met = "met" if peak < 57.2 else "MISSED"
    print(f"{'its own process, peak':44}{peak:9.0f} MiB   at most 60 MB (57 MiB)   {met}")
    return fine and peak < 57.2


def many_gpus(gpudoctor: list[str], runs: int) -> bool:
    """16 simulated GPUs against one."""
    sys.path[:0] = [str(PROJECT / "tests")]
    from simulation.bench import simulated_environ  # noqa: PLC0415 - needs a compiler

    with tempfile.TemporaryDirectory() as folder:
        environs = {n: simulated_environ(Path(folder) / str(n), gpus=n) for n in (1, 16)}
        series = {
            n: Series(
                f"gpudoctor check --quick, {n} simulated GPU{'s' * (n > 1)}",
                lambda environ=environ: timed([[*gpudoctor, "check", "--quick"]], environ),
            )
            for n, environ in environs.items()
        }
        interleave(list(series.values()), runs)
    one, many = series[1], series[16]
    row(one, one.median, "", is_met=None)
    return row(many, one.median, "at most 1.3 x one", is_met=many.median <= 1.3 * one.median)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--frameworks", default=str(PROJECT / ".real-parts/both/bin/python"))
    parser.add_argument("--gpudoctor", default=f"{sys.executable} -m gpudoctor")
    arguments = parser.parse_args()
    gpudoctor = shlex.split(arguments.gpudoctor)
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, medians of {arguments.runs}\n")
    fine = start_up(gpudoctor, arguments.frameworks, arguments.runs)
    fine &= imports(gpudoctor, arguments.frameworks, arguments.runs)
    fine &= many_gpus(gpudoctor, arguments.runs)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
