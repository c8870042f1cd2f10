"""What stands between the words of a script: shapes and L1 of blocks, cycles of lines, sizes that were chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lsprotocol import types as lsp

from ttlang.editor.client_places import ClientPlaces
from ttlang.editor.client_settings import Hints
from ttlang.editor.open_script import OpenScript
from ttlang.editor.positions import Position, Range
from ttlang.editor.wording import bytes_text, cycles_text, shape_text, share_text
from ttlang.engine.facts.kernel_facts import BlockFacts, KernelFacts, LineCost, SizeFacts
from ttlang.profiler.words import CAUSES

_LEAST_SHARE = 0.005
"""Of a kernel's cycles: a line that takes less says nothing."""


@dataclass(frozen=True)
class InlayHints:
    """Those of one script."""

    script: OpenScript
    places: ClientPlaces
    wanted: Hints

    def within(self, where: Range) -> list[lsp.InlayHint]:
        """Those of a range."""
        found: dict[tuple[int, int, str], lsp.InlayHint] = {}
        for facts in self.script.facts.values():
            for place, hint in self._of(facts):
                if place in where:
                    label = hint.label if isinstance(hint.label, str) else "".join(part.value for part in hint.label)
                    found.setdefault((place.line, place.character, label), hint)
        return [found[key] for key in sorted(found)]

    def _of(self, facts: KernelFacts) -> Iterator[tuple[Position, lsp.InlayHint]]:
        if self.wanted.blocks:
            for block in facts.blocks:
                yield from self._block(block, facts)
        if self.wanted.sizes:
            for size in facts.sizes:
                yield from self._size(size)
        if self.wanted.costs and facts.costs is not None:
            by_line: dict[int, list[LineCost]] = {}
            for cost in facts.costs.lines:
                if (line := self.script.line_now(cost.place)) is not None and cost.share >= _LEAST_SHARE:
                    by_line.setdefault(line, []).append(cost)
            for line, costs in by_line.items():
                yield self._cost(line, costs)

    def _block(self, block: BlockFacts, facts: KernelFacts) -> Iterator[tuple[Position, lsp.InlayHint]]:
        place = self.script.place_now(block.place)
        if place is None:
            return
        label = f": {shape_text(block.shape)} {block.format} · {bytes_text(block.bytes)}"
        buffer = next((each for each in facts.buffers if each.name == block.buffer), None)
        unit = "tiles" if block.layout == "tiled" else "elements"
        text = f"a block of {shape_text(block.shape)} {unit} of {block.format}, {bytes_text(block.bytes)} of L1"
        if buffer is not None:
            text += f"\n\n`{buffer.name}` holds {buffer.blocks} of them: {bytes_text(buffer.bytes)}"
        yield place.end, self._hint(place.end, label, text, kind=lsp.InlayHintKind.Type)

    def _size(self, size: SizeFacts) -> Iterator[tuple[Position, lsp.InlayHint]]:
        place = self.script.place_now(size.place)
        if place is not None:
            why = "\n".join(f"- {line}" for line in size.why)
            text = f"`{size.name}` was chosen to be {size.value}" + (f"\n\n{why}" if why else "")
            yield place.end, self._hint(place.end, f" → {size.value}", text)

    def _cost(self, line: int, costs: Sequence[LineCost]) -> tuple[Position, lsp.InlayHint]:
        """Of several threads, or kernels, the one that it takes longest."""
        most = max(costs, key=lambda cost: cost.share)
        end = Position(line, len(self.script.document.line(line)))
        label = f"{cycles_text(most.cycles)} · {share_text(most.share)}"
        waiting = sum(most.waits.values())
        if waiting > most.cycles / 2:
            cause = max(most.waits, key=lambda name: most.waits[name])
            label += f" · {CAUSES.get(cause, cause)}"
        text = "\n\n".join(cost_text(cost) for cost in sorted(costs, key=lambda cost: -cost.share))
        return end, self._hint(end, label, text, padded=True)

    def _hint(
        self,
        place: Position,
        label: str,
        text: str,
        *,
        kind: lsp.InlayHintKind | None = None,
        padded: bool = False,
    ) -> lsp.InlayHint:
        return lsp.InlayHint(
            self.places.position(self.script.document.lines, place),
            label,
            kind,
            tooltip=lsp.MarkupContent(lsp.MarkupKind.Markdown, text),
            padding_left=padded or None,
        )


def cost_text(cost: LineCost) -> str:
    """What a line takes, what it waits for and which lines end that, what it would gain: as Markdown."""
    lines = [f"**{cost.thread}**: {cycles_text(cost.cycles)}, {share_text(cost.share)} of the kernel"]
    lines += [f"- {_words(lane)}: {cycles_text(cycles)}" for lane, cycles in _largest(cost.work)]
    lines += [f"- {CAUSES.get(cause, cause)}: {cycles_text(cycles)}" for cause, cycles in _largest(cost.waits)]
    lines += [
        f"- waits for line {wait.place.line + 1} of {wait.thread}: {cycles_text(wait.cycles)}"
        for wait in cost.waits_for
    ]
    if cost.gain is not None:
        lines.append(f"- if this line were free, the kernel would gain {cycles_text(cost.gain)}")
    return "\n".join(lines)


def _largest(parts: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(((name, cycles) for name, cycles in parts.items() if cycles >= 0.5), key=lambda part: -part[1])


def _words(lane: str) -> str:
    return "moves data" if lane == "move" else f"works, {lane}"
