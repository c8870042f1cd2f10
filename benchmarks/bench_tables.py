"""The tables of `make bench`: what is in their rows, and how it is measured."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from growing_kernels import MAKERS, SIZES
from workers import Seconds, Worker, run

HERE = Path(__file__).parent
BESIDE = HERE / "beside_official"
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
    # Of threads that wait in a loop for work, the processor's time says nothing.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # The kernels are in here; of this package, a published one sees nothing.
    "PYTHONPATH": str(HERE),
}
"""An installed package has its bytecode, and each process computes on one core."""
LONG = 3.0
"""Seconds: what takes longer is run once, with what only a first call does."""
REMEMBERED = ("add 4096", "matmul 2048", "matmul 1024, 1x1", "attention")
"""What cases begin with whose memory is measured."""
IMPORT = """
import json, time
used, wall = time.process_time(), time.perf_counter()
{}
print(json.dumps([time.process_time() - used, time.perf_counter() - wall]))
"""
IMPORTS = "import ttlang", "from ttlang import ttl, ttnn"
COMPILATION = """\
From the Python function to the C++ of all its threads, in a process that has compiled before; each time the kernel is \
made anew, and nothing is looked up. The mean of five. Theirs runs without a card, and with stand-ins for torch and \
ttnn, of which it asks only formats and shapes; it uses more threads than one, whose times are added up."""
STAGE = """\
The least processor time of each, of nine compilations. The code of the simulator is made when a kernel first runs."""
STAGES = "front end", "verify", "ttl passes", "ttkernel passes", "C++", "simulator"
FAST = """\
A call of a kernel that has been called before, on a machine with a C++ compiler. numpy's product is that of two \
matrices of this size in float32."""
CHIP = """\
The same with the arithmetic of the chip, to the bit, which theirs does not have; on a machine with a C++ compiler."""
MEMORY = """\
Of a process that makes the tensors, compiles the kernel and runs it once with `fast` arithmetic: the tensors' own \
bytes; the bar, twice these and 150 MiB; the most that lies in memory, less what does after the imports; and all of \
it."""
STARTING = """\
The script adds two matrices of 64x64. Theirs is run by `tt-lang-sim`, whose own start, with torch, comes before the \
script's imports."""
CHECKS = """\
`ttlang check` in a process that has checked the script before; what the script does itself is in it."""
GROWTH = """\
How long kernels compile that are one, two, up to sixteen times as long: of turns of a loop that is unrolled, each \
with a block of its own, and of operations on one block. Linear is 16."""


class Table(NamedTuple):
    title: str
    note: str
    """What is measured, in a paragraph."""
    columns: Sequence[str]
    names: Sequence[str]
    """Of its rows."""
    rows: Callable[[Sequence[str]], Iterator[str]]
    """Measures those of these names, one after the other."""

    @property
    def header(self) -> str:
        return line(self.columns) + "\n" + line(["---", *["---:"] * (len(self.columns) - 1)])


def line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.{0 if seconds >= 0.1 else 1}f}"


def median(runs: Sequence[Seconds]) -> Seconds:
    """Of the processor's time, and of the wall's."""
    used, wall = (statistics.median(column) for column in zip(*runs, strict=True))
    return used, wall


def both(seconds: Seconds) -> list[str]:
    return [milliseconds(each) for each in seconds]


