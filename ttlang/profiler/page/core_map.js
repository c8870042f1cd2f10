/* The cores as they lie, coloured by what they do. */

const core_measure = { name: "end" };
/* Cores that differ by less than a tenth are of nearly one colour. */
const LEAST_SPREAD = 0.9;

/* What can be shown of a core: a name, and cycles. */
function core_measures(kernel) {
  const loads = new Map();
  for (const link of kernel.links) {
    if (link.direction !== "in" && link.direction !== "out") continue;
    const key = core_key(link.node);
    loads.set(key, (loads.get(key) ?? 0) + link.cycles);
  }
  const measures = {
    end: ["when it ends", (core) => core.end],
    work: ["work of its busiest lane", (core) => Math.max(0, ...Object.values(core.work))],
    waits: ["waits of all lanes", (core) => sum(core.waits)],
    load: ["its way into the NOC and out of it", (core) => loads.get(core_key(core.node)) ?? 0],
  };
  const causes = new Set(kernel.cores.flatMap((core) => Object.keys(core.waits)));
  for (const cause of Object.keys(CAUSES)) {
    if (causes.has(cause)) measures[cause] = [CAUSES[cause], (core) => core.waits[cause] ?? 0];
  }
  return measures;
}

function show_cores() {
  const kernel = view.kernel;
  if (kernel.cores.length === 0) {
    show_in("cores", make("h2", {}, "Cores"), make("p", { class: "soft" }, "No core has begun."));
    return;
  }
  const measures = core_measures(kernel);
  if (!(core_measure.name in measures)) core_measure.name = "end";
  const [, value] = measures[core_measure.name];
  const most = Math.max(...kernel.cores.map(value));
  const least = Math.min(LEAST_SPREAD * most, ...kernel.cores.map(value));
  const mean = kernel.cores.reduce((total, core) => total + value(core), 0) / kernel.cores.length;
  const options = Object.entries(measures).map(([name, [text]]) => [name, text]);
  show_in("cores",
    make("div", { class: "head" }, make("h2", {}, "Cores"),
      choice("measure", options, core_measure.name, (name) => {
        core_measure.name = name;
        show_cores();
      }),
      make("span", { class: "legend push" }, cycles_text(least), make("span", { class: "gradient" }), cycles_text(most))),
    core_picture(kernel, value, least, most),
    make("p", { class: "soft note" }, `${cycles_text(mean)} cycles in the mean; choose a core to see its lanes`));
}

function core_picture(kernel, value, least, most) {
  const shade = (cycles) => (most > least ? (cycles - least) / (most - least) : 0.5);
  const width = Math.min(72, 640 / kernel.columns), height = Math.min(44, width * 0.8);
  const shown = new Set(kernel.lanes.map((lane) => core_key(lane.core)));
  const cells = kernel.cores.map((core) => {
    const key = core_key(core.core), [x, y] = core.core, cycles = value(core);
    const kept = shown.has(key) && view.core !== "all";
    const text = `core ${key}: ${cycles_text(cycles)} cycles\nends at ${cycles_text(core.end)}` +
      `\n${Object.entries(core.waits).map(([cause, each]) => `${CAUSES[cause] ?? cause}: ${cycles_text(each)}`).join("\n")}` +
      (shown.has(key) ? "" : "\nits lanes were not kept");
    return draw("g", { ...tells(text), onclick: () => shown.has(key) && look_at("core", key) },
      draw("rect", {
        class: `cell ${shown.has(key) ? "open" : ""} ${kept && view.core === key ? "chosen" : ""}`, rx: 5,
        x: 22 + x * width + 2, y: 18 + y * height + 2, width: width - 4, height: height - 4, style: `fill:${heat(0.05 + 0.85 * shade(cycles))}`,
      }),
      width > 40 && draw("text", { x: 22 + (x + 0.5) * width, y: 18 + (y + 0.5) * height + 4, "text-anchor": "middle", "pointer-events": "none" }, short_text(cycles)));
  });
  const columns = [...Array(kernel.columns).keys()].map((x) => draw("text", { class: "soft", x: 22 + (x + 0.5) * width, y: 12, "text-anchor": "middle" }, String(x)));
  const rows = [...Array(kernel.rows).keys()].map((y) => draw("text", { class: "soft", x: 14, y: 18 + (y + 0.5) * height + 4, "text-anchor": "end" }, String(y)));
  const wide = 22 + kernel.columns * width + 4, high = 18 + kernel.rows * height + 4;
  return draw("svg", { viewBox: `0 0 ${wide} ${high}`, style: `max-width:${wide}px`, role: "img", "aria-label": "cores" }, columns, rows, cells);
}

follow("kernel", show_cores);
follow("core", show_cores);
