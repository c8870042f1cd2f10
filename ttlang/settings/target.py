"""What a kernel is compiled for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ttlang.settings.variables import ARCH, METAL_API
from ttlang.tables.kernel_api import NEWEST, Generation, find_generation

if TYPE_CHECKING:
    from ttlang.tables.chips import Chip


class Target(NamedTuple):
    """A chip, and the generation of the kernel API. Resolved once, handed down, and kept with what it compiled."""

    chip: Chip
    generation: Generation


def resolve(arch: str, metal_api: str) -> Target:
    """
    The target of these options: of an empty one, the environment's choice; else the default chip, or the
    newest generation. Raises a TTL0009 for an environment that is wrong.
    """
    from ttlang.tables.chips import DEFAULT_CHIP, find_chip

    chip = find_chip(arch or ARCH.get(DEFAULT_CHIP.name))
    return Target(chip, find_generation(metal_api or METAL_API.get(NEWEST.name)))
