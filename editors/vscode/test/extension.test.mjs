// The extension in VS Code, with the server of this checkout: what a user sees who opens an example and types.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Editor } from "./editor.mjs";

const SQUIGGLE = ".monaco-editor .squiggly-error";
let editor;

before(async () => {
  editor = await Editor.start("extension");
  await editor.open("softmax.py");
});
after(() => editor?.stop());

test("in a folder that is not trusted, what the text alone tells is shown, and nothing is run", async () => {
  await editor.go(5);
  await editor.type("def half(:");
  await editor.see(SQUIGGLE);
  await editor.undo();
  await editor.gone(SQUIGGLE);
  assert.deepEqual(await editor.texts(".codelens-decoration"), []);
});

test("a folder that is trusted gets lenses, hints, and bars where the time goes", async () => {
  await editor.trust();
  await editor.see(".codelens-decoration", "profile");
  await editor.see(".codelens-decoration", "cycles");
  await editor.see(".view-line", "x_dfb.wait(): 1x8 bf16");
  await editor.see(".codelens-decoration", "bound by");
  await editor.heat();
  await editor.go(29, 40);
  await editor.picture("overview", { inDocs: true });
});

test("a mistake is underlined as it is typed, and its fix takes it away", async () => {
  await editor.go(38, 17);
  await editor.press("Shift+End");
  await editor.type("tx = ttl.copy(x[row, :], block)\ntx.wait()\ntx.wait()");
  await editor.see(SQUIGGLE);
  await editor.see(".tab.active .monaco-icon-label", "softmax.py");
  await editor.go(40, 20);
  await editor.hover("waited for already");
  await editor.picture("finding", { inDocs: true });
  await editor.press("Escape");
  await editor.press("Control+Period");
  await editor.see(".action-widget .monaco-list-row", "TTL0503");
  await editor.picture("fixes");
  await editor.press("Enter");
  await editor.gone(SQUIGGLE);
  assert.match(await editor.script(), /tx\.wait\(\)\n\n    @ttl\.datamovement/);
});

test("a hover has the function's row, and what the line costs", async () => {
  await editor.go(29, 36);
  await editor.hover("exp_tile");
  await editor.picture("hover", { inDocs: true });
  await editor.press("Escape");
});

test("the C++ lies beside the kernel and follows the cursor", async () => {
  await editor.click(".codelens-decoration a", "C++");
  await editor.see(".tab.active", "softmax.cpp");
  await editor.see(".view-line", "exp_tile");
  await editor.focus();
  await editor.go(29, 20);
  await editor.see(".view-overlays [class*='ced-']");
  await editor.picture("cpp", { inDocs: true });
});

test("the plan and the IR are commands; they change with the kernel", async () => {
  await editor.focus();
  await editor.run("TT-Lang: Show the Plan of the Kernel");
  await editor.see(".tab.active", "softmax.plan.txt");
  await editor.see(".view-line", "x_dfb");
  await editor.focus();
  await editor.run("TT-Lang: Show the Kernel in Dialect ttl");
  await editor.see(".view-line", "ttl.exp");
  await editor.focus();
  await editor.go(29, 35);
  await editor.press("Shift+End");
  await editor.type("sqrt(xv)");
  await editor.see(".view-line", "ttl.sqrt");
  await editor.undo();
  await editor.see(".view-line", "ttl.exp");
});

test("the page of a code opens from its finding", async () => {
  await editor.focus();
  await editor.go(39, 26);
  await editor.type(".wait()");
  await editor.go(39, 20);
  await editor.hover("TTL0110");
  await editor.press("Escape");
  await editor.press("Control+Period");
  await editor.click(".action-widget .monaco-list-row", "Explain TTL");
  assert.match(await editor.panel("Preview TTL"), /TTL\d{4}/);
  await editor.focus();
  await editor.undo();
  await editor.gone(SQUIGGLE);
});

test("the profile opens in a panel", async () => {
  await editor.focus();
  await editor.go(29);
  await editor.click(".codelens-decoration a", "profile");
  const text = await editor.panel("Profile of softmax");
  assert.match(text, /cycles/);
  await editor.picture("profile", { inDocs: true });
});
