// What the server does, among the language's states in the status bar.

import { languages, LanguageStatusSeverity } from "vscode";

/** Of `ttlang/state`; `memory` in bytes. */
export interface ServerState {
  state: "untrusted" | "starting" | "ready" | "restarting" | "stopped" | "failed";
  memory: number;
}

const WORDS: Record<ServerState["state"], string> = {
  untrusted: "reads scripts, runs none",
  starting: "starting",
  ready: "ready",
  restarting: "starting anew",
  stopped: "stopped",
  failed: "does not start",
};

const item = languages.createLanguageStatusItem("ttlang", { language: "python" });
item.name = "TT-Lang";

/** Shows a state, and what a user may do about it. */
export function showState({ state, memory }: ServerState): void {
  item.text = `TT-Lang ${WORDS[state]}`;
  item.detail = memory ? `${Math.round(memory / 2 ** 20)} MiB` : undefined;
  item.busy = state === "starting" || state === "restarting";
  item.severity = state === "failed" ? LanguageStatusSeverity.Error : LanguageStatusSeverity.Information;
  item.command =
    state === "untrusted"
      ? { title: "Trust", command: "workbench.trust.manage" }
      : { title: "Restart", command: "ttlang.restart" };
}
