// VS Code in a browser: the editor of the package code-server under Node, and Chromium that shows it.

import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const SERVER = join(ROOT, "editors/vscode/test/node_modules/code-server/lib/vscode/out/server-main.js");
const VSIX = join(ROOT, "build", "ttlang.vsix");
const SCREENSHOTS = join(ROOT, "build", "screenshots");
/** Those of the documentation; `make pictures` has them written. */
const PICTURES = process.env.PICTURES && join(ROOT, "docs", "images");
const SCRATCH = join(ROOT, "build", "editor");
const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const FLAGS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  ...["--disable-component-update", "--disable-sync", "--force-color-profile=srgb"],
];
/** Of the environment that `make setup` has made. */
const PYTHON = join(ROOT, ".venv", "bin", "python");
const SETTINGS = {
  "ttlang.interpreter": PYTHON,
  "breadcrumbs.enabled": false,
  "chat.commandCenter.enabled": false,
  "editor.cursorBlinking": "solid",
  "editor.minimap.enabled": false,
  "explorer.autoReveal": false,
  "extensions.ignoreRecommendations": true,
  "files.autoSave": "off",
  "git.enabled": false,
  "security.workspace.trust.banner": "never",
  "security.workspace.trust.startupPrompt": "never",
  "telemetry.telemetryLevel": "off",
  "window.commandCenter": false,
  "workbench.colorTheme": "Default Light Modern",
  "workbench.layoutControl.enabled": false,
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
};
/** Sizes of the window: in the first the list of files has all of them. */
const TALL = { width: 1200, height: 1000 };
const USUAL = { width: 1200, height: 680 };
const PATIENCE = 60_000;

/** A window of the editor on a folder of examples, with the extension in it. */
export class Editor {
  /** Starts all of it. `settings`: beside the tests' own. */
  static async start(name, settings = {}) {
    const editor = new Editor();
    const scratch = join(SCRATCH, name);
    rmSync(scratch, { recursive: true, force: true });
    editor.folder = mkdtempSync(join(tmpdir(), "kernels-"));
    mkdirSync(join(scratch, "user", "User"), { recursive: true });
    writeFileSync(join(scratch, "user", "User", "settings.json"), JSON.stringify({ ...SETTINGS, ...settings }));
    cpSync(join(ROOT, "examples"), editor.folder, { recursive: true });
    const folders = ["--server-data-dir", "server", "--user-data-dir", "user", "--extensions-dir", "extensions"];
    const places = folders.map((each) => (each.startsWith("--") ? each : join(scratch, each)));
    execFileSync(process.execPath, [SERVER, ...places, "--install-extension", VSIX], { stdio: "pipe" });
    const options = ["--host", "127.0.0.1", "--port", "0", "--without-connection-token", "--accept-server-license-terms"];
    editor.server = spawn(process.execPath, [SERVER, ...places, ...options], { stdio: ["ignore", "pipe", "ignore"] });
    const port = await portOf(editor.server);
    editor.browser = await puppeteer.launch({
      executablePath: BROWSERS.find(existsSync),
      userDataDir: join(scratch, "browser"),
      args: FLAGS,
      defaultViewport: TALL,
    });
    editor.page = (await editor.browser.pages())[0];
    await editor.page.goto(`http://127.0.0.1:${port}/?folder=${editor.folder}`);
    await editor.page.waitForSelector(".explorer-folders-view .monaco-list-row", { timeout: PATIENCE });
    return editor;
  }

