"""`ttlang mcp`, as the protocol's own client sees it over standard input and output."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from mcp import Client, StdioServerParameters, stdio_client

from ttlang.diagnostics.catalogue import find_mistakes

TOOLS = ("check", "simulate", "profile", "plan", "tune", "explain")
KERNEL = """\
import numpy as np

from ttlang import ttl, ttnn


@ttl.operation(grid=(1, 1))
def double(x, out, *, rows=ttl.one_of(1, 2)):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(rows, 1))
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(rows, 1))

    @ttl.compute()
    def compute():
        for _ in range(2 // rows):
            with x_dfb.wait() as v, out_dfb.reserve() as o:
                o.store(v * 2)

    @ttl.datamovement()
    def read():
        for b in range(2 // rows):
            with x_dfb.reserve() as block:
                ttl.copy(x[b * rows : (b + 1) * rows, :], block).wait()

    @ttl.datamovement()
    def write():
        for b in range(2 // rows):
            with out_dfb.wait() as block:
                ttl.copy(block, out[b * rows : (b + 1) * rows, :]).wait()


device = ttnn.open_device(device_id=0)
values = np.arange(64 * 32, dtype=np.float32).reshape(64, 32)
x, out = (ttnn.from_torch(v, layout=ttnn.TILE_LAYOUT, device=device) for v in (values, np.zeros_like(values)))
double(x, out)
result = ttnn.to_numpy(out)
print("right" if (result == values * 2).all() else "wrong")
"""

Call = Callable[..., Awaitable[Any]]


def with_server(talk: Callable[[Client], Awaitable[None]], folder: Path, cache: Path) -> None:
    """Talks to a server that was started in a folder."""
    environment = {**os.environ, "TTLANG_CACHE": str(cache)}
    command = StdioServerParameters(command=sys.executable, args=["-m", "ttlang", "mcp"], cwd=folder, env=environment)

    async def started() -> None:
        async with Client(stdio_client(command)) as client:
            await talk(client)

    asyncio.run(asyncio.wait_for(started(), 500))


@pytest.mark.slow
def test_each_tool_answers_what_its_schema_says(tmp_path: Path) -> None:
    (tmp_path / "double.py").write_text(KERNEL)

    async def talk(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert tuple(tools) == TOOLS
        heard: list[str] = []

        async def progress(done: float, total: float | None, message: str | None) -> None:
            heard.append(message or "")

        async def call(name: str, **arguments: Any) -> Any:
            answer = await client.call_tool(name, arguments, progress_callback=progress)
            assert not answer.is_error, answer.content
            jsonschema.validate(answer.structured_content, tools[name].output_schema)
            assert json.loads(answer.content[0].text) == answer.structured_content
            return answer.structured_content

        checked = await call("check", path="double.py")
        assert checked["ok"]
        assert checked["kernels"] == ["double"]
        assert [found["code"] for found in checked["diagnostics"]] == ["TTL0004"]
        assert Path(checked["diagnostics"][0]["uri"].removeprefix("file://")).name == "double.py"

        simulated = await call("simulate", text=KERNEL)
        assert simulated["output"] == "right\n"
        (counts,) = simulated["statistics"]
        assert counts["kernel"] == "double"
        assert "by_core" not in counts

        planned = await call("plan", path="double.py")
        assert planned["plan"].startswith("double on 1x1 cores")

        (profiled,) = (await call("profile", path="double.py"))["kernels"]
        assert profiled["cycles"] == max(thread["most"] for thread in profiled["threads"])
        assert not profiled["lanes"]
        (whole,) = (await call("profile", path="double.py", detail="all"))["kernels"]
        assert whole["lanes"]
        assert whole["cycles"] == profiled["cycles"]

        (tuned,) = (await call("tune", path="double.py", workers=1))["kernels"]
        assert tuned["best"] in ({"rows": 1}, {"rows": 2})
        assert any(message.startswith("double: ") for message in heard)
        assert "check double.py" in heard

    with_server(talk, tmp_path, tmp_path / "cache")


@pytest.mark.slow
def test_mistakes_are_results_with_codes(tmp_path: Path) -> None:
    async def talk(client: Client) -> None:
        async def call(name: str, **arguments: Any) -> Any:
            answer = await client.call_tool(name, arguments)
            assert not answer.is_error, answer.content
            assert "Traceback" not in str(answer.structured_content["diagnostics"])
            return answer.structured_content

        (page,) = find_mistakes(FIXABLE)
        found = await call("check", text=page.wrong)
        assert not found["ok"]
        (diagnostic,) = found["diagnostics"]
        assert diagnostic["code"] == page.code
        assert diagnostic["uri"] == "script.py"
        assert (await call("check", text=found["fixed"]))["ok"]

        found = await call("check", text="def")
        assert [each["code"] for each in found["diagnostics"]] == ["TTL0006"]
        found = await call("simulate", text="1 / 0")
        assert [each["code"] for each in found["diagnostics"]] == ["TTL0006"]
        assert "ZeroDivisionError" in found["log"]
        found = await call("check", path="nowhere.py")
        assert [each["code"] for each in found["diagnostics"]] == ["TTL0006"]
        found = await call("check", text="while True: pass", seconds=3)
        assert [each["code"] for each in found["diagnostics"]] == ["TTL0016"]

    with_server(talk, tmp_path, tmp_path / "cache")


def test_a_call_that_makes_no_sense_is_told_why(tmp_path: Path) -> None:
    async def talk(client: Client) -> None:
        async def refused(name: str, **arguments: Any) -> str:
            answer = await client.call_tool(name, arguments)
            assert answer.is_error
            return answer.content[0].text

        assert "either `path` or `text`" in await refused("check")
        assert "TTL9999 is no code of ttlang" in await refused("explain", code="TTL9999")
        assert "invalid choice" in await refused("check", text="", arch="grayskull")
        assert "no kernel nothing" in await refused("profile", text="", kernel="nothing")
        assert "greater than 0" in await refused("check", text="", seconds=0)

    with_server(talk, tmp_path, tmp_path / "cache")


def test_pages_and_examples_are_resources(tmp_path: Path) -> None:
    async def talk(client: Client) -> None:
        found = {str(each.uri): each for each in (await client.list_resources()).resources}
        assert {"ttlang://docs/language", "ttlang://docs/agents/debug", "ttlang://examples/softmax"} <= found.keys()
        (page,) = (await client.read_resource("ttlang://docs/agents/debug")).contents
        assert page.text.startswith("# ")
        explained = (await client.call_tool("explain", {"code": "ttl0401"})).structured_content
        assert explained["code"] == "TTL0401"
        assert all(each["wrong"] != each["right"] for each in explained["pages"])

    with_server(talk, tmp_path, tmp_path / "cache")


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_server_that_is_told_to_end_ends_its_scripts(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import os\nopen('pid', 'w').write(str(os.getpid()))\nwhile True: pass")

    async def talk() -> None:
        server = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ttlang", "mcp"), cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert server.stdin is not None
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "0"}}
        for number, (method, params) in enumerate(
            [("initialize", hello), ("notifications/initialized", None), ("tools/call", CALL)]
        ):
            line: dict[str, Any] = {"jsonrpc": "2.0", "method": method}
            line |= {"params": params} if params else {}
            line |= {} if method.startswith("notifications") else {"id": number}
            server.stdin.write(json.dumps(line).encode() + b"\n")
        pid = tmp_path / "pid"
        while not pid.exists() or not pid.read_text():
            await asyncio.sleep(0.05)
        server.send_signal(signal.SIGTERM)
        await server.wait()
        while Path(f"/proc/{pid.read_text()}").exists():
            await asyncio.sleep(0.05)

    asyncio.run(asyncio.wait_for(talk(), 120))


CALL = {"name": "check", "arguments": {"path": "script.py"}}
FIXABLE = "TTL0402-pop-inside-of-a-with"
"""A page of the catalogue whose mistake has an edit that is sure."""
