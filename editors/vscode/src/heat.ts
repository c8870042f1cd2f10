// Bars in the gutter: each line's share of its kernel's cycles.

import { OverviewRulerLane, Range, TextEditor, Uri, window, workspace } from "vscode";
import { Kernel, kernelsOf, onFacts } from "./facts";

/** Shares from which on a line has a bar, its length of 16 and its colour: from what is cheap to what is dear. */
const STEPS: [number, number, string][] = [
  [0.02, 2, "#7f9fc9"],
  [0.05, 4, "#c9b458"],
  [0.15, 8, "#e08e3c"],
  [0.4, 13, "#d64a3b"],
];

const bars = STEPS.map(([, length, color]) =>
  window.createTextEditorDecorationType({
    gutterIconPath: Uri.parse("data:image/svg+xml;utf8," + encodeURIComponent(picture(length, color))),
    gutterIconSize: "contain",
    overviewRulerColor: length > 4 ? color : undefined,
    overviewRulerLane: OverviewRulerLane.Left,
  }),
);

function picture(length: number, color: string): string {
  const bar = `<rect x="${15 - length}" y="4" width="${length}" height="8" rx="1.5" fill="${color}"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">${bar}</svg>`;
}

/** The share of each line that costs anything; of a line of several threads, the largest. */
function shares(kernels: Kernel[], file: string): Map<number, number> {
  const found = new Map<number, number>();
  for (const { place, share } of kernels.flatMap((kernel) => kernel.costs?.lines ?? [])) {
    if (place.file === file) {
      found.set(place.line, Math.max(share, found.get(place.line) ?? 0));
    }
  }
  return found;
}

function draw(editor: TextEditor): void {
  const uri = editor.document.uri;
  const wanted = workspace.getConfiguration("ttlang", uri).get<boolean>("heat");
  const lines = wanted ? shares(kernelsOf(uri), uri.fsPath) : new Map<number, number>();
  const steps = [...lines].map(([line, share]) => [line, STEPS.findLastIndex(([from]) => share >= from)]);
  bars.forEach((bar, step) => {
    const ranges = steps.filter(([, each]) => each === step).map(([line]) => new Range(line!, 0, line!, 0));
    editor.setDecorations(bar, ranges);
  });
}

/** Draws the bars whenever facts come, or an editor, or another setting. */
export function followHeat(): { dispose(): void }[] {
  const all = () => window.visibleTextEditors.forEach(draw);
  return [onFacts(all), window.onDidChangeVisibleTextEditors(all), workspace.onDidChangeConfiguration(all), ...bars];
}
