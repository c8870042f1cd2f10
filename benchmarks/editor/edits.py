"""
How long an editor waits: from an edit to the findings of each tier, by the kind of the edit, on every example; how long
from the start of a worker to the first finding; and what memory is taken after many edits.

    python benchmarks/editor/edits.py [--edits 20] [--later] [--memory 10000] [SCRIPT ...]

An edit changes a line in a thread, in the kernel function around threads, or outside of kernels, and is given as soon
as the findings of the one before are there (with `--later`: when all tiers are). Milliseconds of the clock on the wall;
beside them, in parentheses, the processor time of the worker and of the document's process, which says what a machine
with nothing else to do would take.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ttlang.engine.client import Engine
from ttlang.engine.limits import processor_seconds
from ttlang.engine.protocol import Ended, Event, Findings, WorkerState

HERE = Path(__file__).parent
EXAMPLES = sorted((HERE.parents[1] / "examples").glob("*.py"))
LATER = ("counters", "data")
THREADS = ("compute", "datamovement")
Edit = Callable[[int], str]


class Watch:
    """An engine, and when what came of it."""

    def __init__(self) -> None:
        self.engine = Engine(sys.executable, os.getcwd(), self._take)
        self.processes: tuple[int, ...] = ()
        self.memory = 0
        self._version = 0
        self._came: dict[str, float] = {}
        self._news = asyncio.Event()

    def _take(self, event: Event) -> None:
        match event:
            case WorkerState(pid, memory, _, processes):
                self.processes, self.memory = (pid, *processes), memory or self.memory
            case Findings(_, _, tier):
                self._came.setdefault(tier, time.perf_counter())
            case Ended():
                self._came.setdefault("ended", time.perf_counter())
            case _:
                return
        self._news.set()

    async def edit(self, path: Path, text: str, until: str) -> tuple[dict[str, float], float]:
        """Seconds until each tier and the end, and processor seconds until the compile tier."""
        self._version += 1
        self._came = {}
        before = self._processor_time()
        start = time.perf_counter()
        self.engine.judge(path.as_uri(), str(path), text, self._version)
        await self._until("compile")
        taken = {pid: seconds - before.get(pid, 0.0) for pid, seconds in self._processor_time().items()}
        await self._until(until)
        return {tier: came - start for tier, came in self._came.items()}, sum(taken.values())

    async def _until(self, what: str) -> None:
        async with asyncio.timeout(120):
            while what not in self._came:
                self._news.clear()
                await self._news.wait()

    def _processor_time(self) -> dict[int, float]:
        return {pid: processor_seconds(pid) for pid in self.processes}


def kinds(text: str) -> dict[str, Edit]:
    """By its name, what makes the text with a line that says so and so."""
    tree = ast.parse(text)
    threads = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and _is_thread(node)]
    kernels = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and any(inner in threads for inner in node.body)
    ]
    found = {"outside": _insertion(text, _first_line(tree.body), 0)}
    if kernels:
        found["kernel"] = _insertion(text, kernels[0].body[0].lineno, kernels[0].body[0].col_offset)
    if threads:
        found["thread"] = _insertion(text, threads[0].body[0].lineno, threads[0].body[0].col_offset)
    return found


def _is_thread(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr in THREADS
        for each in function.decorator_list
    )


def _first_line(statements: list[ast.stmt]) -> int:
    return next((each.lineno for each in statements if not isinstance(each, ast.Import | ast.ImportFrom | ast.Expr)), 1)


def _insertion(text: str, line: int, column: int) -> Edit:
    lines = text.splitlines(keepends=True)

    def edited(number: int) -> str:
        return "".join([*lines[: line - 1], f"{' ' * column}edited = {number}\n", *lines[line - 1 :]])

    return edited


async def of_script(watch: Watch, path: Path, edits: int, *, later: bool) -> Iterator[str]:
    """Lines of the table."""
    text = path.read_text()
    until = "ended" if later else "compile"
    await watch.edit(path, text, "ended")
    lines: list[str] = []
    for kind, edit in kinds(text).items():
        found = [await watch.edit(path, edit(number), until) for number in range(edits)]
        cells = [f"{path.stem:26} {kind:8}", _cell([times["compile"] for times, _ in found])]
        cells.append(f"({1e3 * statistics.median(taken for _, taken in found):4.0f})")
        cells += [_cell([times[tier] for times, _ in found if tier in times]) for tier in LATER if later]
        lines.append("  ".join(cells))
        print(lines[-1], flush=True)
    watch.engine.close(path.as_uri())
    return iter(lines)


def _cell(seconds: list[float]) -> str:
    """Median and the 95th percentile, in milliseconds."""
    if not seconds:
        return " " * 13
    ordered = sorted(seconds)
    return f"{1e3 * statistics.median(ordered):6.0f} {1e3 * ordered[int(0.95 * (len(ordered) - 1) + 0.5)]:6.0f}"


async def first_finding(path: Path) -> float:
    """Seconds from the start of a worker to the first findings."""
    watch = Watch()
    start = time.perf_counter()
    await watch.engine.start()
    await watch.edit(path, path.read_text(), "compile")
    taken = time.perf_counter() - start
    await watch.engine.stop()
    return taken


async def memory_after(path: Path, edits: int) -> tuple[int, int]:
    """Bytes after the first edits, and after all."""
    watch = Watch()
    await watch.engine.start()
    choices = list(kinds(path.read_text()).values())
    first = 0
    for number in range(edits):
        await watch.edit(path, choices[number % len(choices)](number), "compile")
        if number == edits // 10:
            first = watch.memory
    last = watch.memory
    await watch.engine.stop()
    return first, last


async def measure(arguments: argparse.Namespace) -> None:
    print(f"first finding of {arguments.cold.name}: {await first_finding(arguments.cold):.2f} s")
    watch = Watch()
    await watch.engine.start()
    heads = ["compile", "(cpu)", *(LATER if arguments.later else ())]
    print(f"{'example':26} {'edit':8}  {heads[0]:>13}  {heads[1]:6}  " + "  ".join(f"{each:>13}" for each in heads[2:]))
    for path in arguments.scripts:
        await of_script(watch, path.resolve(), arguments.edits, later=arguments.later)
    await watch.engine.stop()
    if arguments.memory:
        path = arguments.scripts[0].resolve()
        first, last = await memory_after(path, arguments.memory)
        print(f"memory after {arguments.memory} edits of {path.name}: {last >> 20} MB ({first >> 20} MB after a tenth)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scripts", nargs="*", type=Path, default=EXAMPLES)
    parser.add_argument("--edits", type=int, default=20, help="of each kind")
    parser.add_argument("--later", action="store_true", help="wait for the later tiers, too")
    parser.add_argument("--memory", type=int, default=0, help="edits after which memory is looked at")
    parser.add_argument("--cold", type=Path, default=HERE.parent / "cold_add.py")
    asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
