// Which Python has the language server.

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative, isAbsolute } from "node:path";
import { Event, extensions, workspace } from "vscode";

/** What is used of the Python extension's interface. */
interface PythonApi {
  environments: {
    getActiveEnvironmentPath(): { path: string };
    resolveEnvironment(path: { path: string }): Promise<{ executable: { uri?: { fsPath: string } } } | undefined>;
    onDidChangeActiveEnvironmentPath: Event<unknown>;
  };
}

const IN_FOLDER = process.platform === "win32" ? [".venv", "Scripts", "python.exe"] : [".venv", "bin", "python"];

/** The Python extension's interface, if it is installed; it is woken if it sleeps. */
export async function pythonExtension(): Promise<PythonApi | undefined> {
  try {
    return await extensions.getExtension<PythonApi>("ms-python.python")?.activate();
  } catch {
    return undefined;
  }
}

/** The setting; else what the Python extension has chosen; else the folder's `.venv`; else the PATH's. */
export async function findInterpreter(): Promise<string> {
  const folders = (workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
  const setting = workspace.getConfiguration("ttlang").get<string>("interpreter", "").trim();
  if (setting) {
    return setting.replace(/^~(?=[/\\])/, homedir()).replace("${workspaceFolder}", folders[0] ?? "");
  }
  const candidates = [await chosenInPythonExtension(), ...folders.map((folder) => join(folder, ...IN_FOLDER))];
  // Whoever wrote an untrusted folder wrote the program in it, too.
  const usable = candidates.filter((path) => path && (workspace.isTrusted || !folders.some((each) => within(path, each))));
  return usable.find((path) => path && existsSync(path)) ?? (process.platform === "win32" ? "python" : "python3");
}

async function chosenInPythonExtension(): Promise<string | undefined> {
  const environments = (await pythonExtension())?.environments;
  const chosen = environments && (await environments.resolveEnvironment(environments.getActiveEnvironmentPath()));
  return chosen?.executable.uri?.fsPath;
}

function within(path: string, folder: string): boolean {
  const rest = relative(folder, path);
  return !rest.startsWith("..") && !isAbsolute(rest);
}
