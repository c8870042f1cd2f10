"""Kernels that depend on something, as text, and what changes it."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import indent
from typing import Any

import numpy as np

from tests.support.one_tile_kernels import one_tile_kernel
from ttlang.host import TILE_LAYOUT, from_numpy, open_device, zeros
from ttlang.tables.dtypes import BF16

IMPORTS = """
import array
import collections
import dataclasses
import enum
import functools
import itertools
import math
import os
import random
import time
import types

import numpy as np
import torch

from ttlang import ttl
"""
OBJECT = "class A:\n    def __init__(self, **k): self.__dict__.update(k)\n"


def dependent_kernel(
    inside: str,
    *,
    setup: str = "",
    outer: str = "pass",
    parameters: str = "",
    early: str = "pass",
    change: str = "pass",
) -> str:
    """
    A module whose kernel multiplies x with `inside`, as a thread reads it.

    `setup` stands in the module, `outer` around the kernel function, `early` in it; calling `change` changes something.
    """
    kernel = one_tile_kernel(f"xv * {inside}", parameters=parameters, first=early)
    return f"""{IMPORTS}
{setup}

def make():
    {outer}

{indent(kernel, "    ")}
    def change():
        {indent(change, " " * 8).lstrip()}

    return kernel, change

kernel, change = make()
"""


def load_kernel(load: Callable[[str], Any], setup: str, factor: str, change: str, *, early: bool) -> Any:
    """A module whose kernel reads the factor when its function is run, or in a thread."""
    if early:
        return load(dependent_kernel("factor", setup=setup, early=f"factor = {factor}", change=change))
    return load(dependent_kernel(factor, setup=setup, change=change))


def tensors() -> list[Any]:
    device = open_device(device_id=0)
    values = np.ones((32, 32), np.float32)
    return [
        from_numpy(values, dtype=BF16, layout=TILE_LAYOUT, device=device),
        zeros((32, 32), dtype=BF16, layout=TILE_LAYOUT, device=device),
    ]
