"""How the tools of `ttlang mcp` run a script, which is given as a file or as text, and what they answer."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, TextContent

from ttlang.diagnostics import fixes
from ttlang.diagnostics.json_form import from_json
from ttlang.engine.exits import Exit
from ttlang.tools.isolated_commands import Fields, Limits, Ran, run_command

NAME = "script.py"
"""What a script that is given as text is called."""


@dataclass(frozen=True)
class GivenScript:
    """A script that a tool is called with."""

    path: str
    arguments: Sequence[str]
    limits: Limits
    folder: Path | None = None
    """Where it is run: one of its own, that goes with it; or the present one."""

    async def run(self, command: str, options: Sequence[str], context: Context[Any, Any]) -> Ran:
        """
        Runs a command on it with `--json`, and tells the client now and then how far it is. Raises a ToolError, with
        the command's own words, for arguments that it does not take.
        """

        async def watch(seconds: float, lines: Sequence[Fields]) -> None:
            steps = [line for line in lines if line["kind"] == "progress"]
            done = "{kernel}: {step}, {done} of {total}".format_map(steps[-1]) if steps else f"{command} {self.path}"
            await context.report_progress(seconds, message=done)

        words = [command, "--json", *options, self.path, *(["--", *self.arguments] if self.arguments else [])]
        if command == "run":
            words = [command, "--json", *options, self.path, *self.arguments]
        ran = await run_command(words, script=self.path, folder=self.folder, limits=self.limits, watch=watch)
        if ran.exit_code == Exit.COMMAND and not _errors(ran):
            raise ToolError((str(ran.log).strip().splitlines() or ["the command line is wrong"])[-1])
        return ran

    def answer(self, ran: Ran, **more: Any) -> CallToolResult:
        """What a command has found, with more fields of the tool's own."""
        found = {"ok": not _errors(ran), "diagnostics": ran.of_kind("diagnostic"), "log": str(ran.log), **more}
        return answer(_without(self.folder, found) if self.folder else found)

    def fixed(self, ran: Ran) -> str | None:
        """The text of the script with all edits that are sure, if there are any."""
        lines = [json.dumps(line) for line in ran.of_kind("diagnostic")]
        found = [diagnostic for line in lines if (diagnostic := from_json(line)) is not None]
        edits = [edit for diagnostic in found for edit in diagnostic.fix if edit.span.file == self.path]
        if not edits:
            return None
        try:
            return fixes.edited_file(self._file.read_bytes(), edits).decode()
        except (OSError, UnicodeDecodeError, fixes.NotEditableError):
            return None

    @property
    def _file(self) -> Path:
        return (self.folder or Path()) / self.path


@contextmanager
def given_script(
    path: str | None, text: str | None, arguments: Sequence[str], limits: Limits
) -> Generator[GivenScript]:
    """The script that a tool is called with; a text is a file of its own while this lasts."""
    if (path is None) == (text is None):
        raise ToolError("give either `path` or `text`")
    if path is not None:
        yield GivenScript(path, arguments, limits)
        return
    with tempfile.TemporaryDirectory(prefix="ttlang-") as folder:
        script = Path(folder) / NAME
        script.write_text(text or "", encoding="utf-8", errors="surrogateescape", newline="")
        yield GivenScript(NAME, arguments, limits, Path(folder))


def answer(data: Mapping[str, Any]) -> CallToolResult:
    """Structured, and as text for clients that know nothing else."""
    text = json.dumps(data, separators=(",", ":"))
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=dict(data))


def options(**given: str | int | bool | None) -> list[str]:
    """`--name value` of each that is given; of a truth `--name` alone."""
    words: list[str] = []
    for name, value in given.items():
        if value is not None and value is not False:
            words += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
    return words


def _errors(ran: Ran) -> list[Fields]:
    return [line for line in ran.of_kind("diagnostic") if line["severity"] == 1]


def _without(folder: Path, data: Any) -> Any:
    """The same without a folder that is there no more: a URI in it is the file's name."""
    if isinstance(data, list):
        return [_without(folder, value) for value in cast("list[Any]", data)]
    if not isinstance(data, dict):
        return data
    fields = {name: _without(folder, value) for name, value in cast(Fields, data).items()}
    if str(fields.get("uri", "")).startswith(folder.resolve().as_uri()):
        fields["uri"] = fields["file"]
    return fields
