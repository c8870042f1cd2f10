// Bars in the gutter: each line's share of its kernel's cycles.

import { OverviewRulerLane, Range, TextEditor, Uri, window, workspace } from "vscode";
import { Kernel, kernelsOf, LineCost, onFacts } from "./facts";

/** Shares from which on a line has a bar, its length of 16 and its colour: from what is cheap to what is dear. */
const STEPS: [from: number, length: number, color: string][] = [
  [0.02, 2, "#7f9fc9"],
  [0.05, 4, "#c9b458"],
  [0.15, 8, "#e08e3c"],
  [0.4, 13, "#d64a3b"],
];
/** Of lines that wait for others, most of their time: the others are to be looked at. */
const WAITS = "#b9c0c9";

const working = STEPS.map(([, length, color]) => bar(length, color, length > 4));
const waiting = STEPS.map(([, length]) => bar(length, WAITS, false));

function bar(length: number, color: string, inOverview: boolean) {
  const shape = `<rect x="${15 - length}" y="4" width="${length}" height="8" rx="1.5" fill="${color}"/>`;
  const picture = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">${shape}</svg>`;
  return window.createTextEditorDecorationType({
    gutterIconPath: Uri.parse("data:image/svg+xml;utf8," + encodeURIComponent(picture)),
    gutterIconSize: "contain",
    overviewRulerColor: inOverview ? color : undefined,
    overviewRulerLane: OverviewRulerLane.Left,
  });
}

/** The cost of each line; of a line of several threads, the largest. */
function costs(kernels: Kernel[], file: string): Map<number, LineCost> {
  const found = new Map<number, LineCost>();
  for (const cost of kernels.flatMap((kernel) => kernel.costs?.lines ?? [])) {
    const { file: of, line } = cost.place;
    if (of === file && cost.share > (found.get(line)?.share ?? 0)) {
      found.set(line, cost);
    }
  }
  return found;
}

function draw(editor: TextEditor): void {
  const uri = editor.document.uri;
  const wanted = workspace.getConfiguration("ttlang", uri).get<boolean>("heat");
  const lines = wanted ? [...costs(kernelsOf(uri), uri.fsPath).values()] : [];
  const waits = ({ cycles, work }: LineCost) => Math.max(0, ...Object.values(work)) < cycles / 2;
  STEPS.forEach(([from], step) => {
    const below = STEPS[step + 1]?.[0] ?? Infinity;
    const here = lines.filter(({ share }) => from <= share && share < below);
    const ranges = (some: LineCost[]) => some.map(({ place }) => new Range(place.line, 0, place.line, 0));
    editor.setDecorations(working[step]!, ranges(here.filter((each) => !waits(each))));
    editor.setDecorations(waiting[step]!, ranges(here.filter(waits)));
  });
}

/** Draws the bars whenever facts come, or an editor, or another setting. */
export function followHeat(): { dispose(): void }[] {
  const all = () => window.visibleTextEditors.forEach(draw);
  const events = [onFacts, window.onDidChangeVisibleTextEditors, workspace.onDidChangeConfiguration];
  return [...events.map((event) => event(all)), ...working, ...waiting];
}
