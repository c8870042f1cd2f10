"""Scripts that misbehave, through all processes and the session that judges documents."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.engine.running_engine import running
from tests.support.script_kernels import KERNELS

if not hasattr(os, "fork"):
    pytest.skip("the worker forks", allow_module_level=True)

WRONG = KERNELS + "wrong(x, y)\n"
SCRIPTS = {
    "right": (KERNELS + "first(x, y)\nsecond(y, z)\n", ()),
    "prints": (KERNELS + "first(x, y)\nsecond(y, z)\nprint('ä' * 100000)\ninput\n", ()),
    "reads": (KERNELS + "import sys\nassert sys.stdin.read() == ''\nfirst(x, y)\nsecond(y, z)\n", ()),
    "exits": (KERNELS + "first(x, y)\nraise SystemExit(3)\n", ("TTL0006",)),
    "fails": (KERNELS + "first(x, y)\n1 / 0\n", ("TTL0006",)),
    "endless": (WRONG + "while True: pass\n", ("TTL0016",)),
    "leaves": (WRONG + "import os\nos._exit(0)\n", ("TTL0006",)),
    "null": ("x = 1\0", ("TTL0006",)),
    "no Python": ("\x7fELF\x01 ü (", ("TTL0006",)),
    "surrogate": ("x = '\udc80'\n", ("TTL0006",)),
    "deep": ("x = " + "(" * 3000 + ")" * 3000, ("TTL0006",)),
}


def test_scripts_of_all_kinds(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path, None) as engine:
            for name, (text, _) in SCRIPTS.items():
                engine.judge(name, text)
            for name in SCRIPTS:
                await engine.ended(name, 200)
            for name, (_, codes) in SCRIPTS.items():
                found = engine.findings(name)
                assert found is not None
                told = {finding["code"] for finding in found.findings}
                assert (name, set(codes) - told) == (name, set()), found
                if not codes:
                    assert (name, told - {"TTL0004", "TTL0005"}) == (name, set()), found
            engine.judge("endless", WRONG)
            await engine.ended("endless", 60)
            found = engine.findings("endless")
            assert found is not None
            assert any(finding["severity"] == 1 and finding["code"] != "TTL0016" for finding in found.findings)

    asyncio.run(test())


def test_a_command_goes_on_where_torch_has_computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands run in a process that is forked from one that may have had threads."""
    pytest.importorskip("torch")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    text = KERNELS + "import torch\ntorch.randn(1500, 1500).exp().sum()\nfirst(x, y)\n"

    async def test() -> None:
        async with running(tmp_path, None) as engine:
            engine.judge("a.py", text)
            await engine.ended("a.py", 200)
            answer = await asyncio.wait_for(engine.engine.command(engine.uri("a.py"), 1, "simulate"), 60)
            assert answer

    asyncio.run(test())
