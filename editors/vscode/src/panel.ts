// What commands answer: a page in a panel, or a text beside the kernel.

import { commands, ViewColumn, WebviewPanel, window } from "vscode";
import { openAnswer } from "./texts";

/** `ttlang.profile` answers the first, the others the second. */
type Answer = { title: string; html: string } | { title: string; text: string; language: string } | null;

const panels = new Map<string, WebviewPanel>();

/** Shows the answer of a command; a page of the same title takes the place of the older one. */
export async function showAnswer(answer: Answer): Promise<void> {
  if (answer && "html" in answer) {
    showPage(answer.title, answer.html);
  } else if (answer && "text" in answer) {
    const uri = openAnswer(answer.title, answer.text, answer.language);
    if (answer.language === "markdown") {
      await commands.executeCommand("markdown.showPreviewToSide", uri);
    } else {
      await window.showTextDocument(uri, { viewColumn: ViewColumn.Beside, preserveFocus: true });
    }
  }
}

function showPage(title: string, html: string): void {
  const panel = panels.get(title) ?? newPanel(title);
  panel.webview.html = html;
  panel.reveal(undefined, true);
}

function newPanel(title: string): WebviewPanel {
  const column = { viewColumn: ViewColumn.Beside, preserveFocus: true };
  const panel = window.createWebviewPanel("ttlang.page", title, column, {
    enableScripts: true,
    enableFindWidget: true,
    retainContextWhenHidden: true,
  });
  panels.set(title, panel);
  panel.onDidDispose(() => panels.delete(title));
  return panel;
}
