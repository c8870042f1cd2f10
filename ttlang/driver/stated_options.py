"""Compile options as the `ttl` IR of a kernel states them, so that the IR says all that its lowering depends on."""

from __future__ import annotations

from dataclasses import replace

from xdsl.dialects.builtin import ArrayAttr, ModuleOp, StringAttr

from ttlang.dialects import ttl
from ttlang.dialects.attributes import UNIT, bool_attr
from ttlang.settings.options import CompileOptions
from ttlang.tables.compile_flags import FLAGS

_DEFAULT = CompileOptions()


def state_options(module: ModuleOp, options: CompileOptions) -> None:
    """
    Writes the options that are no defaults to the kernels of a module. The chip is there already, and so is `pad`: the
    front end has to know them.
    """
    for kernel in module.ops:
        if not isinstance(kernel, ttl.KernelOp):
            continue
        if options.fp32_dest_acc_en is not None:
            kernel.fp32_dest_acc_en = bool_attr(options.fp32_dest_acc_en)
        if options.dst_full_sync_en:
            kernel.dst_full_sync_en = bool_attr(True)
        if options.math_approx_mode:
            kernel.math_approx_mode = bool_attr(True)
        if options.allow_tf32:
            kernel.allow_tf32 = UNIT
        if options.math_fidelity != _DEFAULT.math_fidelity:
            kernel.math_fidelity = StringAttr(options.math_fidelity)
        narrow = [
            StringAttr(flag.widens) for name, flag in FLAGS.items() if flag.widens and options.flag(name) is False
        ]
        if narrow:
            kernel.narrow_sums = ArrayAttr(narrow)


def stated_options(kernel: ttl.KernelOp, options: CompileOptions) -> CompileOptions:
    """These options, with what the kernel states of them."""
    dst32, fidelity = kernel.fp32_dest_acc_en, kernel.math_fidelity
    return replace(
        options,
        arch=kernel.arch.data,
        fp32_dest_acc_en=options.fp32_dest_acc_en if dst32 is None else bool(dst32),
        dst_full_sync_en=options.dst_full_sync_en or bool(kernel.dst_full_sync_en),
        math_approx_mode=options.math_approx_mode or bool(kernel.math_approx_mode),
        allow_tf32=options.allow_tf32 or kernel.allow_tf32 is not None,
        pad=options.pad or kernel.pad is not None,
        math_fidelity=options.math_fidelity if fidelity is None else fidelity.data,
    )
