"""The module as a whole: what importing it loads, how it stands in for ttnn, and scripts that use it."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from ttlang import host

ROOT = Path(__file__).parents[2]
without_real_ttnn = pytest.mark.skipif(find_spec("ttnn") is not None, reason="the real ttnn is installed here")


def run(script, *path, **environment):
    """Runs a script in a fresh Python, with warnings as errors and folders put in front of the search path."""
    search = os.pathsep.join(map(str, (*path, ROOT)))
    command = [sys.executable, "-W", "error", "-c", script]
    environment = {**os.environ, "PYTHONPATH": search, **environment}
    result = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=path[0] if path else ROOT)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_importing_loads_neither_torch_nor_xdsl():
    script = "import sys, ttlang.host; print(sorted({'torch', 'xdsl'} & set(sys.modules)))"
    assert run(script).strip() == "[]"


@without_real_ttnn
def test_everything_but_torch_tensors_works_without_torch():
    script = """
import sys
sys.modules["torch"] = None
import numpy as np
from ttlang import ttnn
device = ttnn.open_device(device_id=0)
values = np.arange(2 * 33 * 65, dtype=np.float32).reshape(2, 33, 65) % 8
tensor = ttnn.from_torch(values, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
doubled = ttnn.to_numpy(tensor + tensor).astype(np.float32)
assert (doubled == 2 * values).all()
print(tensor.shape, ttnn.matmul(tensor, ttnn.transpose(tensor, -2, -1)).shape)
try:
    ttnn.to_torch(tensor)
except ImportError as error:
    print(error)
"""
    shapes, message = run(script).splitlines()
    assert shapes == "Shape([2, 33, 65]) Shape([2, 33, 33])"
    assert "pip install 'ttlang[torch]'" in message
    assert "to_numpy" in message


@without_real_ttnn
def test_find_ttnn_without_a_real_one():
    assert run("from ttlang.host import find_ttnn; print(find_ttnn().__name__)").strip() == "ttlang.host"


@pytest.fixture
def real_ttnn(tmp_path):
    (tmp_path / "ttnn").mkdir()
    (tmp_path / "ttnn" / "__init__.py").write_text("real = True\n")
    return tmp_path


def test_a_real_ttnn_comes_first(real_ttnn):
    script = """
import ttlang.host
ttlang.host.install_as_ttnn()
import ttnn
from ttlang import ttnn as other
print(ttnn.real, ttlang.host.find_ttnn() is ttnn is other)
"""
    assert run(script, real_ttnn).strip() == "True True"


@without_real_ttnn
def test_a_folder_called_ttnn_is_no_ttnn(tmp_path):
    (tmp_path / "ttnn").mkdir()
    assert run("from ttlang.host import find_ttnn; print(find_ttnn().__name__)", tmp_path).strip() == "ttlang.host"


@without_real_ttnn
def test_install_as_ttnn():
    script = """
import ttlang.host
ttlang.host.install_as_ttnn()
ttlang.host.install_as_ttnn()
import ttnn
import ttnn.device
from ttnn import exp, Tensor
import ttnn.types as types
print(ttnn is ttlang.host is ttlang.host.find_ttnn(), ttnn.device.Device is ttnn.Device)
print(types.DataType is ttnn.DataType)
"""
    assert run(script).strip().split() == ["True"] * 3


def test_names_that_it_lacks():
    with pytest.raises(AttributeError, match=r"no ttnn\.conv2d: .*real ttnn is installed"):
        host.conv2d
    with pytest.raises(AttributeError, match=r"no ttnn\.matmull: .*it has: matmul"):
        host.matmull
    assert not hasattr(host, "__path_of_no_use__")


SCRIPT = """
from ttlang.host import install_as_ttnn
install_as_ttnn()

import torch
import ttnn

device = ttnn.open_device(device_id=0)
torch.manual_seed(0)
given = torch.randn(64, 64, dtype=torch.bfloat16)
settings = dict(dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
source = ttnn.from_torch(given, memory_config=ttnn.DRAM_MEMORY_CONFIG, **settings)
target = ttnn.from_torch(torch.zeros(64, 64, dtype=torch.bfloat16), memory_config=ttnn.L1_MEMORY_CONFIG, **settings)
scale = ttnn.from_torch(torch.full((32, 32), 0.5, dtype=torch.bfloat16), **settings)
scalar = ttnn.full((32, 32), 0.25, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)

hidden = ttnn.relu(ttnn.add(ttnn.exp(source), source))
flipped = ttnn.transpose(source, -2, -1)
target.pages[:] = flipped.pages

assert torch.equal(ttnn.to_torch(target), given.T)
assert ttnn.to_torch(hidden).min() >= 0
assert ttnn.to_torch(scale)[31, 31] == 0.5
print(f"Output: {ttnn.to_torch(scalar)[0, 0].item()}")
ttnn.close_device(device)
"""


@without_real_ttnn
@pytest.mark.parametrize("arch", ["wormhole_b0", "blackhole"])
def test_a_script_as_the_guides_write_them(arch):
    assert run(SCRIPT, TTLANG_ARCH=arch) == "Output: 0.25\n"
