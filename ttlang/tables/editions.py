"""THE editions of the language: what a decorator chooses for its kernel, a record for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

MODULES: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("broadcast", "fill", "transpose", "typecast", "where"), ("ttl", "ttl.block")),
    **dict.fromkeys(("mask", "mask_posinf"), ("ttl.math", "ttl.block")),
    **dict.fromkeys(("reduce_max", "reduce_sum"), ("ttl", "ttl.math")),
    "matmul": ("ttl", "ttl"),
    **dict.fromkeys(("squeeze", "unsqueeze"), ("ttl.block", "ttl.block")),
}
"""Where 2025 and 2026 have functions of blocks, of those that are not in `ttl.math` in both."""


class Edition(NamedTuple):
    """What differs between the editions in meaning, and what each calls what both have."""

    name: str
    words: Mapping[str, str]
    """
    What messages and hints call what all editions have, by concept. `release` is given a buffer's name, and `push` or
    `pop`.
    """
    own_names: frozenset[str]
    """What users write that not all editions have. `ttl.block` stands for all that is in it."""
    reduced_dims: Literal["stay", "go"]
    """What the `dims` of a reduction are, where none is negative: those that stay, or those that go."""
    auto_grid: Literal["tiles", "device"]
    """What `grid="auto"` is: as many cores as the last tensor has tiles, or those of the chip that pipes reach."""
    relics: Literal["error", "check"]
    """What becomes of arguments of the decorator that say nothing that the threads don't (`option_relics.py`)."""
    unemptied_buffer: Literal["error", "warning"]
    """What it is that nobody empties a buffer: the kernel runs as long as the ring has room."""
    unreceived_block: Literal["error", "warning"]
    """
    What it is that a core receives fewer blocks of a pipe than are sent: the kernel ends as long as nobody waits for
    room in the pipe.
    """
    notes: bool
    """Whether it is told of what the edition itself leaves open or no longer has, and ours takes."""
    linear_cores: Literal["x fastest", "last fastest"]
    """How `dims=1` counts cores: `y * columns + x`, or the last coordinate fastest, `x * rows + y`."""
    missing_release: Literal["error", "insert"]
    """What becomes of a block that its author does not release: the compiler may do so behind its last use."""
    missing_wait: Literal["error", "insert"]
    """What becomes of a transfer that its author does not wait for."""
    without_threads: Literal["error", "nothing"]
    """What a kernel is that makes nothing, and has no threads: a mistake, or a body that has work for none."""
    host_tensors: bool
    """Whether kernels take tensors that are in the memory of the host, in the simulator."""
    released_values: Literal["error", "keep"]
    """What becomes of a value that is stored when a block that it is computed from has been released."""
    waited_stores: Literal["error", "replace"]
    """What becomes of a store to a block that was waited for, and read: it may hold that from then on."""
    wide_sums: bool
    """Whether DST has 32 bits where a kernel adds up (`reduce_sum`, products of matrices), unless its author says."""
    numbers: tuple[str, ...]
    """
    Which names the numbers of functions have (`Parameter.names`), and so their order: its own, then those that a call
    by position is read by if it does not fit these.
    """

    @property
    def decorator(self) -> str:
        """The decorator that chooses it: `kernel` or `operation`."""
        return self.words["decorator"]

    def has(self, name: str) -> bool:
        """Whether a name that not all editions have is one of its own."""
        return any(name == own or name.startswith(f"{own}.") for own in self.own_names)


EDITION_2025 = Edition(
    "2025",
    words={
        "decorator": "kernel",
        "buffer": "make_circular_buffer_like",
        "core": "core",
        "release": "{0}.{1}()",
        **{name: f"{module}.{name}" for name, (module, _) in MODULES.items()},
    },
    own_names=frozenset({"ttl.make_circular_buffer_like"}),
    reduced_dims="stay",
    auto_grid="tiles",
    relics="error",
    unemptied_buffer="error",
    unreceived_block="error",
    notes=False,
    linear_cores="x fastest",
    missing_release="error",
    missing_wait="error",
    without_threads="error",
    host_tensors=False,
    released_values="error",
    waited_stores="error",
    wide_sums=False,
    numbers=("2025", "2026"),
)
EDITION_2026 = Edition(
    "2026",
    words={
        "decorator": "operation",
        "buffer": "make_dataflow_buffer_like",
        "core": "node",
        "release": "{1}() of the block of {0}",
        **{name: f"{module}.{name}" for name, (_, module) in MODULES.items()},
    },
    own_names=frozenset({"ttl.make_dataflow_buffer_like", "ttl.node", "ttl.block"}),
    reduced_dims="go",
    auto_grid="device",
    relics="check",
    unemptied_buffer="warning",
    unreceived_block="warning",
    notes=True,
    linear_cores="last fastest",
    missing_release="insert",
    missing_wait="insert",
    without_threads="nothing",
    host_tensors=True,
    released_values="keep",
    waited_stores="replace",
    wide_sums=True,
    numbers=("2026",),
)
EDITIONS = {edition.name: edition for edition in (EDITION_2025, EDITION_2026)}
DEFAULT = EDITION_2025
"""What is spoken where no kernel says more."""


def owner_of(name: str) -> Edition:
    """The first edition that has a name which not all have."""
    return next(edition for edition in EDITIONS.values() if edition.has(name))


def vocabularies() -> tuple[str, ...]:
    """All names of numbers that an edition has."""
    return tuple(dict.fromkeys(each for edition in EDITIONS.values() for each in edition.numbers))


def phrase(name: str) -> str:
    """What messages call a function of blocks: where the editions have it in other modules, a word of `words`."""
    return f"⟦{name}⟧" if name in MODULES else f"ttl.math.{name}"
