/* What decides when the kernel ends: cycles of the critical path, by line. */

const MOST_PARTS = 8;

function show_path() {
  const kernel = view.kernel;
  const parts = kernel.critical_path.parts;
  const what = (part) => `${ON_PATH[part.cause] ?? part.cause}${part.cause === "work" && part.lane !== "move" ? `, ${part.lane}` : ""}`;
  const left = parts.slice(MOST_PARTS).reduce((total, part) => total + part.cycles, 0);
  const row = (name, text, color, cycles) => make("tr", {},
    make("td", { class: "short" }, name),
    make("td", { class: "soft", style: "white-space:nowrap" }, text),
    make("td", { style: "width:100%" }, make("div", { class: "bar" },
      make("i", { style: `width:${(100 * cycles) / kernel.cycles}%;background:${color}` }))),
    make("td", { class: "number" }, cycles_text(cycles)),
    make("td", { class: "number soft" }, percent_text(cycles / kernel.cycles)));
  show_in("path",
    make("div", { class: "head" }, make("h2", {}, "Critical path"), make("span", { class: "soft" }, "who made the end wait, across threads and cores")),
    parts.length === 0 && make("p", { class: "soft" }, "No thread has begun."),
    make("table", {},
      parts.slice(0, MOST_PARTS).map((part) => row(part.line >= 0 && line_link(part.line), what(part),
        part.cause === "start" ? "var(--soft)" : cause_color(part.cause), part.cycles)),
      left > 0 && row("", `${parts.length - MOST_PARTS} others`, "var(--soft)", left)));
}

follow("kernel", show_path);
