"""Products, reductions and normalizations against torch in float64."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ttlang import host as ttnn

HALF_STEP = {ttnn.bfloat16: 2.0**-8, ttnn.float32: 2.0**-23}
"""A bound of the relative error of rounding to a type."""
FLOAT32 = 2.0**-24


def draw(shape, dtype=ttnn.float32, seed=0, **more):
    values = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    more.setdefault("layout", ttnn.TILE_LAYOUT)
    tensor = ttnn.from_torch(values, dtype, **more)
    return tensor, ttnn.to_torch(tensor).double()


def assert_close(result, expected, steps, size):
    """Within the rounding of the result's type, after `steps` float32 roundings of terms that add up to `size`."""
    assert result.shape == tuple(expected.shape)
    bound = HALF_STEP[result.dtype] * expected.abs() + FLOAT32 * steps * size
    error = (ttnn.to_torch(result).double() - expected).abs()
    assert bool((error <= bound).all()), f"largest error is {(error / bound).max():.2f} times the bound"


@pytest.mark.parametrize("dtype", list(HALF_STEP), ids=str)
@pytest.mark.parametrize(
    ("left", "right"),
    [((33, 65), (65, 70)), ((2, 3, 33, 65), (65, 7)), ((2, 3, 4, 5), (3, 5, 6)), ((40,), (40, 3)), ((3, 40), (40,))],
    ids=str,
)
def test_matmul(left, right, dtype):
    (a, x), (b, y) = draw(left, dtype), draw(right, dtype, seed=1)
    size = x.abs() @ y.abs()
    for result in (ttnn.matmul(a, b), a @ b, ttnn.linear(a, b)):
        assert result.dtype is dtype
        assert_close(result, x @ y, left[-1], size)


def test_matmul_options():
    (a, x), (b, y), (bias, c) = draw((40, 33)), draw((50, 40), seed=1), draw((1, 50), seed=2)
    product, size = x.T @ y.T, x.T.abs() @ y.T.abs()
    assert_close(ttnn.matmul(a, b, transpose_a=True, transpose_b=True), product, 40, size)
    result = ttnn.linear(a, b, bias=bias, transpose_a=True, transpose_b=True, activation="relu")
    assert_close(result, torch.relu(product + c), 42, size + c.abs())
    result = ttnn.matmul(
        a, b, transpose_a=True, transpose_b=True, dtype=ttnn.bfloat16, core_grid=ttnn.CoreGrid(x=8, y=8)
    )
    assert_close(result, product, 40, size)
    out = ttnn.zeros((33, 50), ttnn.bfloat16)
    assert ttnn.matmul(a, b, transpose_a=True, transpose_b=True, optional_output_tensor=out) is out
    assert_close(out, product, 41, size + product.abs())


def test_matmul_refuses_shapes():
    a = ttnn.zeros((2, 3))
    for other, message in (
        (ttnn.zeros((2, 3)), r"inner dimensions of \[2, 3\] and \[2, 3\] differ"),
        (ttnn.zeros(()), "scalar"),
    ):
        with pytest.raises(ValueError, match=message):
            ttnn.matmul(a, other)
    with pytest.raises(ValueError, match="batches"):
        ttnn.matmul(ttnn.zeros((2, 3, 4)), ttnn.zeros((3, 4, 5)))
    with pytest.raises(ValueError, match="activation 'nope'"):
        ttnn.linear(a, ttnn.zeros((3, 2)), activation="nope")
    with pytest.raises(ValueError, match="activation 'add'"):
        ttnn.linear(a, ttnn.zeros((3, 2)), activation="add")
    with pytest.raises(TypeError, match="gives floats"):
        ttnn.matmul(ttnn.ones((2, 2), ttnn.int32), ttnn.ones((2, 2), ttnn.int32))


@pytest.mark.parametrize("dtype", list(HALF_STEP), ids=str)
@pytest.mark.parametrize("dim", [-1, 0, 1])
def test_softmax(dim, dtype):
    tensor, x = draw((3, 33, 65), dtype)
    expected = torch.softmax(x, dim)
    # exp turns an absolute error of its argument, of a few units in size, into a relative one of the share.
    assert_close(ttnn.softmax(tensor, dim), expected, 100, expected)
    large = ttnn.softmax(tensor * 1e30, dim)
    assert torch.isfinite(ttnn.to_torch(large)).all()


