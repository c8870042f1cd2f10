"""The server, as a client sees it, with a stand-in of the engine."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from tests.support.editor_client import EditorClient, in_editor
from tests.support.editor_scripts import SCRIPT, client_range, range_of
from ttlang.diagnostics import CODES

URI = "file:///work/scale.py"
DOCUMENT = lsp.TextDocumentIdentifier(URI)
EVERYWHERE = lsp.Range(lsp.Position(0, 0), lsp.Position(1000, 0))


def at(word: str, nth: int = 0) -> lsp.Position:
    line, character = range_of(SCRIPT, word, nth).start
    return lsp.Position(line, character + 1)


def codes(found: Any) -> list[tuple[str, int]]:
    return [(each.code, each.range.start.line) for each in found]


def test_what_it_can_do() -> None:
    async def work(client: EditorClient) -> None:
        assert client.started_result is not None
        can = client.started_result.capabilities
        assert can.position_encoding == "utf-16"
        assert can.text_document_sync is not None
        for each in (
            *(can.hover_provider, can.inlay_hint_provider, can.code_lens_provider, can.completion_provider),
            *(can.signature_help_provider, can.document_symbol_provider, can.definition_provider),
            *(can.references_provider, can.implementation_provider, can.semantic_tokens_provider),
            can.document_highlight_provider,
        ):
            assert each
        assert isinstance(can.code_action_provider, lsp.CodeActionOptions)
        assert can.code_action_provider.code_action_kinds == ("quickfix", "source.fixAll.ttlang")
        assert can.execute_command_provider is not None
        assert sorted(can.execute_command_provider.commands) == [
            *("ttlang.export", "ttlang.profile", "ttlang.simulate", "ttlang.tune")
        ]

    in_editor(work)


def test_each_version_gets_its_findings() -> None:
    async def work(client: EditorClient) -> None:
        client.open(URI, f"{SCRIPT}x()  # told: TTL0603\n")
        (found,) = await client.findings(URI, 1)
        assert found.code == "TTL0603"
        assert found.source == "ttlang"
        client.change(URI, 2, "\n", lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0)))
        (moved,) = await client.findings(URI, 2)
        assert moved.range.start.line == found.range.start.line + 1
        client.change(URI, 3, SCRIPT)
        assert not await client.findings(URI, 3)
        client.close(URI)

    in_editor(work)


def test_a_closed_document_has_no_findings() -> None:
    async def work(client: EditorClient) -> None:
        client.open(URI, f"{SCRIPT}x()  # told: TTL0603\n")
        assert await client.findings(URI, 1)
        client.close(URI)
        assert not await client.findings(URI, None)

    in_editor(work)


@pytest.mark.parametrize(("encoding", "character"), [("utf-8", 16), ("utf-16", 12), ("utf-32", 11)])
def test_every_encoding_that_clients_agree_on(encoding: str, character: int) -> None:
    capabilities = lsp.ClientCapabilities(general=lsp.GeneralClientCapabilities(position_encodings=[encoding]))

    async def work(client: EditorClient) -> None:
        client.open(URI, "import ttl\nx = 'ß😋'\ny\n")
        client.change(URI, 2, ".zz", lsp.Range(lsp.Position(1, 0), lsp.Position(1, 0)))
        line = "größe = '😋'; ttl.zz  # told: TTL0603"
        client.change(URI, 3, f"import ttl\n{line}\n")
        assert client.started_result is not None
        assert client.started_result.capabilities.position_encoding == encoding
        (found,) = await client.findings(URI, 3)
        units = {"utf-8": line.encode(), "utf-16": line.encode("utf-16-le")[::2], "utf-32": line}[encoding]
        before = {"utf-8": b"  #", "utf-16": b"  #", "utf-32": "  #"}[encoding]
        assert found.range.end.character == len(units) - len("  # told: TTL0603")
        assert before
        client.change(URI, 4, "", lsp.Range(lsp.Position(1, character), lsp.Position(1, character + 4)))
        await client.findings(URI, 4)
        # What the server has now is what the client has: it is asked by the name that stands there.
        found = await client.text_document_hover_async(lsp.HoverParams(DOCUMENT, lsp.Position(0, 8)))
        assert found is None

    in_editor(work, capabilities=capabilities)


def test_random_edits_leave_both_with_one_text() -> None:
    """A finding at the end of the text is where the client has it."""
    draw = random.Random(3)

    async def work(client: EditorClient) -> None:
        text = SCRIPT
        client.open(URI, text)
        for version in range(2, 120):
            lines = text.split("\n")
            line = draw.randrange(len(lines))
            start, end = sorted(draw.randrange(len(lines[line]) + 1) for _ in range(2))
            new = draw.choice(["", "x", "😋", "\n", "\r\n", "\tß", "a\nb\n"])
            lines[line] = lines[line][:start] + new + lines[line][end:]
            place = lsp.Range(
                *(lsp.Position(line, len(text.split("\n")[line][:at].encode("utf-16-le")) // 2) for at in (start, end))
            )
            text = "\n".join(lines).replace("\r\n", "\n")
            client.change(URI, version, new.replace("\r\n", "\n"), place)
        text = f"import ttl\n{text}\nx  # told: TTL0603"
        client.change(URI, 120, "import ttl\n", lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0)))
        last = lsp.Position(len(text.split("\n")) - 2, 1000)
        client.change(URI, 121, "\nx  # told: TTL0603", lsp.Range(last, last))
        found = await client.findings(URI, 121)
        assert codes(found)[-1] == ("TTL0603", len(text.split("\n")) - 1)
        symbols = await client.text_document_document_symbol_async(lsp.DocumentSymbolParams(DOCUMENT))
        assert symbols is not None
        await asyncio.sleep(0)
        assert not client.messages

    in_editor(work)


def test_hints_lenses_and_hovers_of_facts() -> None:
    async def work(client: EditorClient) -> None:
        client.open(URI, f"{SCRIPT}# facts\n")
        await client.until(lambda: [each for each in client.told if each[0] == "ttlang/facts"])
        hints = await client.text_document_inlay_hint_async(lsp.InlayHintParams(DOCUMENT, EVERYWHERE)) or []
        assert "1,234 cycles · 50%" in [each.label for each in hints]
        lenses = await client.text_document_code_lens_async(lsp.CodeLensParams(DOCUMENT)) or []
        assert lenses[-1].command is not None
        assert lenses[-1].command.title.startswith("2,468 cycles")
        hover = await client.text_document_hover_async(lsp.HoverParams(DOCUMENT, at("gelu")))
        assert hover is not None
        assert isinstance(hover.contents, lsp.MarkupContent)
        assert "ttl.math.gelu(x)" in hover.contents.value
        assert "if this line were free" in hover.contents.value
        (facts,) = [params for method, params in client.told if method == "ttlang/facts"]
        assert facts["uri"] == URI
        assert facts["version"] == 1
        assert facts["kernels"][0]["costs"]["cycles"] == 2468
        for method in (lsp.WORKSPACE_INLAY_HINT_REFRESH, lsp.WORKSPACE_CODE_LENS_REFRESH):
            assert method in [each for each, _ in client.told]

    in_editor(work)


def test_hints_that_are_not_wanted() -> None:
    async def work(client: EditorClient) -> None:
        client.open(URI, f"{SCRIPT}# facts\n")
        await client.until(lambda: [each for each in client.told if each[0] == "ttlang/facts"])
        hints = await client.text_document_inlay_hint_async(lsp.InlayHintParams(DOCUMENT, EVERYWHERE)) or []
        assert [each.label for each in hints] == [" → 2"]
        assert not await client.text_document_code_lens_async(lsp.CodeLensParams(DOCUMENT))
        settings = {"ttlang": {"hints": {"blocks": False, "sizes": False}}}
        client.workspace_did_change_configuration(lsp.DidChangeConfigurationParams(settings))
        hints = await client.text_document_inlay_hint_async(lsp.InlayHintParams(DOCUMENT, EVERYWHERE)) or []
        assert [str(each.label).partition(" ")[0] for each in hints] == ["80", "1,234"]

    in_editor(work, settings={"hints": {"blocks": False, "costs": False}, "lenses": False})


def test_fixes() -> None:
    async def work(client: EditorClient) -> None:
        client.open(URI, "import ttl\n  x😋  # told: TTL0602 fix\n y  # told: TTL0102 fix\n")
        found = await client.findings(URI, 1)
        params = lsp.CodeActionParams(DOCUMENT, found[0].range, lsp.CodeActionContext([]))
        actions = await client.text_document_code_action_async(params) or []
        # What has a command, lsprotocol takes for one.
        assert [each.title for each in actions if not isinstance(each, lsp.CodeAction)] == [
            f"Explain TTL0602: {CODES['TTL0602']}"
        ]
        fix, allow, everything, source = (each for each in actions if isinstance(each, lsp.CodeAction))
        assert fix.title == "Replace `x😋` by `fixed()` (TTL0602)"
        assert fix.edit is not None
        (edit,) = fix.edit.document_changes or ()
        assert isinstance(edit, lsp.TextDocumentEdit)
        assert edit.text_document.version == 1
        assert allow.title == "Allow TTL0602 at this line"
        assert everything.title.startswith("Fix all 2")
        assert source.kind == "source.fixAll.ttlang"
        client.change(URI, 2, "import ttl\n# slow")
        assert not await client.text_document_code_action_async(params), "of a version that is yet to be judged"

    in_editor(work)


def test_going_places() -> None:
    async def work(client: EditorClient) -> None:
        client.open(URI, SCRIPT)
        definition = await client.text_document_definition_async(lsp.DefinitionParams(DOCUMENT, at("wait")))
        assert definition == [lsp.Location(URI, client_range(SCRIPT, "x_dfb.reserve()"))]
        made = await client.text_document_type_definition_async(lsp.TypeDefinitionParams(DOCUMENT, at("v) * 2")))
        assert made == [lsp.Location(URI, client_range(SCRIPT, "x_dfb"))]
        filled = await client.text_document_implementation_async(lsp.ImplementationParams(DOCUMENT, at("x_dfb")))
        assert filled == [lsp.Location(URI, client_range(SCRIPT, "x_dfb.reserve()"))]
        context = lsp.ReferenceContext(include_declaration=True)
        uses = await client.text_document_references_async(lsp.ReferenceParams(context, DOCUMENT, at("x_dfb")))
        assert len(uses or ()) == 3
        marked = await client.text_document_document_highlight_async(lsp.DocumentHighlightParams(DOCUMENT, at("x_dfb")))
        assert len(marked or ()) == 3

    in_editor(work)


def test_writing() -> None:
    async def work(client: EditorClient) -> None:
        client.open(URI, SCRIPT)
        tokens = await client.text_document_semantic_tokens_full_async(lsp.SemanticTokensParams(DOCUMENT))
        assert tokens is not None
        assert len(tokens.data) > 100
        client.change(URI, 2, "ttl.math.", client_range(SCRIPT, "ttl.math.gelu(v)"))
        behind = at("ttl.math.gelu(v)")
        dot = lsp.Position(behind.line, behind.character - 1 + len("ttl.math."))
        found = await client.text_document_completion_async(lsp.CompletionParams(DOCUMENT, dot))
        assert isinstance(found, list | tuple)
        assert "gelu" in [each.label for each in found]
        call = lsp.Position(behind.line, behind.character - 1)
        shown = await client.text_document_signature_help_async(lsp.SignatureHelpParams(DOCUMENT, call))
        assert shown is not None
        assert shown.signatures[0].label.startswith("o.store(value")

    in_editor(work)


def test_texts_and_pages() -> None:
    async def work(client: EditorClient) -> None:
        client.open(URI, f"{SCRIPT}# facts\n")
        await client.until(lambda: [each for each in client.told if each[0] == "ttlang/facts"])
        about = {"textDocument": {"uri": URI}, "kernel": "scale", "thread": None}
        told = await client.ask("ttlang/text", {**about, "kind": "ttl"})
        assert told["language"] == "mlir"
        assert told["text"].startswith("ttl(0);\nttl(1);")
        assert told["map"][3] == [3, 3]
        page = await client.ask("ttlang/text", {**about, "kind": "explain", "kernel": "TTL0603"})
        assert page["text"].startswith(f"# TTL0603: {CODES['TTL0603']}")
        for wrong in ({"kind": "cpp", "kernel": "no"}, {"kind": "no"}, {"kind": "cpp", "kernel": "broken"}):
            assert (await client.ask("ttlang/text", {**about, **wrong}))["text"].startswith("There is no ")
        closed = await client.ask("ttlang/text", {"textDocument": {"uri": "file:///no"}, "kind": "cpp"})
        assert closed["text"].startswith("There is no cpp")

    in_editor(work)


def test_commands_show_how_far_they_are() -> None:
    async def work(client: EditorClient) -> None:
        client.open(URI, SCRIPT)
        await client.findings(URI, 1)
        answer = await client.run("profile", uri=URI, position={"line": 12, "character": 0})
        assert answer["title"] == "profile"
        assert '"kernel": "scale"' in answer["text"]
        begin, report, end = (value for _, value in client.progress)
        assert begin == {"kind": "begin", "title": "ttlang: profile scale", "cancellable": True}
        assert report == {"kind": "report", "message": "half of it", "percentage": 50}
        assert end == {"kind": "end"}

    in_editor(work)


def test_commands_that_fail_or_are_cancelled() -> None:
    async def work(client: EditorClient) -> None:
        client.open(URI, SCRIPT)
        await client.findings(URI, 1)

        with pytest.raises(JsonRpcException, match="tune was given up"):
            await client.run("tune", uri=URI, kernel="broken")
        with pytest.raises(JsonRpcException, match="is not open"):
            await client.run("tune", uri="file:///other.py")
        waiting = asyncio.ensure_future(client.run("tune", uri=URI, wait=True))
        begun = await client.until(lambda: [each for each in client.progress if each[1]["kind"] == "report"])
        client.window_work_done_progress_cancel(lsp.WorkDoneProgressCancelParams(begun[-1][0]))
        with pytest.raises(JsonRpcException):
            await waiting
        assert not client.messages

    in_editor(work)


def test_nothing_runs_that_is_not_trusted() -> None:
    async def work(client: EditorClient) -> None:
        client.open(URI, f"{SCRIPT.replace('gelu', 'gleu')}x  # told: TTL0603\n")
        assert codes(await client.findings(URI, 1)) == [("TTL0103", 11)]
        with pytest.raises(JsonRpcException, match="not trusted"):
            await client.run("tune", uri=URI)
        client.notify("ttlang/trust", {"trusted": True})
        await client.until(lambda: [e for e in client.published if [d.code for d in e.diagnostics] == ["TTL0603"]])
        client.notify("ttlang/trust", {"trusted": False})
        client.change(URI, 2, "import ttl\nttl.no\n")
        assert codes(await client.findings(URI, 2)) == [("TTL0103", 1)]

    in_editor(work, trusted=False)


def test_settings_are_asked_for_and_change_what_is_judged() -> None:
    workspace = lsp.WorkspaceClientCapabilities(configuration=True)

    async def work(client: EditorClient) -> None:
        client.open(URI, SCRIPT)
        await client.until(lambda: [e for e in client.published if "blackhole" in str(e.diagnostics)])
        client.section = {"arch": "greyskull"}
        client.workspace_did_change_configuration(lsp.DidChangeConfigurationParams(None))
        await client.until(lambda: client.messages)
        assert client.messages == ["ttlang.arch is 'greyskull', and not one of wormhole_b0, blackhole"]
        await client.until(lambda: client.published and not client.published[-1].diagnostics)

    in_editor(work, capabilities=lsp.ClientCapabilities(workspace=workspace), section={"arch": "blackhole"})


def test_an_interpreter_that_there_is_not() -> None:
    async def work(client: EditorClient) -> None:
        client.open(URI, SCRIPT)
        await client.until(lambda: client.messages)
        assert client.messages[0].startswith("/there/is/none can't be started")

    in_editor(work, interpreter="/there/is/none")


@pytest.mark.parametrize(
    "uri",
    ["vscode-notebook-cell:/work/a.ipynb#W0", "git:/work/scale.py?ref", "untitled:Untitled-1", "file:///a%20b.py"],
)
def test_documents_that_are_no_files(uri: str) -> None:
    async def work(client: EditorClient) -> None:
        client.open(uri, "import ttl\nttl.no  # told: TTL0603\n")
        (found,) = await client.findings(uri, 1)
        runs = uri.startswith(("file:", "untitled:"))
        assert found.code == ("TTL0603" if runs else "TTL0103")
        hover = await client.text_document_hover_async(
            lsp.HoverParams(lsp.TextDocumentIdentifier(uri), lsp.Position(1, 1))
        )
        assert hover is not None

    in_editor(work)


def test_scripts_that_are_none_of_our_business() -> None:
    async def work(client: EditorClient) -> None:
        client.open(URI, "x = (  # told: TTL0603\n")
        client.open("file:///work/other.py", "import ttl\nx  # told: TTL0603\n")
        await client.findings("file:///work/other.py", 1)
        assert not [each for each in client.published if each.uri == URI]
        client.change(URI, 2, "import ttl\nx  # told: TTL0603\n")
        assert codes(await client.findings(URI, 2)) == [("TTL0603", 1)]
        client.change(URI, 3, "x = 1\n")
        assert not await client.findings(URI, 3)

    in_editor(work)


ODD = {
    "carriage returns": "import ttl\rx = 1\r\ny  # told: TTL0603\r",
    "form feeds": "import ttl\n\f\x0b\u2028x\x85 = 1\ny  # told: TTL0603\n",
    "tabs": "import ttl\n\tx = 1\n\t\ty  # told: TTL0603\n",
    "nul": "import ttl\n\0\ny  # told: TTL0603\n",
    "no end": "import ttl\n'''\ny  # told: TTL0603",
    "binary": "import ttl\n" + "".join(map(chr, range(1, 256))) + "\ny  # told: TTL0603",
}


@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "untrusted"])
def test_odd_texts(trusted: bool) -> None:
    async def work(client: EditorClient) -> None:
        for name, text in ODD.items():
            uri = f"file:///work/{name.replace(' ', '_')}.py"
            document = lsp.TextDocumentIdentifier(uri)
            client.open(uri, text)
            found = await client.findings(uri, 1)
            if trusted:
                lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
                line = next(number for number, each in enumerate(lines) if "told" in each)
                assert codes(found) == [("TTL0603", line)], name
            everywhere = lsp.InlayHintParams(document, EVERYWHERE)
            assert not await client.text_document_inlay_hint_async(everywhere), name
            for line in range(4):
                place = lsp.Position(line, 3)
                await client.text_document_hover_async(lsp.HoverParams(document, place))
                await client.text_document_completion_async(lsp.CompletionParams(document, place))
                await client.text_document_signature_help_async(lsp.SignatureHelpParams(document, place))
                await client.text_document_definition_async(lsp.DefinitionParams(document, place))
            await client.text_document_semantic_tokens_full_async(lsp.SemanticTokensParams(document))
            await client.text_document_document_symbol_async(lsp.DocumentSymbolParams(document))
        assert not client.messages

    in_editor(work, trusted=trusted)


def test_a_long_text() -> None:
    async def work(client: EditorClient) -> None:
        client.open(URI, "import ttl\n" + "x = 1\n" * 3_400_000)
        (note,) = await client.findings(URI, 1)
        assert note.code == "TTL0013"
        client.change(URI, 2, "import ttl\nx  # told: TTL0603\n")
        assert codes(await client.findings(URI, 2)) == [("TTL0603", 1)]

    in_editor(work)


def test_two_hundred_documents() -> None:
    async def work(client: EditorClient) -> None:
        uris = [f"file:///work/k{number}.py" for number in range(200)]
        for uri in uris:
            client.open(uri, f"{SCRIPT}x  # told: TTL0603\n")
        for uri in uris:
            assert len(await client.findings(uri, 1)) == 1

    in_editor(work)
