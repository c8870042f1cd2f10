"""What a kernel is compiled for."""

from __future__ import annotations

from typing import NamedTuple

from ttlang.settings.variables import ARCH, METAL_API, METAL_APIS
from ttlang.tables.chips import DEFAULT_ARCHITECTURE, Architecture, find_architecture


class Target(NamedTuple):
    """A chip, and the generation of the kernel API. Resolved once, handed down, and kept with what it compiled."""

    chip: Architecture
    metal_api: str


def resolve(arch: str, metal_api: str) -> Target:
    """
    The target of these options: of an empty one, the environment's choice; else Wormhole B0, and the newest generation.
    Raises a TTL0009 for an environment that is wrong.
    """
    chip = find_architecture(arch or ARCH.get(DEFAULT_ARCHITECTURE.name))
    return Target(chip, metal_api or METAL_API.get(METAL_APIS[-1]))
