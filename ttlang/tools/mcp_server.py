"""
`ttlang mcp`: what the commands do, as tools of the Model Context Protocol, over standard input and output.

Each call is a process of its own, which runs the command with `--json`: a script can't harm the server, and a call that
is cancelled, or takes more than it may, ends with all that it has started. Its answer is the command's JSON.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from types import FrameType
from typing import Annotated, Any, Literal, NoReturn

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.resources import FileResource
from mcp.types import CallToolResult, ToolAnnotations
from pydantic import Field

from ttlang import __version__
from ttlang.diagnostics import CODES
from ttlang.diagnostics.catalogue import find_mistakes
from ttlang.settings.variables import NUMERICS
from ttlang.tables.chips import CHIPS
from ttlang.tables.kernel_api import GENERATIONS
from ttlang.tools.isolated_commands import Fields, Limits, end_all
from ttlang.tools.mcp_results import (
    CheckResult,
    ExplainResult,
    PlanResult,
    ProfileResult,
    SimulateResult,
    TuneResult,
)
from ttlang.tools.mcp_scripts import answer, given_script, options
from ttlang.tools.packaged_pages import names_of

_OVER_TIME = ("lanes", "fills", "links", "dram", "cores")
"""Fields of a profile's kernel that only a picture shows."""

_INSTRUCTIONS = """\
Tools for TT-Lang kernels: Python scripts that make tensors and call kernels, as `python script.py` would run them. No
card is needed. Begin with `check`; `explain` the code of a diagnostic before you change anything; `simulate` when check
finds no error; then `profile`, and change the line that gains most. `plan` says what the compiler decided, `tune` finds
block sizes that a kernel leaves open. A script is given by its path, or as text; it is run, so run only what you trust.
"""

Path_ = Annotated[str | None, Field(description="the script's file; either this or `text`")]
Text = Annotated[str | None, Field(description="the script itself, in place of a file")]
Arguments = Annotated[Sequence[str], Field(description="what the script finds in sys.argv[1:]")]
Arch = Annotated[str | None, Field(description="the chip", json_schema_extra={"enum": [*CHIPS, None]})]
MetalAPI = Annotated[
    str | None, Field(description="generation of the kernel API", json_schema_extra={"enum": [*GENERATIONS, None]})
]
Numerics = Annotated[
    str, Field(description="arithmetic: float32, or the chip's bits (slower)", json_schema_extra={"enum": [*NUMERICS]})
]
Kernel_ = Annotated[str | None, Field(description="only the kernel of this name")]
Seconds = Annotated[float, Field(gt=0, description="the script is ended when it takes longer")]
Megabytes = Annotated[int, Field(gt=0, description="of memory; the script is ended when it takes more")]
Detail = Annotated[
    Literal["lines", "all"], Field(description='"all": also what happens on each core, and over time (much longer)')
]

_RUNS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)


def make_server() -> MCPServer[Any]:
    """The server with its tools, and the pages of the documentation and the examples as resources."""
    server = MCPServer[Any](
        "ttlang", title="TT-Lang", version=__version__, instructions=_INSTRUCTIONS, log_level="ERROR"
    )
    for tool in (check, simulate, profile, plan, tune):
        server.tool(annotations=_RUNS)(tool)
    server.tool(annotations=_READS)(explain)
    for kind, format in (("docs", "text/markdown"), ("examples", "text/x-python")):
        for name, path in names_of(kind).items():
            server.add_resource(FileResource(uri=f"ttlang://{kind}/{name}", name=name, path=path, mime_type=format))
    return server


def serve() -> None:
    """Answers on standard output what is asked on standard input, until that ends, or the process is told to."""
    signal.signal(signal.SIGTERM, _leave)
    make_server().run("stdio")


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    """At once: the thread that waits for the client's next line could not be told."""
    end_all()
    os._exit(128 + number)


async def check(
    context: Context[Any, Any],
    path: Path_ = None,
    text: Text = None,
    arguments: Arguments = (),
    arch: Arch = None,
    metal_api: MetalAPI = None,
    seconds: Seconds = 120,
    megabytes: Megabytes = 4096,
) -> Annotated[CallToolResult, CheckResult]:
    """
    Compile the kernels that a script calls, and report all that is wrong with them, with hints and edits. Kernels
    compute nothing: the script ends, with the note TTL0004, where it reads a result.
    """
    with given_script(path, text, arguments, Limits(seconds, megabytes)) as script:
        ran = await script.run("check", options(arch=arch, metal_api=metal_api), context)
        kernels = [name for line in ran.of_kind("summary") for name in line["kernels"]]
        fixed = script.fixed(ran)
        return script.answer(ran, kernels=kernels, **({} if fixed is None else {"fixed": fixed}))