class Benchmark:
    """What is measured with these interpreters; without those of the published packages, this one alone."""

    def __init__(self, compiler: Path | None, simulator: Path | None, runs: int):
        self.compiler, self.simulator, self.runs = compiler, simulator, runs
        self.started: dict[Path, Worker] = {}

    @cached_property
    def ours(self) -> Worker:
        return self._ours()

    def _ours(self) -> Worker:
        return Worker([sys.executable, BESIDE / "ours.py"], ENVIRONMENT)

    def official(self, python: Path) -> Worker:
        if python not in self.started:
            name = "official_compiler.py" if python == self.compiler else "official_simulator.py"
            self.started[python] = Worker([python, BESIDE / name], ENVIRONMENT)
        return self.started[python]

    def names(self, kind: str) -> list[str]:
        """Of the measurements of a kind, without it."""
        return [name.removeprefix(kind + " ") for name in self.ours.names if name.startswith(kind + " ")]

    def measure(self, name: str, python: Path | None = None) -> list[Seconds]:
        """The medians of this package, and of the published one that has the interpreter, measured in alternation."""
        workers = [self.ours, *([self.official(python)] if python else [])]
        first = [worker.measure(name)["run"] for worker in workers]
        found = [[seconds] if seconds[0] > LONG else [] for seconds in first]
        for turn in range(self.runs):
            each = list(zip(workers, first, found, strict=True))
            for worker, (used, _), runs in each if turn % 2 else reversed(each):
                if used <= LONG:
                    runs.append(worker.measure(name)["run"])
        return [median(runs) for runs in found]

    def tables(self) -> Iterator[Table]:
        ours = ["ours CPU", "ours wall"]
        beside = [*ours, *(f"theirs {clock}" for clock in ("CPU", "wall")), "ratio CPU"]
        compiled = ["kernel", *(beside if self.compiler else ours)]
        yield Table("Compilation, warm", COMPILATION, compiled, self.names("compile"), self._compilations)
        yield Table("Compilation by stage", STAGE, ["kernel", *STAGES], self.names("stages"), self._stages)
        simulated = ["kernel, block, cores", *(beside if self.simulator else ours), "numpy's product", "ours / numpy"]
        yield Table("Simulation, `fast`", FAST, simulated, self.names("fast"), self._simulations)
        exact = ["kernel, block, cores", "fast CPU", "chip CPU", "chip wall", "chip / fast"]
        yield Table("Simulation, `chip`", CHIP, exact, self.names("chip"), self._exact)
        memory = ["kernel, block, cores", "tensors", "twice, and 150", "beyond the package", "whole process"]
        cases = [name for name in self.names("memory") if name.startswith(REMEMBERED)]
        yield Table("Memory at most, MiB", MEMORY, memory, cases, self._memory)
        started = ["what", *(beside if self.simulator else ours)]
        yield Table("Starting", STARTING, started, list(self._starts), self._starting)
        yield Table("Checks, warm", CHECKS, ["script", *ours], self.names("check"), self._checks)
        yield Table("Growth", GROWTH, ["a kernel of", *map(str, SIZES), "last / first"], list(MAKERS), self._growth)

    def _beside(self, found: Sequence[Seconds]) -> list[str]:
        cells = [cell for seconds in found for cell in both(seconds)]
        return [*cells, f"{found[0][0] / found[1][0]:.2f}"] if len(found) == 2 else cells

    def _compilations(self, names: Sequence[str]) -> Iterator[str]:
        ratios: list[float] = []
        for name in names:
            found = self.measure(f"compile {name}", self.compiler)
            ratios.append(found[0][0] / found[-1][0])
            yield line([name, *self._beside(found)])
        if self.compiler:
            yield line(["mean of the ratios", *[""] * 4, f"{statistics.mean(ratios):.2f}"])

    def _stages(self, names: Sequence[str]) -> Iterator[str]:
        for name in names:
            found = [self.ours.measure(f"stages {name}") for _ in range(9)]
            yield line([name, *(milliseconds(min(each[stage][0] for each in found)) for stage in STAGES)])

    def _simulations(self, names: Sequence[str]) -> Iterator[str]:
        for name in names:
            found = self.measure(f"fast {name}", self.simulator)
            product = ["", ""]
            if name.startswith("matmul"):
                ((numpy, _),) = self.measure(f"numpy {name.split(',')[0].split()[1]}")
                product = [milliseconds(numpy), f"{found[0][0] / numpy:.1f}"]
            yield line([name, *self._beside(found), *product])

    def _exact(self, names: Sequence[str]) -> Iterator[str]:
        for name in names:
            ((fast, _),), ((used, wall),) = self.measure(f"fast {name}"), self.measure(f"chip {name}")
            yield line([name, *map(milliseconds, (fast, used, wall)), f"{used / fast:.1f}"])

    def _memory(self, names: Sequence[str]) -> Iterator[str]:
        for name in names:
            with self._ours() as fresh:
                mib = fresh.measure(f"memory {name}")
            sizes = mib["tensors"], 2 * mib["tensors"] + 150, mib["run"], mib["process"]
            yield line([name, *(f"{size:.0f}" for size in sizes)])

    @cached_property
    def _starts(self) -> dict[str, Callable[[], list[Seconds]]]:
        simulator = self.simulator and self.simulator.with_name("tt-lang-sim")
        first = [sys.executable], *([[simulator]] if simulator else [])
        return {
            **{
                f"`{each}`": lambda each=each: [self._printed([sys.executable, "-c", IMPORT.format(each)])]
                for each in IMPORTS
            },
            "first call, beyond the script's imports": lambda: [
                self._printed([*command, BESIDE / "first_call_script.py"]) for command in first
            ],
            "first call, the whole process": lambda: [
                self._process([*command, BESIDE / "first_call_script.py"]) for command in first
            ],
            "`ttlang compile` of a script without torch": lambda: [
                self._process([sys.executable, "-m", "ttlang", "compile", HERE / "cold_add.py"])
            ],
        }

    def _starting(self, names: Sequence[str]) -> Iterator[str]:
        for name in names:
            found = self._starts[name]()
            yield line([name, *self._beside(found), *[""] * (3 * bool(self.simulator) * (len(found) == 1))])

    def _printed(self, command: Sequence[str | Path]) -> Seconds:
        def once() -> Seconds:
            done = subprocess.run(list(map(str, command)), env=ENVIRONMENT, check=True, stdout=subprocess.PIPE)
            used, wall = json.loads(done.stdout)
            return used, wall

        return self._repeated(once)

    def _process(self, command: Sequence[str | Path]) -> Seconds:
        return self._repeated(lambda: run(command, ENVIRONMENT, HERE))

    def _repeated(self, once: Callable[[], Seconds]) -> Seconds:
        once()
        return median([once() for _ in range(self.runs)])

    def _checks(self, names: Sequence[str]) -> Iterator[str]:
        for name in names:
            yield line([f"`examples/{name}.py`", *self._beside(self.measure(f"check {name}"))])

    def _growth(self, names: Sequence[str]) -> Iterator[str]:
        for name in names:
            used = [self.ours.measure(f"growth {size} {name}")["run"][0] for size in SIZES]
            yield line([name, *map(milliseconds, used), f"{used[-1] / used[0]:.1f}"])