@pytest.mark.parametrize("dtype", list(HALF_STEP), ids=str)
@pytest.mark.parametrize("parameters", [(65,), (1, 65), (1, 1, 1, 65)], ids=str)
def test_norms(dtype, parameters):
    (tensor, x), (weight, w), (bias, b) = draw((4, 33, 65), dtype), draw(parameters, seed=1), draw(parameters, seed=2)
    (residual, r), w, b = draw((4, 33, 65), dtype, seed=3), w.reshape(-1), b.reshape(-1)
    size = 4 * w.abs() + b.abs()
    result = ttnn.layer_norm(tensor, epsilon=1e-3, weight=weight, bias=bias)
    assert_close(result, F.layer_norm(x, (65,), w, b, 1e-3), 30, size)
    result = ttnn.layer_norm(tensor, residual_input_tensor=residual)
    assert_close(result, F.layer_norm(x + r, (65,), eps=1e-12), 30, 4 * torch.ones(65))
    result = ttnn.rms_norm(tensor, epsilon=1e-3, weight=weight)
    assert_close(result, F.rms_norm(x, (65,), w, 1e-3), 30, size)
    result = ttnn.rms_norm(tensor, bias=bias, residual_input_tensor=residual)
    assert_close(result, F.rms_norm(x + r, (65,), eps=1e-12) + b, 30, 4 + b.abs())
    with pytest.raises(ValueError, match="one number for each of 65"):
        ttnn.layer_norm(tensor, weight=ttnn.ones((64,)))


@pytest.mark.parametrize("layout", list(ttnn.Layout), ids=str)
@pytest.mark.parametrize("dtype", list(HALF_STEP), ids=str)
@pytest.mark.parametrize("keepdim", [False, True])
@pytest.mark.parametrize("dim", [None, -1, 0, 1, (0, 2), [-1, -2]], ids=str)
def test_reductions(dim, keepdim, dtype, layout):
    tensor, x = draw((3, 33, 65), dtype, layout=layout)
    dims = tuple(range(3)) if dim is None else dim
    size = x.abs().sum(dims, keepdim=keepdim)
    count = x.numel() / size.numel()
    assert_close(ttnn.sum(tensor, dim, keepdim), x.sum(dims, keepdim=keepdim), count, size)
    assert_close(ttnn.sum(tensor, dim=dim, keepdim=keepdim, scalar=0.5), x.sum(dims, keepdim=keepdim) / 2, count, size)
    assert_close(ttnn.mean(tensor, dim, keepdim), x.mean(dims, keepdim=keepdim), count, size / count)
    assert_close(ttnn.max(tensor, dim, keepdim), x.amax(dims, keepdim=keepdim), 0, 0)
    assert_close(ttnn.min(tensor, dim, keepdim), x.amin(dims, keepdim=keepdim), 0, 0)
    variance = x.var(dims, keepdim=keepdim)
    assert_close(ttnn.var(tensor, dim, keepdim), variance, count, 4 * variance)
    assert_close(ttnn.std(tensor, dim, keepdim), variance.sqrt(), count, 4 * variance.sqrt())
    plain = x.var(dims, keepdim=keepdim, correction=0)
    assert_close(ttnn.var(tensor, dim, keepdim, correction=False), plain, count, 4 * plain)


def test_padding_is_not_reduced():
    tensor = ttnn.from_torch(torch.full((3, 5), -2.0), layout=ttnn.TILE_LAYOUT, pad_value=99.0)
    assert ttnn.max(tensor).item() == -2
    assert ttnn.sum(tensor).item() == -30
    assert ttnn.max(tensor, -1).shape == (3,)


def test_reductions_of_integers():
    tensor = ttnn.arange(12, dtype=ttnn.int32).reshape(3, 4)
    assert ttnn.sum(tensor, -1).to_list() == [6, 22, 38]
    assert ttnn.max(tensor, 0).to_list() == [8, 9, 10, 11]
    assert ttnn.sum(tensor, scalar=2).item() == 132
    with pytest.raises(TypeError, match="mean of int32 gives floats"):
        ttnn.mean(tensor)
    with pytest.raises(ValueError, match="no dimension 2"):
        ttnn.sum(tensor, 2)


def test_argmax():
    tensor, x = draw((3, 33, 40))
    for dim, keepdim in ((-1, False), (0, True), (1, False)):
        result = ttnn.argmax(tensor, dim, keepdim)
        assert (result.dtype, result.layout) == (ttnn.uint32, ttnn.ROW_MAJOR_LAYOUT)
        np.testing.assert_array_equal(result.values, x.argmax(dim, keepdim).numpy())
    assert ttnn.argmax(tensor).item() == x.argmax()


def test_operations_stay_on_the_device():
    with ttnn.manage_device() as device:
        a, _ = draw((64, 64), device=device, memory_config=ttnn.L1_MEMORY_CONFIG)
        for result in (a @ a, ttnn.sum(a, -1), ttnn.softmax(a), ttnn.rms_norm(a), ttnn.argmax(a, -1), ttnn.exp(a)):
            assert result.device() is device
            assert result.memory_config() == ttnn.L1_MEMORY_CONFIG
        assert ttnn.matmul(a, a, memory_config=ttnn.DRAM_MEMORY_CONFIG).memory_config() == ttnn.DRAM_MEMORY_CONFIG


def test_generic_op_takes_an_input_and_an_output():
    with pytest.raises(RuntimeError, match="an input and an output"):
        ttnn.generic_op([], ttnn.ProgramDescriptor())
