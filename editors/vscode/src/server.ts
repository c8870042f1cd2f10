// The language server: `python -m ttlang lsp` of the interpreter that has it, started when a file first needs it.

import { spawn } from "node:child_process";
import { commands, env, ExtensionContext, LogOutputChannel, window, workspace } from "vscode";
import { CloseAction, ErrorAction, LanguageClient, RevealOutputChannelOn, State } from "vscode-languageclient/node";
import { Kernel, keepFacts } from "./facts";
import { findInterpreter } from "./interpreter";
import { showAnswer } from "./panel";
import { ServerState, showState } from "./status";
import { ServerText } from "./texts";

const RESTARTS = 4;
/** In that many milliseconds: a server that ends more often is left alone. */
const RESTARTS_IN = 180_000;

export class Server {
  private client: LanguageClient | undefined;
  private asked = false;
  private starting: Promise<void> = Promise.resolve();
  private interpreter = "";
  private restarts: number[] = [];
  private readonly output: LogOutputChannel;

  constructor(private readonly context: ExtensionContext) {
    this.output = window.createOutputChannel("TT-Lang", { log: true });
    context.subscriptions.push(this.output);
  }

  /** Starts it, the first time. Says so where it cannot. */
  async start(): Promise<void> {
    if (!this.asked) {
      await this.restart();
    }
  }

  /** Starts it anew: another interpreter, or somebody who asks. */
  restart(): Promise<void> {
    this.asked = true;
    return this.inTurn(async () => {
      await this.halt();
      await this.launch();
    });
  }

  stop(): Promise<void> {
    return this.inTurn(() => this.halt());
  }

  /** Starts it anew if another interpreter is chosen now than the one it was started with. */
  async followInterpreter(): Promise<void> {
    if (this.asked && this.interpreter !== (await findInterpreter())) {
      await this.restart();
    }
  }

  /** The folder has become a trusted one: scripts may run. */
  async trust(): Promise<void> {
    await this.followInterpreter();
    await this.client?.sendNotification("ttlang/trust", { trusted: workspace.isTrusted });
  }

  /** The settings have changed. */
  async configure(): Promise<void> {
    await this.followInterpreter();
    await this.client?.sendNotification("workspace/didChangeConfiguration", { settings: { ttlang: settings() } });
  }

  /** A text of a kernel: `ttlang/text`. */
  async text(source: string, kind: string, kernel: string, thread: string | null): Promise<ServerText> {
    const parameters = { textDocument: { uri: source }, kind, kernel, thread };
    const answer = await this.client?.sendRequest<ServerText>("ttlang/text", parameters);
    return answer ?? { text: "The language server does not run.", map: [] };
  }

  /** One after the other: a client that is starting can be neither stopped nor started. */
  private inTurn(action: () => Promise<void>): Promise<void> {
    this.starting = this.starting.then(action, action);
    return this.starting;
  }

  private async halt(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.dispose().catch((reason) => this.output.error(String(reason)));
  }

  private async launch(): Promise<void> {
    this.interpreter = await findInterpreter();
    const client = this.newClient(this.interpreter);
    this.client = client;
    client.onDidChangeState(({ newState }) => {
      void commands.executeCommand("setContext", "ttlang.running", newState === State.Running);
    });
    client.onNotification("ttlang/facts", (of: { uri: string; kernels: Kernel[] }) => keepFacts(of));
    client.onNotification("ttlang/state", (state: ServerState) => showState(state));
    showState({ state: workspace.isTrusted ? "starting" : "untrusted", memory: 0 });
    try {
      await client.start();
    } catch (reason) {
      this.client = undefined;
      this.output.error(String(reason));
      showState({ state: "failed", memory: 0 });
      void this.explain();
    }
  }

  private newClient(interpreter: string): LanguageClient {
    let said = "";
    const run = async () => {
      // Neither this folder nor the script's is a place to import the server from: -P, and a folder of our own.
      const cwd = this.context.extensionPath;
      const server = spawn(interpreter, ["-P", "-m", "ttlang", "lsp"], { cwd });
      server.stderr.on("data", (data) => (said = (said + String(data)).slice(-2000)));
      server.on("error", (error) => this.output.error(error.message));
      return server;
    };
    return new LanguageClient("ttlang", "TT-Lang", run, {
      documentSelector: [
        { scheme: "file", language: "python" },
        { scheme: "untitled", language: "python" },
        { scheme: "vscode-notebook-cell", language: "python" },
      ],
      initializationOptions: { trusted: workspace.isTrusted, virtualDocuments: true, settings: settings() },
      outputChannel: this.output,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      markdown: { isTrusted: { enabledCommands: ["ttlang.showText"] } },
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue }),
        closed: () => {
          this.output.error(said || "The server has ended.");
          const started = this.client?.state === State.Running;
          return { action: started && this.mayRestart() ? CloseAction.Restart : CloseAction.DoNotRestart, handled: true };
        },
      },
      middleware: {
        executeCommand: async (command, given, next) => {
          await showAnswer(await next(command, given.length ? given : atCursor()));
        },
        workspace: { configuration: (asked) => asked.items.map(({ section }) => (section === "ttlang" ? settings() : null)) },
      },
    });
  }

  private mayRestart(): boolean {
    const now = Date.now();
    this.restarts = [...this.restarts.filter((each) => now - each < RESTARTS_IN), now];
    return this.restarts.length <= RESTARTS;
  }

  private async explain(): Promise<void> {
    const chosen = await window.showErrorMessage(
      `TT-Lang's language server does not start in ${this.interpreter}. There, pip install 'ttlang[editor]'; ` +
        "or choose another interpreter.",
      "Choose Interpreter",
      "Copy Command",
      "Show Output",
    );
    if (chosen === "Choose Interpreter") {
      await commands.executeCommand("workbench.action.openSettings", "ttlang.interpreter");
    } else if (chosen === "Copy Command") {
      await env.clipboard.writeText(`${this.interpreter} -m pip install 'ttlang[editor]'`);
    } else if (chosen) {
      this.output.show();
    }
  }
}

/** Those for the server; which interpreter it runs in it knows. */
function settings(): object {
  return { ...workspace.getConfiguration("ttlang"), interpreter: undefined };
}

/** Which kernel a command means that the palette has called. */
function atCursor(): unknown[] {
  const editor = window.activeTextEditor;
  return editor ? [{ uri: editor.document.uri.toString(), kernel: null, position: editor.selection.active }] : [];
}
