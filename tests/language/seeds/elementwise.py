"""Kernels of one tile, elementwise: the templates of the import guides, their snippets, the language's own examples."""

from __future__ import annotations

from typing import Any

import torch

from tests.language.seeds.cases import PRODUCT, ROUNDING, TRUNCATION, Case, load, normal, positive, save
from ttlang import ttl


@ttl.kernel(grid=(1, 1))
def explicit_releases(input1, input2, output):
    input1_cb = ttl.make_circular_buffer_like(input1, shape=(1, 1), buffer_factor=2)
    input2_cb = ttl.make_circular_buffer_like(input2, shape=(1, 1), buffer_factor=2)
    output_cb = ttl.make_circular_buffer_like(output, shape=(1, 1), buffer_factor=2)

    @ttl.compute()
    def compute():
        a = input1_cb.wait()
        b = input2_cb.wait()
        o = output_cb.reserve()

        result = a + b

        o.store(result)
        input1_cb.pop()
        input2_cb.pop()
        output_cb.push()

    @ttl.datamovement()
    def dm_read():
        blk = input1_cb.reserve()
        tx = ttl.copy(input1[0, 0], blk)
        tx.wait()
        input1_cb.push()

        blk2 = input2_cb.reserve()
        tx2 = ttl.copy(input2[0, 0], blk2)
        tx2.wait()
        input2_cb.push()

    @ttl.datamovement()
    def dm_write():
        blk = output_cb.wait()
        tx = ttl.copy(blk, output[0, 0])
        tx.wait()
        output_cb.pop()

    return ttl.Program(compute, dm_read, dm_write)(input1, input2, output)


@ttl.kernel(grid=(1, 1))
def nested_scopes(lhs, rhs, out):
    lhs_cb = ttl.make_circular_buffer_like(lhs, shape=(1, 1), buffer_factor=2)
    rhs_cb = ttl.make_circular_buffer_like(rhs, shape=(1, 1), buffer_factor=2)
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1), buffer_factor=2)

    @ttl.compute()
    def compute():
        with lhs_cb.wait() as a, rhs_cb.wait() as b:
            with out_cb.reserve() as o:
                result = a + b
                o.store(result)

    @ttl.datamovement()
    def dm_read():
        with lhs_cb.reserve() as blk:
            tx = ttl.copy(lhs[0, 0], blk)
            tx.wait()
        with rhs_cb.reserve() as blk:
            tx = ttl.copy(rhs[0, 0], blk)
            tx.wait()

    @ttl.datamovement()
    def dm_write():
        with out_cb.wait() as blk:
            tx = ttl.copy(blk, out[0, 0])
            tx.wait()


@ttl.kernel(grid=(1, 1))
def fused_three(input, bias, out):
    input_cb = ttl.make_circular_buffer_like(input, shape=(1, 1), buffer_factor=2)
    bias_cb = ttl.make_circular_buffer_like(bias, shape=(1, 1), buffer_factor=2)
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1), buffer_factor=2)

    @ttl.compute()
    def compute():
        inp = input_cb.wait()
        b = bias_cb.wait()
        o = out_cb.reserve()
        result = ttl.math.relu(ttl.math.exp(inp) + b)
        o.store(result)
        inp.pop()
        b.pop()
        o.push()

    @ttl.datamovement()
    def dm_read():
        load(input, input_cb)
        load(bias, bias_cb)

    @ttl.datamovement()
    def dm_write():
        save(out_cb, out)


@ttl.kernel(grid=(1, 1))
def fused_chain(input, bias, out):
    input_cb = ttl.make_circular_buffer_like(input, shape=(1, 1), buffer_factor=2)
    bias_cb = ttl.make_circular_buffer_like(bias, shape=(1, 1), buffer_factor=2)
    output_cb = ttl.make_circular_buffer_like(out, shape=(1, 1), buffer_factor=2)

    @ttl.compute()
    def fused_compute():
        a = input_cb.wait()
        b = bias_cb.wait()
        o = output_cb.reserve()

        x = ttl.math.exp(a)
        y = x + b
        z = ttl.math.sigmoid(y)
        result = ttl.math.relu(z)

        o.store(result)
        input_cb.pop()
        bias_cb.pop()
        output_cb.push()

    @ttl.datamovement()
    def dm_read():
        load(input, input_cb)
        load(bias, bias_cb)

    @ttl.datamovement()
    def dm_write():
        save(output_cb, out)


