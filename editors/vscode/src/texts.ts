// Documents that the server writes: the C++, the IR and the plan of a kernel, pages of codes, answers of commands. Those
// of a kernel follow its source: when it changes they change, and the lines that belong to the cursor's are lit.

import {
  commands,
  EventEmitter,
  Range,
  TextEditor,
  TextEditorRevealType,
  ThemeColor,
  Uri,
  ViewColumn,
  window,
  workspace,
} from "vscode";
import { kernelAt, onFacts } from "./facts";

export const SCHEME = "ttlang";

/** Of `ttlang/text`. Pairs of lines, from 0: of the text, of the source. */
export interface ServerText {
  text: string;
  map: [number, number][];
}

/** Asks the server for a text. */
export type Ask = (source: string, kind: string, kernel: string, thread: string | null) => Promise<ServerText>;

const ENDINGS: Record<string, string> = {
  cpp: ".cpp",
  ttl: ".ttl.mlir",
  ttkernel: ".ttkernel.mlir",
  plan: ".plan.txt",
  explain: ".md",
  markdown: ".md",
  json: ".json",
  python: ".py",
};

const lit = window.createTextEditorDecorationType({
  isWholeLine: true,
  backgroundColor: new ThemeColor("editor.selectionHighlightBackground"),
});
const changed = new EventEmitter<Uri>();
const maps = new Map<string, [number, number][]>();
const answers = new Map<string, string>();

/** A text of the server that is open, and whose it is. */
function sourceOf(uri: Uri): [source: string, kind: string, kernel: string, thread: string | null] | undefined {
  return uri.scheme === SCHEME && uri.query ? JSON.parse(uri.query) : undefined;
}

/** Shows a text beside its source; `ttlang.showText`. */
export async function showText(source: string, kind: string, kernel: string, thread: string | null): Promise<void> {
  const path = `/${[kernel, thread].filter(Boolean).join(".")}${ENDINGS[kind] ?? ".txt"}`;
  const uri = Uri.from({ scheme: SCHEME, path, query: JSON.stringify([source, kind, kernel, thread]) });
  if (kind === "explain") {
    await commands.executeCommand("markdown.showPreviewToSide", uri);
    return;
  }
  const before = window.activeTextEditor;
  await window.showTextDocument(uri, { viewColumn: ViewColumn.Beside, preserveFocus: true, preview: true });
  if (before) {
    follow(before);
  }
}

/** Shows a text of the kernel at the cursor. */
export async function showTextAtCursor(kind: string): Promise<void> {
  const editor = window.activeTextEditor;
  const kernel = editor && kernelAt(editor.document.uri, editor.selection.active);
  if (!editor || !kernel) {
    await window.showInformationMessage("TT-Lang knows no kernel of this file yet.");
    return;
  }
  await showText(editor.document.uri.toString(), kind, kernel.name, null);
}

/** The address of what a command has answered. */
export function openAnswer(title: string, text: string, language: string): Uri {
  const uri = Uri.from({ scheme: SCHEME, path: `/${title}${ENDINGS[language] ?? ".txt"}` });
  answers.set(uri.toString(), text);
  changed.fire(uri);
  return uri;
}

/** Lights, in all other editors, what belongs to the cursor's line in this one. */
function follow(editor: TextEditor): void {
  const line = editor.selection.active.line;
  const shown = editor.document.uri;
  const source = sourceOf(shown)?.[0];
  for (const other of window.visibleTextEditors) {
    const uri = other.document.uri;
    if (source === uri.toString()) {
      const lines = (maps.get(shown.toString()) ?? []).filter(([of_text]) => of_text === line).map(([, of]) => of);
      light(other, lines);
    } else if (sourceOf(uri)?.[0] === shown.toString()) {
      const lines = (maps.get(uri.toString()) ?? []).filter(([, of_source]) => of_source === line).map(([of]) => of);
      light(other, lines);
    } else {
      other.setDecorations(lit, []);
    }
  }
}

function light(editor: TextEditor, lines: number[]): void {
  const ranges = lines.map((line) => new Range(line, 0, line, 0));
  editor.setDecorations(lit, ranges);
  if (ranges[0]) {
    editor.revealRange(ranges[0], TextEditorRevealType.InCenterIfOutsideViewport);
  }
}

/** Serves the documents, and has them follow their sources. */
export function followTexts(ask: Ask): { dispose(): void }[] {
  const provider = {
    onDidChange: changed.event,
    async provideTextDocumentContent(uri: Uri): Promise<string> {
      const source = sourceOf(uri);
      if (!source) {
        return answers.get(uri.toString()) ?? "";
      }
      const answer = await ask(...source);
      maps.set(uri.toString(), answer.map);
      return answer.text;
    },
  };
  return [
    workspace.registerTextDocumentContentProvider(SCHEME, provider),
    window.onDidChangeTextEditorSelection((event) => follow(event.textEditor)),
    workspace.onDidCloseTextDocument((document) => maps.delete(document.uri.toString())),
    onFacts((uri) => {
      const theirs = workspace.textDocuments.filter((each) => sourceOf(each.uri)?.[0] === uri.toString());
      theirs.forEach((document) => changed.fire(document.uri));
    }),
    lit,
    changed,
  ];
}
