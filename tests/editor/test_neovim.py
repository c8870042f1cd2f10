"""Neovim without a window, configured as docs/editor.md says: what it shows, and what a fix does to its buffer."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
TIMEOUT = 120
STEPS = """
local function errors()
  return vim.diagnostic.get(0, { severity = vim.diagnostic.severity.ERROR })
end
local found = {}
vim.wait(60000, function() return #errors() > 0 end, 50)
found.errors = vim.tbl_map(function(each) return { each.code, each.lnum, each.source } end, errors())
if #errors() > 0 then
  vim.api.nvim_win_set_cursor(0, { errors()[1].lnum + 1, errors()[1].col })
  local asked = vim.lsp.util.make_range_params()
  asked.context = { diagnostics = {} }
  for _, answer in pairs(vim.lsp.buf_request_sync(0, "textDocument/codeAction", asked, 10000)) do
    for _, action in ipairs(answer.result) do
      if action.isPreferred then
        vim.lsp.util.apply_workspace_edit(action.edit, "utf-16")
      end
    end
  end
  found.gone = vim.wait(30000, function() return #errors() == 0 end, 50)
end
found.text = vim.api.nvim_buf_get_lines(0, 0, -1, false)
vim.fn.writefile({ vim.fn.json_encode(found) }, "found.json")
vim.cmd("qall!")
"""
WAIT = " " * 16 + "tx.wait()"


def test_an_error_is_shown_and_its_fix_takes_it_away(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "editor.md").read_text(encoding="utf-8")
    (snippet,) = re.findall(r"```lua\n(.*?)```", page, re.DOTALL)
    (tmp_path / "init.lua").write_text(snippet)
    (tmp_path / "steps.lua").write_text(STEPS)
    lines = (ROOT / "examples" / "softmax.py").read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if line.lstrip().startswith("ttl.copy(x["))
    lines[at : at + 1] = [lines[at].replace("ttl.", "tx = ttl.").removesuffix(".wait()"), WAIT]
    wrong = [*lines[: at + 2], WAIT, *lines[at + 2 :]]
    (tmp_path / "softmax.py").write_text("\n".join(wrong) + "\n")
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    homes = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CONFIG", "DATA", "STATE", "CACHE")}
    command = ["nvim", "--headless", "-u", "init.lua", "softmax.py", "-c", "luafile steps.lua"]
    environment = os.environ | homes | {"PATH": path}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=TIMEOUT)
    assert (tmp_path / "found.json").is_file(), done.stderr
    found = json.loads((tmp_path / "found.json").read_text())
    assert found == {"errors": [["TTL0503", at + 2, "ttlang"]], "gone": True, "text": lines}