@ttl.kernel(grid=(1, 1))
def powers(x, out):
    x_cb = ttl.make_circular_buffer_like(x, shape=(1, 1), buffer_factor=2)
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1), buffer_factor=2)

    @ttl.compute()
    def compute():
        with x_cb.wait() as xv, out_cb.reserve() as o:
            o.store(ttl.power(xv, 2) + ttl.power(xv, 3))

    @ttl.datamovement()
    def dm_read():
        load(x, x_cb)

    @ttl.datamovement()
    def dm_write():
        save(out_cb, out)


@ttl.kernel(grid=(1, 1))
def gelu_kernel(x, out):
    x_cb = ttl.make_circular_buffer_like(x, shape=(1, 1), buffer_factor=2)
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1), buffer_factor=2)

    @ttl.compute()
    def compute():
        with x_cb.wait() as xv:
            with out_cb.reserve() as o:
                x3 = xv * xv * xv
                inner = xv + x3 * 0.044715
                result = xv * 0.5 * (1 + ttl.math.tanh(inner * 0.7978845608))
                o.store(result)

    @ttl.datamovement()
    def dm_read():
        load(x, x_cb)

    @ttl.datamovement()
    def dm_write():
        save(out_cb, out)


@ttl.kernel(grid=(1, 1))
def silu_kernel(x, out):
    input_cb = ttl.make_circular_buffer_like(x, shape=(1, 1), buffer_factor=2)
    output_cb = ttl.make_circular_buffer_like(out, shape=(1, 1), buffer_factor=2)

    @ttl.compute()
    def silu_compute():
        x = input_cb.wait()
        o = output_cb.reserve()

        result = x * ttl.math.sigmoid(x)

        o.store(result)
        input_cb.pop()
        output_cb.push()

    @ttl.datamovement()
    def dm_read():
        load(x, input_cb)

    @ttl.datamovement()
    def dm_write():
        save(output_cb, out)


@ttl.kernel(grid=(1, 1))
def layer_norm_kernel(inp, mean_in, var_in, gamma_in, beta_in, out):
    input_cb = ttl.make_circular_buffer_like(inp, shape=(1, 1), buffer_factor=2)
    mean_cb = ttl.make_circular_buffer_like(mean_in, shape=(1, 1), buffer_factor=2)
    var_cb = ttl.make_circular_buffer_like(var_in, shape=(1, 1), buffer_factor=2)
    gamma_cb = ttl.make_circular_buffer_like(gamma_in, shape=(1, 1), buffer_factor=2)
    beta_cb = ttl.make_circular_buffer_like(beta_in, shape=(1, 1), buffer_factor=2)
    output_cb = ttl.make_circular_buffer_like(out, shape=(1, 1), buffer_factor=2)

    @ttl.compute()
    def layernorm_elementwise():
        x = input_cb.wait()
        mean = mean_cb.wait()
        var = var_cb.wait()
        gamma = gamma_cb.wait()
        beta = beta_cb.wait()
        o = output_cb.reserve()

        x_centered = x - mean
        x_norm = x_centered * ttl.math.rsqrt(var)
        result = x_norm * gamma + beta

        o.store(result)
        input_cb.pop()
        mean_cb.pop()
        var_cb.pop()
        gamma_cb.pop()
        beta_cb.pop()
        output_cb.push()

    @ttl.datamovement()
    def dm_read():
        for tensor, cb in (
            (inp, input_cb),
            (mean_in, mean_cb),
            (var_in, var_cb),
            (gamma_in, gamma_cb),
            (beta_in, beta_cb),
        ):
            load(tensor, cb)

    @ttl.datamovement()
    def dm_write():
        save(output_cb, out)


@ttl.kernel(grid=(1, 1))
def single_op(inp, out):
    inp_cb = ttl.make_circular_buffer_like(inp, shape=(1, 1), buffer_factor=2)
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1), buffer_factor=2)

    @ttl.compute()
    def compute():
        with inp_cb.wait() as x:
            with out_cb.reserve() as o:
                result = ttl.math.exp(x)
                o.store(result)

    @ttl.datamovement()
    def dm_read():
        load(inp, inp_cb)

    @ttl.datamovement()
    def dm_write():
        save(out_cb, out)


