/* The kernel in numbers, and what would make it faster. */

function tile(name, value, more) {
  return make("div", { class: "tile" }, make("span", { class: "soft" }, name), make("b", {}, value), make("span", { class: "soft" }, more));
}

function show_summary() {
  const kernel = view.kernel;
  const kernels = PROFILE.kernels.map((each, number) => [String(number), each.kernel]);
  const number = String(PROFILE.kernels.indexOf(kernel));
  const sources = Object.entries(kernel.sources).filter(([, share]) => share > 0).sort((a, b) => b[1] - a[1])
    .map(([kind, share]) => `${percent_text(share)} ${kind}`);
  const { utilisation: use, bound } = kernel;
  show_in("summary",
    make("div", { class: "head" },
      make("h1", {}, kernel.kernel),
      kernels.length > 1 && choice("kernel", kernels, number, (value) => look_at_kernel(Number(value))),
      make("span", { class: "soft" }, `${PROFILE.script} · ${kernel.chip} · ${kernel.columns} × ${kernel.rows} cores`,
        kernel.calls > 1 && ` · ${kernel.calls} calls`),
      !kernel.complete && make("strong", { class: "bad" }, "It did not get to its end: times are those up to there.")),
    make("div", { class: "tiles" },
      tile("time", `${kernel.microseconds.toFixed(1)} µs`, `${cycles_text(kernel.cycles)} cycles`),
      tile("bound by", PARTS[bound.by] ?? bound.by, `${percent_text(bound.share)} to gain`),
      tile("matrix engine", percent_text(use.matrix), "of its peak"),
      tile("DRAM", percent_text(use.dram), `busiest bank ${percent_text(use.busiest_bank)}`),
      tile("NOC", percent_text(use.noc), `busiest link ${percent_text(use.busiest_link)}`),
      tile("costs of work", sources[0] ?? "–", sources.slice(1).join(", "))));
}

function show_help() {
  const kernel = view.kernel;
  const gains = [...kernel.what_if].filter((each) => each.gain > 0).sort((a, b) => b.gain - a.gain);
  show_in("help",
    make("div", { class: "head" }, make("h2", {}, "What would help"), make("span", { class: "soft" }, "if it took no time")),
    gains.length === 0 && make("p", { class: "soft" }, "No single part of the chip."),
    make("table", {}, gains.map((each) => make("tr", {},
      make("td", { style: "white-space:nowrap" }, PARTS[each.what] ?? each.what),
      make("td", { style: "width:100%" }, make("div", { class: "bar" },
        make("i", { style: `width:${(100 * each.gain) / kernel.cycles}%;background:var(--good)` }))),
      make("td", { class: "number" }, `−${cycles_text(each.gain)}`),
      make("td", { class: "number soft" }, percent_text(each.gain / kernel.cycles))))),
    make("ul", { class: "advice" }, kernel.advice.map((each) => make("li", {},
      make("strong", {}, each.text), make("br"), make("span", { class: "soft" }, each.evidence, " "),
      each.line >= 0 && line_link(each.line),
      each.gain > 0 && make("span", { class: "good" }, ` up to −${cycles_text(each.gain)} cycles`)))));
}

/* A line of the kernel, which is then looked at. */
function line_link(number) {
  return make("button", { class: "link", onclick: () => look_at("line", number) }, line_name(view.kernel.lines[number]));
}

follow("kernel", show_summary);
follow("kernel", show_help);
