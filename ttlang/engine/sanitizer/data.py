"""The second tier: the call with data, in the simulator. Races, what nobody wrote, what lies outside."""

from __future__ import annotations

from collections.abc import Sequence

from ttlang.diagnostics import Diagnostic, DiagnosticError
from ttlang.engine.compiled_call import CompiledCall
from ttlang.engine.sanitizer.counters import CountersResult
from ttlang.engine.sanitizer.tensor_memory import TensorCopy, TensorMemory
from ttlang.engine.sanitizer.tier_result import TierResult, heeded
from ttlang.machine.clock.recorded_calls import CallRecorder, Piece, RecordedThread, TooManyCalls
from ttlang.machine.simulation import Simulation

MOST_CALLS = 20_000
"""Of all threads of a program, each of some 20 us."""
MOST_TILE_CALLS = 200_000
"""Of its compute threads, each on a tile, of some 3 us."""
MOST_BYTES = 64 << 20
"""Of all tensors of a call."""
_CALLS = f"its threads make more than {MOST_CALLS} calls"
_OF_VALUES = {"TTL0811", "TTL0814", "TTL0815", "TTL0816"}
"""What depends on values: a finding only where the values are those of the script."""
_NOT_MODELLED = "TTL0821"


def find_with_data(call: CompiledCall, memory: TensorMemory, counters: CountersResult) -> TierResult:
    """
    Runs a call on copies of its tensors, as kernels before it have left them in `memory`. `counters`: what the first
    tier has found of it.
    """
    if counters.tier.findings:
        return TierResult(left_out="it has mistakes that show without")
    if (why := _too_much(call, counters)) is not None:
        return TierResult(left_out=why)
    copies = memory.of_call(call)
    true = all(copy.true for copy in copies)
    if counters.needs_data and not true:
        return TierResult(left_out="what it does depends on values that are not known here")
    try:
        with call.compiled.simulating():
            found = _run(call, copies, limited=counters.needs_data)
    except DiagnosticError as broken:
        found = broken.diagnostics
    finally:
        _note_written(call, copies, true=true)
    if found is None:
        return TierResult(left_out=_CALLS)
    if any(each.code == _NOT_MODELLED for each in found):
        return TierResult(left_out="it has calls that the simulator does not model")
    return TierResult(heeded(each for each in found if true or each.code not in _OF_VALUES))


def _too_much(call: CompiledCall, counters: CountersResult) -> str | None:
    """Why a run would take too long."""
    infos = call.compiled.simulation.simulation.program.tensors
    if sum(info.pages * info.page_bytes for info in infos) > MOST_BYTES:
        return f"its tensors take more than {MOST_BYTES >> 20} MiB"
    if counters.needs_data:
        return None
    if counters.recorded is None:
        return counters.tier.left_out
    if sum(len(thread.calls) for thread in counters.recorded) > MOST_CALLS:
        return _CALLS
    if tile_calls(counters.recorded) > MOST_TILE_CALLS:
        return f"it computes on more than {MOST_TILE_CALLS} tiles"
    return None


def tile_calls(recorded: Sequence[RecordedThread]) -> int:
    """How often compute threads call for work on a tile."""
    pieces: dict[int, int] = {}
    total = 0
    for thread in recorded:
        for name, arguments in thread.calls:
            if name:
                continue
            piece: Piece = arguments[0]
            if id(piece) not in pieces:
                pieces[id(piece)] = sum(node.nest.trips for node in piece.nodes if node.nest is not None)
            total += pieces[id(piece)]
    return total


def _run(call: CompiledCall, copies: Sequence[TensorCopy], *, limited: bool) -> tuple[Diagnostic, ...] | None:
    """What it warns of. `limited`: nobody knows how many calls the threads will make; None where it is too many."""
    machine = call.compiled.simulation.simulation
    unheard = Simulation(machine.program, machine.kernels, machine.memory, silent=True)
    recorder = CallRecorder(most_calls=MOST_CALLS) if limited else None
    try:
        return unheard.run(copies, call.numbers, numerics="fast", recorder=recorder).warnings
    except TooManyCalls:
        return None


def _note_written(call: CompiledCall, copies: Sequence[TensorCopy], *, true: bool) -> None:
    """What a kernel writes is as true as what it was given."""
    program = call.compiled.simulation.simulation.program
    for number in {number for kernel in program.kernels for number in kernel.writes}:
        copies[program.tensors[number].index].true &= true
