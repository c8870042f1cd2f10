/* What is looked at: a kernel, a core and a line. Whoever shows one of them is called when it changes. */

const PROFILE = JSON.parse(document.getElementById("profile").textContent);

const view = { kernel: null, core: "", line: -1 };
const followers = { kernel: [], core: [], line: [] };

const core_key = (core) => core.join(",");

function follow(what, call) {
  followers[what].push(call);
}

function look_at(what, value) {
  view[what] = value;
  for (const call of followers[what]) call();
}

function look_at_kernel(number) {
  const kernel = PROFILE.kernels[number];
  const shown = new Set(kernel.lanes.map((lane) => core_key(lane.core)));
  const slowest = [...kernel.cores].filter((core) => shown.has(core_key(core.core))).sort((a, b) => b.end - a.end)[0];
  view.core = slowest ? core_key(slowest.core) : "";
  view.line = -1;
  look_at("kernel", kernel);
}

const line_name = (line) => `${line.thread}, line ${line.line}`;
