"""Facts as they go on to the client: with their places as they are now, and as it counts."""

from __future__ import annotations

from typing import Any

from ttlang.editor.client_places import ClientPlaces
from ttlang.editor.open_script import OpenScript
from ttlang.editor.positions import Position
from ttlang.engine.facts.kernel_facts import facts_to_json

_ENDS = (("line", "character"), ("end_line", "end_character"))


def facts_for_client(script: OpenScript, places: ClientPlaces) -> dict[str, Any]:
    """What `ttlang/facts` tells: `KernelFacts` in their JSON form. Characters of other files stay code points."""
    kernels = [_counted(facts_to_json(facts), script, places) for facts in script.facts.values()]
    return {"uri": script.uri, "version": script.version, "kernels": kernels}


def _counted(value: Any, script: OpenScript, places: ClientPlaces) -> Any:
    if isinstance(value, list):
        return [_counted(each, script, places) for each in value]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(value, dict):
        return value
    fields: dict[str, Any] = {str(name): _counted(each, script, places) for name, each in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if fields.get("file") == script.document.path and "end_character" in fields:
        for line, character in _ENDS:
            place = Position(max(fields[line], 0), fields[character])
            fields[character] = places.position(script.document.lines, place).character
    return fields