async def simulate(
    context: Context[Any, Any],
    path: Path_ = None,
    text: Text = None,
    arguments: Arguments = (),
    arch: Arch = None,
    numerics: Numerics = "fast",
    seed: Annotated[int | None, Field(description="shuffles the order in which threads run")] = None,
    detail: Detail = "lines",
    seconds: Seconds = 600,
    megabytes: Megabytes = 8192,
) -> Annotated[CallToolResult, SimulateResult]:
    """
    Run a script with its kernels in the simulator, and count what each line of them did. Finds races, deadlocks and
    reads of what was never written; wrong numbers are for the script to find, by comparing with a reference.
    """
    with given_script(path, text, arguments, Limits(seconds, megabytes)) as script:
        ran = await script.run("run", options(arch=arch, numerics=numerics, seed=seed, stats=True), context)
        statistics = ran.of_kind("statistics")
        if detail == "lines":
            statistics = [{name: value for name, value in each.items() if name != "by_core"} for each in statistics]
        return script.answer(ran, output=str(ran.output), statistics=statistics)


async def profile(
    context: Context[Any, Any],
    path: Path_ = None,
    text: Text = None,
    arguments: Arguments = (),
    arch: Arch = None,
    kernel: Kernel_ = None,
    thorough: Annotated[bool, Field(description="what-if of each line, also of large kernels (slow)")] = False,
    detail: Detail = "lines",
    seconds: Seconds = 600,
    megabytes: Megabytes = 8192,
) -> Annotated[CallToolResult, ProfileResult]:
    """
    Say without hardware where the time of each kernel goes on the chip: cycles, what bounds it, and for each line what
    it works and waits, for which line it waits, and what the kernel would gain were the line free. With advice.
    """
    with given_script(path, text, arguments, Limits(seconds, megabytes)) as script:
        ran = await script.run("profile", options(arch=arch, kernel=kernel, thorough=thorough), context)
        kernels = [each for line in ran.of_kind("profile") for each in line["kernels"]]
        return script.answer(ran, kernels=kernels if detail == "all" else [_by_line(each) for each in kernels])


async def plan(
    context: Context[Any, Any],
    path: Path_ = None,
    text: Text = None,
    arguments: Arguments = (),
    arch: Arch = None,
    kernel: Kernel_ = None,
    seconds: Seconds = 120,
    megabytes: Megabytes = 4096,
) -> Annotated[CallToolResult, PlanResult]:
    """
    Say what the compiler decided for each kernel: its buffers and their L1, which engine computes what, sections of
    DST, trips through L1, chosen sizes and why no larger ones.
    """
    with given_script(path, text, arguments, Limits(seconds, megabytes)) as script:
        ran = await script.run("compile", options(arch=arch, kernel=kernel, print="plan"), context)
        return script.answer(ran, plan=str(ran.output))


async def tune(
    context: Context[Any, Any],
    path: Path_ = None,
    text: Text = None,
    arguments: Arguments = (),
    arch: Arch = None,
    kernel: Kernel_ = None,
    workers: Annotated[int | None, Field(gt=0, description="processes; as many as processors, if not given")] = None,
    seconds: Seconds = 3600,
    megabytes: Megabytes = 16384,
) -> Annotated[CallToolResult, TuneResult]:
    """
    Find the best sizes of kernels that leave them open (`bm=ttl.one_of(1, 2, 4)`) for what the script calls them with,
    by the simulator's clock. What is found is kept on this machine: later calls take it.
    """
    with given_script(path, text, arguments, Limits(seconds, megabytes)) as script:
        words = options(arch=arch, kernel=kernel, workers=workers, progress=True)
        ran = await script.run("tune", words, context)
        return script.answer(ran, kernels=[each for line in ran.of_kind("tuning") for each in line["kernels"]])


async def explain(
    code: Annotated[str, Field(description="of a diagnostic, as TTL0401")],
) -> Annotated[CallToolResult, ExplainResult]:
    """Show kernels that get a diagnostic, what is said of each, and how it becomes right."""
    pages = find_mistakes(code)
    if not pages:
        raise ToolError(f"{code} is no code of ttlang")
    told = [
        {"name": p.name, "title": p.title, "text": p.text, "wrong": p.wrong, "right": p.right, "said": p.console}
        for p in pages
    ]
    return answer({"code": pages[0].code, "title": CODES[pages[0].code], "pages": told})


def _by_line(kernel: Fields) -> Fields:
    """A kernel's profile without what only a picture shows."""
    path: Fields = {**kernel["critical_path"], "intervals": []}
    return {**kernel, **dict.fromkeys(_OVER_TIME, ()), "files": {}, "critical_path": path}
