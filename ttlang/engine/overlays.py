"""Modules that are open in the editor, as they are there: what a script imports is not what lies on the disk."""

from __future__ import annotations

import importlib.util
import linecache
import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType


class Overlays(MetaPathFinder):
    """Finds modules whose files have another text here, before Python looks for them."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def install(self) -> None:
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def set(self, path: str, text: str | None) -> None:
        """From now on a file reads so. None: as it lies on the disk."""
        path = os.path.realpath(path)
        if text is None:
            self._texts.pop(path, None)
            linecache.cache.pop(path, None)
        else:
            self._texts[path] = text
            # Without a time of change, so that nobody looks whether the file has another.
            linecache.cache[path] = len(text), None, text.splitlines(keepends=True), path

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not self._texts:
            return None
        for folder in sys.path if path is None else path:
            stem = os.path.join(os.path.realpath(folder or os.getcwd()), fullname.rpartition(".")[2])
            for file, inside in ((os.path.join(stem, "__init__.py"), [stem]), (f"{stem}.py", None)):
                if (text := self._texts.get(file)) is not None:
                    loader = _Loader(fullname, file, text)
                    return importlib.util.spec_from_file_location(
                        fullname, file, loader=loader, submodule_search_locations=inside
                    )
            if PathFinder.find_spec(fullname, [folder]) is not None:
                return None
        return None


class _Loader(SourceFileLoader):
    """Of one text, which is compiled each time: the file's bytecode is of another."""

    def __init__(self, fullname: str, path: str, text: str):
        super().__init__(fullname, path)
        self._text = text

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._text, self.path, "exec", dont_inherit=True)

    def get_source(self, fullname: str) -> str:
        return self._text
