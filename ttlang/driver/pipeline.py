"""The one list of passes from `ttl` to `ttkernel`, each with the reason for its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from ttlang.analysis.locations import span_of
from ttlang.diagnostics import error
from ttlang.dialects import ttl
from ttlang.settings.options import CompileOptions
from ttlang.tables.chips import DEFAULT_CHIP
from ttlang.transforms.pass_order import OrderedPass, check_order
from ttlang.transforms.ttkernel_cse import TTKernelCSEPass
from ttlang.transforms.ttkernel_hoist_accumulation import TTKernelHoistAccumulationPass
from ttlang.transforms.ttkernel_insert_inits import TTKernelInsertInitsPass
from ttlang.transforms.ttkernel_insert_line_zones import TTKernelInsertLineZonesPass
from ttlang.transforms.ttl_allocate_circular_buffers import TTLAllocateCircularBuffersPass
from ttlang.transforms.ttl_assign_dst_registers import TTLAssignDSTRegistersPass
from ttlang.transforms.ttl_buffer_carried_values import TTLBufferCarriedValuesPass
from ttlang.transforms.ttl_expand_functions import TTLExpandFunctionsPass
from ttlang.transforms.ttl_expand_reductions import TTLExpandReductionsPass
from ttlang.transforms.ttl_expand_threads import TTLExpandThreadsPass
from ttlang.transforms.ttl_finish_sums import TTLFinishSumsPass
from ttlang.transforms.ttl_fit_dst import TTLFitDSTPass
from ttlang.transforms.ttl_form_compute import TTLFormComputePass
from ttlang.transforms.ttl_hand_over_sections import TTLHandOverSectionsPass
from ttlang.transforms.ttl_insert_ends import TTLInsertEndsPass
from ttlang.transforms.ttl_insert_synchronization import TTLInsertSynchronizationPass
from ttlang.transforms.ttl_keep_held_blocks import TTLKeepHeldBlocksPass
from ttlang.transforms.ttl_keep_released_values import TTLKeepReleasedValuesPass
from ttlang.transforms.ttl_lower_compute import TTLLowerComputePass
from ttlang.transforms.ttl_lower_data_movement import TTLLowerDataMovementPass
from ttlang.transforms.ttl_lower_elements import TTLLowerElementsPass
from ttlang.transforms.ttl_lower_layouts import TTLLowerLayoutsPass
from ttlang.transforms.ttl_lower_pipes import TTLLowerPipesPass
from ttlang.transforms.ttl_lower_prints import TTLLowerPrintsPass
from ttlang.transforms.ttl_lower_synchronization import TTLLowerSynchronizationPass
from ttlang.transforms.ttl_materialize_operands import TTLMaterializeOperandsPass
from ttlang.transforms.ttl_pack_partial_sums import TTLPackPartialSumsPass
from ttlang.transforms.ttl_place_accumulators import TTLPlaceAccumulatorsPass
from ttlang.transforms.ttl_place_pipes import TTLPlacePipesPass
from ttlang.transforms.ttl_promote_buffered_sums import TTLPromoteBufferedSumsPass
from ttlang.transforms.ttl_promote_replaced_blocks import TTLPromoteReplacedBlocksPass
from ttlang.transforms.ttl_read_ahead import TTLReadAheadPass
from ttlang.transforms.ttl_recognize_accumulators import TTLRecognizeAccumulatorsPass
from ttlang.transforms.ttl_select_engines import TTLSelectEnginesPass
from ttlang.transforms.ttl_select_parts import TTLSelectPartsPass
from ttlang.transforms.ttl_set_compute_config import TTLSetComputeConfigPass
from ttlang.transforms.ttl_split_threads import TTLSplitThreadsPass
from ttlang.transforms.ttl_validate import TTLValidatePass


def make_pipeline(options: CompileOptions) -> tuple[OrderedPass, ...]:
    """The passes for a kernel."""
    api = options.target().generation.name
    return (
        # Everything else, the checks among it, is about the threads of processors.
        TTLSplitThreadsPass(),
        # A block that is a value from some place on can be released there.
        TTLKeepHeldBlocksPass(),
        # What the edition leaves to the compiler is no mistake of the author's.
        TTLInsertEndsPass(),
        # The author's mistakes first, while the IR still is what the author wrote.
        TTLValidatePass(),
        # Where blocks of pipes land is told by the order in which threads do what they do.
        TTLReadAheadPass(),
        # What follows looks functions up by their kernel calls.
        TTLExpandFunctionsPass(api),
        # Makes buffers and semaphores, and blocks that go through pipes are the author's own here.
        TTLPlacePipesPass(),
        # A wait for a pipe is more than a barrier.
        TTLLowerPipesPass(),
        # Waits name transfers only until copies are lowered.
        TTLInsertSynchronizationPass(),
        # The width of DST decides on engines, capacity and the format of spills.
        TTLSetComputeConfigPass(
            options.fp32_dest_acc_en,
            options.dst_full_sync_en,
            options.math_fidelity,
            options.math_approx_mode,
            options.allow_tf32,
        ),
        # Sums of whole tiles count among those that DST is made wide for.
        TTLExpandReductionsPass(),
        # Expressions are whole as yet: what reads a value is not behind a buffer.
        TTLSelectPartsPass(),
        # A sum may be carried in a block that each turn replaces.
        TTLPromoteReplacedBlocksPass(),
        # And one that goes through a buffer, which is to be a value that a loop carries.
        TTLPromoteBufferedSumsPass(),
        # A sum that a loop carries is one that stores add up, which costs no buffer of two blocks.
        TTLRecognizeAccumulatorsPass(),
        # Their formats follow the width of DST.
        TTLBufferCarriedValuesPass(),
        # Behind it, since it stores what is carried before the blocks that it reads are released.
        TTLKeepReleasedValuesPass(),
        # Whole blocks are stored here, which is easier said of blocks than of tiles. It tries out the next three.
        TTLMaterializeOperandsPass(api),
        # From blocks to tiles: what shares a DST section is known from here on.
        TTLFormComputePass(),
        # Two computations become one here, whose functions get their units behind it.
        TTLFinishSumsPass(),
        # What the FPU reads from L1 takes no DST slot, so engines come before slots.
        TTLSelectEnginesPass(api),
        # Makes buffers, so it comes before they are counted.
        TTLFitDSTPass(),
        # What a section computes, and what it costs, is known; how it is cut depends on what is packed.
        TTLPackPartialSumsPass(),
        TTLAssignDSTRegistersPass(),
        # A sum stays in DST only if its block fits there.
        TTLPlaceAccumulatorsPass(narrow_is_meant=options.fp32_dest_acc_en is False),
        # All buffers are known now.
        TTLAllocateCircularBuffersPass(),
        # Pushes and waits are not looked at any more, but to be lowered.
        TTLHandOverSectionsPass(),
        # Blocks name their buffers through their acquisitions, which therefore are lowered last.
        TTLLowerComputePass(),
        TTLLowerDataMovementPass(),
        # Copies of a block find its acquisition right before them, or anywhere; elements put their pointer behind it.
        TTLLowerElementsPass(),
        # It replaces acquisitions and releases too, so it comes before those that are left.
        TTLLowerLayoutsPass(api),
        # As all that names blocks, before their acquisitions.
        TTLLowerPrintsPass(),
        TTLLowerSynchronizationPass(),
        # The resources of the kernel become the host's configuration.
        TTLExpandThreadsPass(api),
        # A setting is behind the loop before others are inserted for what it packs.
        TTKernelHoistAccumulationPass(),
        # Over whole kernels: an init moves out of a loop only if nothing in the loop disturbs it.
        TTKernelInsertInitsPass(),
        # Index arithmetic that copies of one block share.
        TTKernelCSEPass(),
        # Around what is there in the end.
        TTKernelInsertLineZonesPass(options.line_zones),
    )


def finish_lowered(module: ModuleOp, options: CompileOptions) -> None:
    """What options ask for of programs that were lowered without them."""
    TTKernelInsertLineZonesPass(options.line_zones).apply(Context(), module)


@dataclass(frozen=True)
class TTLLowerToTTKernelPass(CompileOptions, ModulePass):
    """
    Lowers each `ttl.kernel` to a `ttkernel.program`: all passes of this page, in their order. Its options are those of
    `@ttl.kernel`; the chip is the one that the kernel names.
    """

    name: ClassVar[str] = "ttl-lower-to-ttkernel"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.walk():
            if isinstance(kernel, ttl.KernelOp) and self.arch not in ("", kernel.arch.data):
                message = f"{kernel.sym_name.data} is for {kernel.arch.data}, which its indices follow, not {self.arch}"
                raise error("TTL0002", message, span_of(kernel), hint=f"leave arch out, or compile it for {self.arch}")
        for stage in make_pipeline(self):
            stage.apply(ctx, op)


PASSES: tuple[type[OrderedPass], ...] = tuple(
    type(stage) for stage in make_pipeline(CompileOptions(arch=DEFAULT_CHIP.name))
)
"""The passes, in their order."""

check_order(PASSES)
