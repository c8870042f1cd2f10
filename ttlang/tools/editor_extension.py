"""`ttlang vscode install`: the extension for VS Code and its kin, which a wheel carries."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from ttlang.engine.exits import Exit

EDITORS = ("code", "code-insiders", "codium", "code-server", "cursor", "windsurf")
"""Commands of editors that take the extension."""
_PACKAGE = Path(__file__).parent.parent


def extension_file() -> Path | None:
    """The extension: in a wheel inside the package, in a checkout where `make vsix` puts it. None: it is in neither."""
    places = _PACKAGE / "ttlang.vsix", _PACKAGE.parent / "build" / "ttlang.vsix"
    return next((path for path in places if path.is_file()), None)


def install(editor: str | None) -> Exit:
    """
    Has an editor install the extension, and prints what it says. `editor`: its command; None is each of `EDITORS` that
    is on the PATH.
    """
    file = extension_file()
    if file is None:
        print(
            "ttlang: there is no extension in this installation; in a checkout, `make vsix` builds it", file=sys.stderr
        )
        return Exit.COMMAND
    names = EDITORS if editor is None else (editor,)
    found = [path for name in names if (path := shutil.which(name)) is not None]
    if not found:
        print(
            f"ttlang: there is no command {' or '.join(names)} here. The extension is {file}; "
            'in an editor it is installed with "Extensions: Install from VSIX..."',
            file=sys.stderr,
        )
        return Exit.COMMAND
    failed = [path for path in found if subprocess.run([path, "--install-extension", str(file), "--force"]).returncode]
    for path in failed:
        print(f"ttlang: {path} has not installed {file}", file=sys.stderr)
    return Exit.COMMAND if failed else Exit.OK
