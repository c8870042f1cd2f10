"""The links between chips."""

import pytest

from ttlang import host as ttnn


def test_a_configuration_is_one_of_the_names():
    for config in ttnn.FabricConfig:
        ttnn.set_fabric_config(config)
    with pytest.raises(TypeError, match=r"by a ttnn\.FabricConfig, not by 'FABRIC_1D'"):
        ttnn.set_fabric_config("FABRIC_1D")
