"""What a build of the package takes in beside its files: the extension for VS Code, if `make vsix` has built it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class EditorExtension(BuildHookInterface):
    """A source distribution has it where the wheel that is built of it looks for it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        built = Path(self.root, "build", "ttlang.vsix")
        if version == "standard" and built.is_file():
            inside = {"wheel": "ttlang/ttlang.vsix", "sdist": "build/ttlang.vsix"}[self.target_name]
            build_data["force_include"][str(built)] = inside
