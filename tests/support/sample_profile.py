"""A small profile, made by hand: two cores, text that looks like markup, a lane with and without gaps."""

from __future__ import annotations

from ttlang.profiler.document import (
    Advice,
    BankLoad,
    Bound,
    BufferFill,
    Core,
    CriticalPath,
    Interval,
    Kernel,
    Lane,
    Line,
    LinkLoad,
    PathInterval,
    PathPart,
    Profile,
    Roofline,
    Thread,
    Utilisation,
    WhatIf,
)

FILE = "kernels/first.py"
SOURCE = (
    "@ttl.datamovement()",
    "def read():",
    "    with x.reserve() as block:  # </script><b>",
    "        ttl.copy(t[0, 0], block).wait()",
    "@ttl.compute()",
    "def compute():",
    "    o.store(a @ b)",
)


def _line(thread: str, line: int, work: dict[str, float], waits: dict[str, float], **more: object) -> Line:
    cycles = max(work.values(), default=0.0) + sum(waits.values())
    text = SOURCE[line - 1].strip()
    waits_for = ((0, 300.0),) if thread == "compute" else ()
    return Line(thread, FILE, line, text, cycles / 1000, cycles, work, waits, waits_for, 8, 2, 100.0, cycles, 0.0, 50.0)


def sample_profile(megahertz: float = 1000) -> Profile:
    """Of two kernels that differ in their name alone."""
    kernels = tuple(_kernel(name, megahertz) for name in ("first", "second <i>"))
    return Profile("kernels/<first>.py", kernels)


def _kernel(name: str, megahertz: float) -> Kernel:
    cores = ((0, 0), (1, 0))
    lines = (
        _line("read", 3, {"move": 20.0}, {"room": 100.0}),
        _line("read", 4, {"move": 180.0}, {"dram": 400.0}),
        _line("compute", 7, {"unpack": 200.0, "math": 400.0}, {"pages": 300.0, "sources": 200.0}),
    )
    reader = (
        Interval(0.0, 20.0, "work", 0),
        Interval(20.0, 120.0, "room", 0),
        Interval(150.5, 330.5, "work", 1),
        Interval(330.5, 730.5, "dram", 1),
    )
    math = (Interval(0.0, 300.0, "pages", 2), Interval(300.0, 700.0, "work", 2), Interval(700.0, 1000.0, "work", -1))
    return Kernel(
        kernel=name,
        chip="wormhole_b0",
        columns=2,
        rows=1,
        calls=3,
        megahertz=megahertz,
        cycles=1000.0,
        microseconds=1000 / megahertz,
        complete=True,
        from_run=False,
        bound=Bound("dram", 0.4),
        utilisation=Utilisation(0.25, 0.5, 0.75, 0.5, 0.125),
        roofline=Roofline(64, 4096.0, 1024.0, 0.125, 288.0),
        sources={"measured": 0.75, "interpolated": 0.125, "assumed": 0.125},
        what_if=(WhatIf("dram", 400.0), WhatIf("math", 100.0), WhatIf("pack", 0.0)),
        advice=(Advice("give x twice its pages", "the reader waits for room for 10 % of its time", 0, 100.0),),
        threads=(
            Thread("read", "data movement", 2, 730.5, 730.5, {"move": {"work": 200.0, "room": 100.0, "dram": 400.0}}),
            Thread("compute", "compute", 2, 900.0, 1000.0, {"math": {"work": 700.0, "pages": 300.0}}),
        ),
        lines=lines,
        cores=tuple(
            Core(core, (1 + core[0], 1), 900.0 + 100 * core[0], {"math": 400.0}, {"dram": 400.0, "pages": 300.0})
            for core in cores
        ),
        critical_path=CriticalPath(
            (
                PathPart(2, "math", "work", 400.0),
                PathPart(1, "move", "dram", 300.0),
                PathPart(1, "move", "work", 200.0),
                PathPart(-1, "move", "start", 100.0),
            ),
            (
                PathInterval(100.0, 300.0, "work", 1, (0, 0), "move"),
                PathInterval(300.0, 600.0, "dram", 1, (0, 0), "move"),
                PathInterval(600.0, 1000.0, "work", 2, (1, 0), "math"),
            ),
        ),
        lanes=tuple(
            lane
            for core in cores
            for lane in (Lane(core, "read", "move", reader, 0), Lane(core, "compute", "math", math, 0))
        ),
        fills=tuple(BufferFill(core, "x", 4, ((200.0, 2), (400.0, 4), (800.0, 0)), 0) for core in cores),
        links=(
            LinkLoad(0, (0, 0), "in", 500.0),
            LinkLoad(0, (0, 0), "along", 500.0),
            LinkLoad(0, (1, 0), "across", 250.0),
            LinkLoad(0, (1, 1), "out", 250.0),
            LinkLoad(1, (1, 1), "across", 100.0),
        ),
        dram=(BankLoad(0, (0, 0), 750.0),),
        files={FILE: SOURCE},
    )
