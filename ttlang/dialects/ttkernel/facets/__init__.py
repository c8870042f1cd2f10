"""
What is known of a kernel call beyond its text: `FACETS` of its operation's class say it, and `Unpacks.of(op)` asks.

A facet names fields of the operation: operands for what loops compute (tiles, DST slots), properties for what is fixed
(buffers, counts). What a class does not declare is asked of its parents; the nearest declaration of a kind counts.
Sources of the facts about inits, formats and the packer: docs/hardware.md, "Init and formats".
"""

# The vocabulary as one, whatever file it is in.
# pyright: reportUnusedImport=false

from __future__ import annotations

from ttlang.dialects.ttkernel.facets.compute import (
    ComputeOnly,
    OpensSections,
    PackerFormat,
    Packs,
    ReadsBesideDst,
    ReadsThrough,
    Sources,
    Tiles,
    Unpacks,
    UsesDst,
    WideDefine,
)
from ttlang.dialects.ttkernel.facets.configuration import Configuration, Configures, Needs, Unit
from ttlang.dialects.ttkernel.facets.data_movement import (
    Awaited,
    DataMovementOnly,
    Drains,
    Extent,
    Fills,
    HandsPages,
    MovesPages,
    Polls,
    ReachesCores,
    ReadsTensor,
    Sends,
    Signals,
    Waits,
    WritesTensor,
)
from ttlang.dialects.ttkernel.facets.facet import Facet, declared, facets, number_in, operations_with, property_names
from ttlang.dialects.ttkernel.facets.values import HandedOver, IsExpression
