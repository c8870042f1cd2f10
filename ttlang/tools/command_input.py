"""What a command is given to compile or run: a script, a module, or IR; and files that it is to write."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from ttlang.engine.script import Script, Source


def is_ir(arguments: Namespace) -> bool:
    """Whether it is a file of IR."""
    return arguments.script.endswith(".mlir") and not getattr(arguments, "module", False)


def source_of(arguments: Namespace) -> Source:
    """The script, or the kernels of a file of IR, as the arguments of a command have them."""
    if not is_ir(arguments):
        return Script(arguments.script, arguments.arguments, is_module=getattr(arguments, "module", False))
    from ttlang.tools.ir_kernels import IRFile
    from ttlang.tools.ir_tensors import told, told_as_json

    if arguments.command != "run":
        return IRFile(arguments.script)
    tell = told_as_json if arguments.json else told
    return IRFile(arguments.script, arguments.values, lambda compiled, tensors: print(tell(compiled, tensors)))


def misused(arguments: Namespace) -> str | None:
    """What can't be had of what was given."""
    if not is_ir(arguments):
        return "--values is for IR; a script makes its own tensors" if _file_of_values(arguments) else None
    if arguments.arguments:
        return f"{arguments.script} is IR, which takes no arguments"
    if getattr(arguments, "fix", False):
        return f"{arguments.script} is IR, and --fix edits Python"
    return None


def _file_of_values(arguments: Namespace) -> str | None:
    return arguments.values if arguments.command == "run" else None


def unwritable(option: str, output: str, script: str) -> str | None:
    """Why what a script gives can't be written to the file that an option names."""
    path = Path(output)
    if not output or path.is_dir():
        return f"{option} {output!r} is no file"
    if path.exists() and path.samefile(script):
        return f"{option} {output} is the script itself"
    return None if path.absolute().parent.is_dir() else f"{option} {output}: there is no such folder"
