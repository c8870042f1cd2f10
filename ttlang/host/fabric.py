"""The links between chips. The simulator moves what operations move between chips without them."""

from __future__ import annotations

from ttlang.host.types import NamedEnum

__all__ = [
    "FabricConfig",
    "set_fabric_config",
]


class FabricConfig(NamedEnum):
    """How chips are linked, under ttnn's names."""

    DISABLED = "disabled"
    FABRIC_1D = "1d"
    FABRIC_1D_RING = "1d ring"
    FABRIC_2D = "2d"


def set_fabric_config(config: FabricConfig, *settings: object, **more: object) -> None:
    """Has no effect: there are no links to set up. A TypeError for what is no configuration."""
    if not isinstance(config, FabricConfig):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"a fabric is configured by a ttnn.FabricConfig, not by {config!r}")
