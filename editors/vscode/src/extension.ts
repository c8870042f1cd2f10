// TT-Lang in VS Code: starts the language server, and shows what the protocol has no place for.

import { commands, ExtensionContext, TextDocument, workspace } from "vscode";
import { followHeat } from "./heat";
import { pythonExtension } from "./interpreter";
import { Server } from "./server";
import { followTexts, showText, showTextAtCursor } from "./texts";

const NAMES_THE_LANGUAGE = /\b(ttl|ttlang)\b/;

export async function activate(context: ExtensionContext): Promise<void> {
  const server = new Server(context);
  const look = (document: TextDocument) => {
    if (document.languageId === "python" && NAMES_THE_LANGUAGE.test(document.getText())) {
      void server.start();
    }
  };
  context.subscriptions.push(
    { dispose: () => server.stop() },
    ...followHeat(),
    ...followTexts((...what) => server.text(...what)),
    commands.registerCommand("ttlang.showText", showText),
    commands.registerCommand("ttlang.showCpp", () => showTextAtCursor("cpp")),
    commands.registerCommand("ttlang.showTtl", () => showTextAtCursor("ttl")),
    commands.registerCommand("ttlang.showTtkernel", () => showTextAtCursor("ttkernel")),
    commands.registerCommand("ttlang.showPlan", () => showTextAtCursor("plan")),
    commands.registerCommand("ttlang.restart", () => server.restart()),
    workspace.onDidOpenTextDocument(look),
    workspace.onDidChangeTextDocument((event) => look(event.document)),
    workspace.onDidGrantWorkspaceTrust(() => server.trust()),
    workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration("ttlang")) {
        await server.configure();
      }
    }),
  );
  workspace.textDocuments.forEach(look);
  const python = await pythonExtension();
  if (python) {
    const follow = () => server.followInterpreter();
    context.subscriptions.push(python.environments.onDidChangeActiveEnvironmentPath(follow));
  }
}