  async stop() {
    await this.browser?.close();
    this.server?.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Trusts the folder, as a user does. */
  async trust() {
    await this.run("Workspaces: Manage Workspace Trust");
    await this.click(".workspace-trust-editor .monaco-button", "Trust");
    await this.see(".workspace-trust-title", "You trust this folder");
    await this.press("Control+KeyW");
  }

  /** Opens a file of the folder, leaves the cursor in it, and shuts the list of files. */
  async open(file) {
    const row = await this.page.waitForSelector(`.explorer-folders-view .monaco-list-row[aria-label^="${file}"]`);
    await row.click({ count: 2 });
    await this.page.waitForSelector(`.tab.active[data-resource-name="${file}"]`);
    await this.page.waitForSelector(".monaco-editor .view-line span span");
    await this.press("Control+KeyB");
    await this.gone(".explorer-folders-view");
    await this.page.setViewport(USUAL);
  }

  /** Runs a command by its name in the palette. */
  async run(name) {
    await this.ask("F1");
    await this.page.keyboard.type(name);
    await this.page.waitForSelector(`.quick-input-list .monaco-list-row.focused[aria-label*="${name}"]`);
    await this.page.keyboard.press("Enter");
    await this.page.waitForSelector(".quick-input-widget", { hidden: true });
  }

  /** Puts the cursor at a line and a column, both from 1. */
  async go(line, column = 1) {
    await this.ask("Control+KeyG");
    await this.page.keyboard.type(`${line}:${column}`);
    await this.page.keyboard.press("Enter");
    await this.page.waitForSelector(".quick-input-widget", { hidden: true });
  }

  /** Puts the keyboard into the first group of editors, which holds the script. */
  focus() {
    return this.press("Control+Digit1");
  }

  /** Presses keys until the editor asks for something: it drops those that come while the focus moves. */
  async ask(keys) {
    for (let left = 5; left; left--) {
      await this.press(keys);
      const shown = this.page.waitForSelector(".quick-input-widget input", { visible: true, timeout: 5000 });
      if (await shown.catch(() => null)) return;
    }
    throw new Error(`nothing is asked after ${keys}`);
  }

  /** Presses keys together, as in `Control+KeyP`. */
  async press(keys) {
    const names = keys.split("+");
    for (const name of names) await this.page.keyboard.down(name);
    for (const name of names.reverse()) await this.page.keyboard.up(name);
  }

  type(text) {
    return this.page.keyboard.type(text);
  }

  /** Waits for an element; `text`: that it has. Answers its whole text. */
  async see(selector, text = "") {
    const found = await this.page
      .waitForFunction(
        (selector, text) => {
          const plain = (each) => each.textContent.replaceAll("\u00a0", " ");
          const texts = [...document.querySelectorAll(selector)].map(plain).filter((each) => each.includes(text));
          return texts.length && texts;
        },
        { timeout: PATIENCE, polling: 100 },
        selector,
        text,
      )
      .catch(async () => {
        await this.picture("failed");
        throw new Error(`there is no ${selector} with ${JSON.stringify(text)}: build/screenshots/vscode-failed.png`);
      });
    return (await found.jsonValue())[0];
  }

  /** Clicks what has a text, once it is there. */
  async click(selector, text) {
    await this.see(selector, text);
    const all = await this.page.$$(selector);
    const texts = await Promise.all(all.map((each) => each.evaluate((node) => node.textContent.replaceAll("\u00a0", " "))));
    await all[texts.findIndex((each) => each.includes(text))].click();
  }

  /** The texts of all such elements that are there now. */
  texts(selector) {
    return this.page.$$eval(selector, (all) => all.map((each) => each.textContent));
  }

  /** Shows the hover at the cursor, again and again until it has a text: what it tells comes in parts. */
  async hover(text) {
    for (const until = Date.now() + PATIENCE; Date.now() < until; await this.press("Escape")) {
      await this.press("Control+KeyK");
      await this.press("Control+KeyI");
      await pause(1500);
      const shown = await this.texts(".monaco-hover:not(.hidden)");
      if (shown.some((each) => each.replaceAll("\u00a0", " ").includes(text))) return;
    }
    await this.picture("failed");
    throw new Error(`no hover has ${JSON.stringify(text)}: build/screenshots/vscode-failed.png`);
  }

  /** Waits until there are pictures in the gutter. */
  async heat() {
    await this.page.waitForFunction(
      () => [...document.querySelectorAll(".glyph-margin-widgets .cgmr")].some((each) => getComputedStyle(each).backgroundImage.includes("svg")),
      { timeout: PATIENCE, polling: 200 },
    );
  }

  /** Takes all edits back. */
  async undo() {
    while (await this.page.$(".tab.active.dirty")) await this.press("Control+KeyZ");
  }

  /** The text of the script, as it is saved. */
  async script() {
    await this.press("Control+KeyS");
    await this.page.waitForSelector(".tab.active:not(.dirty)");
    return readFileSync(join(this.folder, (await this.texts(".tab.active"))[0]), "utf8");
  }

  /** The text of the page in a panel of a title. */
  async panel(title) {
    await this.see(".tab.active", title);
    for (const until = Date.now() + PATIENCE; Date.now() < until; await pause(200)) {
      for (const frame of this.page.frames().filter((each) => each.url().includes("/webview/browser/pre/fake.html"))) {
        const text = await frame.evaluate(() => document.body?.innerText).catch(() => "");
        if (text?.trim()) return text;
      }
    }
    throw new Error(`there is nothing in the panel ${title}`);
  }

  /** Waits until there is no such element. */
  async gone(selector) {
    await this.page.waitForFunction((each) => !document.querySelector(each), { timeout: PATIENCE }, selector);
  }

  /** Keeps a screenshot of the window; one with `inDocs`, for the documentation too, if it is wanted. */
  async picture(name, { inDocs = false } = {}) {
    const targets = [join(SCREENSHOTS, `vscode-${name}.png`)];
    if (inDocs && PICTURES) targets.push(join(PICTURES, `editor-${name}.png`));
    for (const path of targets) {
      mkdirSync(dirname(path), { recursive: true });
      await this.page.screenshot({ path });
    }
  }
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

async function portOf(server) {
  for await (const line of createInterface(server.stdout)) {
    const found = /agent listening on (\d+)/.exec(line);
    if (found) {
      server.stdout.resume();
      return Number(found[1]);
    }
  }
  throw new Error("the editor's server has ended");
}
