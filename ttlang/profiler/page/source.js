/* The source with the time of each line, and all that is known of the line that is looked at. */

const AROUND = 2;
const MOST_LINES = 12;
/* Each with its name, its width in pixels and whether it has numbers; the code has what is left. */
const COLUMNS = [["", 42, true], ["", null, false], ["thread", 86, false], ["time", 52, true], ["", 96, false], ["gain", 52, true]];

/* For each file the numbers of its lines that are shown: those that take time, and some around them. */
function shown_lines(file, timed) {
  const numbers = new Set();
  for (const line of timed) {
    for (let near = line.line - AROUND; near <= line.line + AROUND; near++) {
      if (near >= 1 && near <= file.length) numbers.add(near);
    }
  }
  return [...numbers].sort((a, b) => a - b);
}

function show_source() {
  const kernel = view.kernel;
  const rows = [];
  for (const [path, file] of Object.entries(kernel.files)) {
    const timed = kernel.lines.filter((line) => line.file === path && line.line > 0);
    if (Object.keys(kernel.files).length > 1) rows.push(make("tr", {}, make("td", { colspan: COLUMNS.length, class: "soft" }, path)));
    const numbers = shown_lines(file, timed);
    const indents = numbers.map((number) => file[number - 1]).filter((text) => text.trim()).map((text) => text.search(/\S/));
    const indent = Math.min(...indents);
    let before = 0;
    for (const number of numbers) {
      if (before && number > before + 1) rows.push(make("tr", {}, make("td", { class: "number soft code" }, "⋯")));
      rows.push(...source_rows(kernel, number, file[number - 1].slice(indent).trimEnd(), timed.filter((line) => line.line === number)));
      before = number;
    }
  }
  show_in("source",
    make("div", { class: "head" }, make("h2", {}, "Source"),
      make("span", { class: "soft" }, "time of each line, as a share of the kernel's; what the kernel gains if it took none")),
    make("div", { class: "scroll" }, make("table", { class: "source" },
      make("colgroup", {}, COLUMNS.map(([, width]) => make("col", { style: width && `width:${width}px` }))),
      make("thead", {}, make("tr", {}, COLUMNS.map(([name, , number]) => make("th", { class: number && "number" }, name)))),
      make("tbody", {}, rows))));
  mark_line();
}

/* A row for each thread that the line is part of. */
function source_rows(kernel, number, text, lines) {
  const hottest = Math.max(0, ...lines.map((line) => line.share));
  const code = (rows) => [
    make("td", { class: "number soft code", rowspan: rows }, String(number)),
    make("td", { class: "code", rowspan: rows, title: text.trim(), style: hottest > 0.002 && `background:${pale(hottest)}` }, text || " "),
  ];
  if (lines.length === 0) return [make("tr", {}, code(1))];
  return lines.map((line, place) => {
    const busiest = Math.max(0, ...Object.values(line.work));
    const index = kernel.lines.indexOf(line);
    return make("tr", { "data-line": index, onclick: () => look_at("line", index === view.line ? -1 : index) },
      place === 0 && code(lines.length),
      make("td", { class: "soft short" }, line.thread),
      make("td", { class: "number" }, percent_text(line.share)),
      make("td", {}, cause_bar({ ...line.waits, work: busiest }, line.share)),
      make("td", { class: `number ${line.gain > 0 ? "good" : "soft"}` }, line.gain == null ? "" : percent_text(Math.max(0, line.gain / kernel.cycles))));
  });
}

/* Text stays readable on it. */
const pale = (share) => `color-mix(in oklab, var(--heat) ${Math.round(4 + 46 * Math.min(1, share))}%, transparent)`;

function mark_line() {
  for (const row of document.querySelectorAll("#source tr[data-line]")) {
    const chosen = Number(row.dataset.line) === view.line;
    row.classList.toggle("chosen", chosen);
    if (chosen) scroll_to(row);
  }
}

/* Within the panel alone: the page stays where it is. */
function scroll_to(row) {
  const panel = row.closest(".scroll");
  const above = row.offsetTop - panel.scrollTop;
  if (above < 24 || above > panel.clientHeight - 24) panel.scrollTop = row.offsetTop - panel.clientHeight / 2;
}

function show_line() {
  const kernel = view.kernel;
  const line = kernel.lines[view.line];
  const hot = [...kernel.lines.keys()].sort((a, b) => (kernel.lines[b].gain ?? 0) - (kernel.lines[a].gain ?? 0) || kernel.lines[b].share - kernel.lines[a].share);
  if (!line) {
    show_in("line",
      make("div", { class: "head" }, make("h2", {}, "Lines to look at"), make("span", { class: "soft" }, "time, and gain in cycles")),
      make("table", { class: "lines" }, hot.slice(0, MOST_LINES).map((number) => make("tr", {}, line_cell(number),
        make("td", { class: "number" }, percent_text(kernel.lines[number].share)),
        make("td", { class: "number good" }, kernel.lines[number].gain > 0 && `−${cycles_text(kernel.lines[number].gain)}`)))));
    return;
  }
  const fact = (name, ...value) => [make("dt", {}, name), make("dd", {}, ...value)];
  const each = (cycles, name) => Object.entries(cycles).flatMap(([key, value]) => fact(name(key), cycles_text(value), make("span", { class: "soft" }, `  ${percent_text(value / kernel.cycles)}`)));
  show_in("line",
    make("div", { class: "head" }, make("h2", {}, line_name(line)), make("button", { class: "push", onclick: () => look_at("line", -1) }, "close")),
    make("code", {}, line.text),
    make("dl", {},
      each(line.work, (lane) => (lane === "move" ? "works" : `works, ${lane}`)),
      each(line.waits, (cause) => CAUSES[cause] ?? cause),
      line.gain != null && fact("gain if free", make("span", { class: "good" }, `−${cycles_text(Math.max(0, line.gain))}`)),
      line.path > 0 && fact("critical path", cycles_text(line.path), make("span", { class: "soft" }, `  ${percent_text(line.path / kernel.cycles)}`)),
      fact("cores", `${line.cores}, from ${cycles_text(line.least)} to ${cycles_text(line.most)} cycles`),
      fact("calls", cycles_text(line.calls))),
    line.waits_for.length > 0 && make("h2", {}, "It waits for"),
    make("table", { class: "lines" }, [...line.waits_for].sort((a, b) => b[1] - a[1]).map(([number, cycles]) =>
      make("tr", {}, line_cell(number), make("td", { class: "number" }, cycles_text(cycles))))));
}

function line_cell(number) {
  const { text } = view.kernel.lines[number];
  return make("td", {}, line_link(number), make("code", { class: "clipped", title: text }, text));
}

follow("kernel", show_source);
follow("kernel", show_line);
follow("line", mark_line);
follow("line", show_line);