@ttl.kernel(grid=(1, 1))
def hypotenuse(a, b, y):
    a_cb = ttl.make_circular_buffer_like(a, shape=(1, 1))
    b_cb = ttl.make_circular_buffer_like(b, shape=(1, 1))
    y_cb = ttl.make_circular_buffer_like(y, shape=(1, 1))

    @ttl.datamovement()
    def some_read():
        a_blk, b_blk = a_cb.reserve(), b_cb.reserve()
        a_xf = ttl.copy(a[0:1, 0:1], a_blk)
        b_xf = ttl.copy(b[0:1, 0:1], b_blk)
        a_xf.wait()
        b_xf.wait()
        a_blk.push()
        b_blk.push()

    @ttl.compute()
    def some_compute():
        with a_cb.wait() as a_blk, b_cb.wait() as b_blk, y_cb.reserve() as y_blk:
            a_squared = a_blk**2
            b_squared = b_blk**2
            y = ttl.math.sqrt(a_squared + b_squared)
            y_blk.store(y)

    @ttl.datamovement()
    def some_write():
        with y_cb.wait() as y_blk:
            y_xf = ttl.copy(y_blk, y[0:1, 0:1])
            y_xf.wait()


TILE = (32, 32)
X, Y = normal(*TILE), normal(*TILE, seed=1)
SUM: dict[str, Any] = {"bound": lambda a, b: {"scale": torch.maximum(a.abs(), b.abs()), "roundings": 1}}


def gelu(x: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.gelu(x, approximate="tanh")


CASES = {
    # The FPU rounds the smaller addend and the sum.
    "explicit_releases": Case(explicit_releases, (X, Y), torch.add, **SUM),
    "nested_scopes": Case(nested_scopes, (X, Y), torch.add, **SUM),
    # exp rounds, the sum is cut.
    "fused_three": Case(
        fused_three,
        (X, Y),
        lambda x, b: torch.relu(torch.exp(x) + b),
        lambda x, b: {"scale": torch.maximum(x.exp(), b.abs()), "roundings": ROUNDING + TRUNCATION},
    ),
    # The slope of sigmoid is at most 1/4, and it vanishes where the exponential is large: its error counts below 8.
    "fused_chain": Case(
        fused_chain,
        (X, Y),
        lambda x, b: torch.sigmoid(torch.exp(x) + b),
        lambda x, b: {"roundings": 1, "absolute": 0.25 * 1.5 * 2.0**-5},
    ),
    # The square, the cube by two products, and their sum.
    "powers": Case(
        powers,
        (X,),
        lambda x: x**2 + x**3,
        lambda x: {"scale": torch.maximum(x**2, x.abs() ** 3), "roundings": 3 * PRODUCT + TRUNCATION},
    ),
    # tanh's argument is good to 5 % (two products of 1.1 %, three cut results of 0.8 %), which x / 2 * sech(u)**2 * u
    # makes at most 0.25 of; three more roundings of x * (1 + tanh) / 2, whose factor has an absolute error.
    "gelu": Case(
        gelu_kernel, (X,), gelu, lambda x: {"scale": x, "roundings": 3 + PRODUCT / 2, "absolute": 0.05 * 0.25}
    ),
    "silu": Case(silu_kernel, (X,), torch.nn.functional.silu, lambda x: {"roundings": ROUNDING + PRODUCT}),
    # The centered value and the last sum are of addends; between them two products and a rounded reciprocal root.
    "layer_norm_elementwise": Case(
        layer_norm_kernel,
        (X, Y, positive(*TILE), normal(*TILE, seed=2), normal(*TILE, seed=3)),
        lambda x, mean, var, gamma, beta: (x - mean) / torch.sqrt(var) * gamma + beta,
        lambda x, mean, var, gamma, beta: {
            "scale": torch.maximum(torch.maximum(x.abs(), mean.abs()) / torch.sqrt(var) * gamma.abs(), beta.abs()),
            "roundings": 2 * TRUNCATION + 2 * PRODUCT + ROUNDING,
        },
    ),
    "single_op": Case(single_op, (X,), torch.exp, lambda x: {"roundings": 1}),
    # The root halves what the squares and their sum lose.
    "hypotenuse": Case(
        hypotenuse, (X, Y), lambda a, b: torch.sqrt(a**2 + b**2), lambda *_: {"roundings": PRODUCT / 2 + 2}
    ),
}
