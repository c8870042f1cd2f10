"""The server's process, with the engine: from an edit to what the compiler says of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from lsprotocol import types as lsp

from tests.support.editor_client import REAL, EditorClient, in_editor
from tests.support.editor_scripts import SCRIPT, client_range

HOST = """

device = ttnn.open_device(device_id=0)
x, out = (ttnn.zeros((64, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device) for _ in range(2))
scale(x, out)
"""
COPY = "ttl.copy(x[0:1, 0], block).wait()"
WAIT = "            t.wait()\n"
TEXT = SCRIPT.replace("ttl.one_of(1, 2)", "1").replace(COPY, f"t = ttl.copy(x[0:1, 0], block)\n{WAIT.rstrip()}") + HOST


def test_it_imports_neither_the_compiler_nor_arrays() -> None:
    heavy = ("numpy", "xdsl", "torch", "ttnn", "ttlang.driver.compiler", "ttlang.host", "ttlang.machine")
    script = f"import sys, ttlang.editor.serving; print(*set({heavy!r}) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not done.stdout.split()


def test_without_its_package_it_says_what_to_install() -> None:
    script = """
import sys
sys.modules["pygls"] = None
from ttlang.tools.cli import main
sys.exit(main(["lsp"]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 2
    assert "pip install 'ttlang[editor]'" in done.stdout + done.stderr


def test_a_mistake_is_typed_and_fixed(tmp_path: Path) -> None:
    path = tmp_path / "größe.py"
    path.write_text("this is not what the editor has")
    uri = path.as_uri()
    document = lsp.TextDocumentIdentifier(uri)
    kernel = client_range(TEXT, "o.store(ttl.math.gelu(v) * 2)")

    async def work(client: EditorClient) -> None:
        client.open(uri, TEXT)
        assert not await client.findings(uri, 1)
        line = client_range(TEXT, WAIT).start
        client.change(uri, 2, WAIT, lsp.Range(line, line))
        (found,) = await client.findings(uri, 2)
        assert found.code == "TTL0503"
        params = lsp.CodeActionParams(document, found.range, lsp.CodeActionContext([]))
        actions = await client.text_document_code_action_async(params) or []
        fix = next(each for each in actions if isinstance(each, lsp.CodeAction) and each.is_preferred)
        assert fix.edit is not None
        (edits,) = fix.edit.document_changes or ()
        assert isinstance(edits, lsp.TextDocumentEdit)
        (edit,) = edits.edits
        assert isinstance(edit, lsp.TextEdit)
        client.change(uri, 3, edit.new_text, edit.range)
        assert not await client.findings(uri, 3)
        costs = await client.until(
            lambda: [p for method, p in client.told if method == "ttlang/facts" and p["kernels"][0]["costs"]]
        )
        assert costs[-1]["kernels"][0]["name"] == "scale"
        hints = await client.text_document_inlay_hint_async(
            lsp.InlayHintParams(document, lsp.Range(lsp.Position(0, 0), lsp.Position(100, 0)))
        )
        labels = [str(each.label) for each in hints or ()]
        assert ": 1x1 bf16 · 2 KiB" in labels
        assert any("cycles" in each for each in labels)
        hover = await client.text_document_hover_async(lsp.HoverParams(document, kernel.start))
        assert hover is not None
        client.change(uri, 4, TEXT.replace("def scale", "def scal("))
        (broken,) = await client.findings(uri, 4)
        assert broken.code == "TTL0006"
        assert not client.messages

    in_editor(work, command=REAL, folder=tmp_path)


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "ends.py"
    uri = path.as_uri()

    async def work(client: EditorClient) -> None:
        client.open(uri, f"import os\n{TEXT}os._exit(3)\n")
        assert await client.findings(uri, 1)
        client.change(uri, 2, TEXT)
        assert not await client.findings(uri, 2)

    in_editor(work, command=REAL, folder=tmp_path)
