/* The lanes of cores over time, with the fill of their buffers on the same axis. */

const LABELS = 200, AXIS = 20, LANE = 22, LOW_LANE = 13, FILL = 30, GAP = 6;

const PALE = new Set(["pages", "room", "noc", "sources"]);

const timeline = { canvas: null, axis: null, rows: [], colors: {}, drag: null };

/* What is drawn, from above: each with its place and height. */
function timeline_rows() {
  const { kernel, core } = view;
  const threads = kernel.threads.map((thread) => thread.thread);
  const ours = (each) => core === "all" || core_key(each.core) === core;
  const name = (each, text) => (core === "all" ? `${core_key(each.core)} ${text}` : text);
  const place = (lane) => [threads.indexOf(lane.thread), LANES.indexOf(lane.lane)];
  const lanes = kernel.lanes.filter(ours).map((lane) => ({
    lane, height: core === "all" ? LOW_LANE : LANE, place: place(lane),
    label: name(lane, lane.lane === "move" ? lane.thread : `${lane.thread} · ${lane.lane}`),
  }));
  lanes.sort((a, b) => (core_key(a.lane.core) === core_key(b.lane.core) ? a.place[0] - b.place[0] || a.place[1] - b.place[1] : 0));
  const fills = core === "all" ? [] : kernel.fills.filter((each) => ours(each) && each.steps.length > 0)
    .map((each) => ({ fill: each, height: FILL, label: each.buffer, more: each.pages === 1 ? "1 page" : `${each.pages} pages` }));
  let top = AXIS;
  const path = kernel.critical_path.intervals.length > 0 ? [{ lane: kernel.critical_path, path: true, height: LANE, label: "critical path" }] : [];
  const rows = [...path, ...lanes, ...fills];
  for (const row of rows) {
    row.top = top;
    top += row.height + (row.fill ? GAP : core === "all" ? 1 : 3);
  }
  return { rows, height: top + 4 };
}

function show_timeline() {
  const kernel = view.kernel;
  const slowest = Math.max(...kernel.cores.map((core) => core.end));
  const keys = new Set(kernel.lanes.map((lane) => core_key(lane.core)));
  const cores = kernel.cores.filter((core) => keys.has(core_key(core.core)));
  const options = cores.map((core) => [core_key(core.core), `core ${core_key(core.core)}${core.end === slowest ? " (ends last)" : ""}`]);
  if (cores.length > 1) options.push(["all", cores.length < kernel.cores.length ? "all that were kept" : "all cores"]);
  timeline.axis = new TimeAxis(kernel.cycles, draw_timeline);
  const axis = timeline.axis;
  const canvas = make("canvas", {
    class: "canvas", tabindex: 0, "aria-label": "lanes over time",
    onkeydown: (event) => axis.key(event), ondblclick: () => axis.reset(),
    onpointerdown: start_drag, onpointermove: point_at, onpointerup: end_drag,
    onpointerleave: (event) => show_tip(event, ""),
  });
  canvas.addEventListener("wheel", (event) => axis.wheel(event, time_at(event)), { passive: false });
  timeline.canvas = canvas;
  const causes = new Set(kernel.lanes.flatMap((lane) => lane.intervals.map((interval) => interval[2])));
  show_in("timeline",
    make("div", { class: "head" }, make("h2", {}, "Lanes over time"),
      options.length > 0 && choice("core", options, view.core, (value) => look_at("core", value)),
      make("span", { class: "soft push" }, "drag, or ctrl and wheel: zoom · shift and wheel: move · click: its line"),
      make("button", { "aria-label": "nearer", onclick: () => axis.zoom(0.6) }, "+"),
      make("button", { "aria-label": "farther", onclick: () => axis.zoom(1 / 0.6) }, "−"),
      make("button", { onclick: () => axis.reset() }, "all")),
    cause_legend(causes),
    make("div", { class: view.core === "all" ? "scroll" : "" }, canvas),
    make("div", { class: "overview" }, make("i")));
  if (options.length === 0) canvas.replaceWith(make("p", { class: "soft" }, "No lanes were kept."));
  draw_timeline();
}

const plot_width = () => timeline.canvas.clientWidth - LABELS;
const x_of = (time) => LABELS + ((time - timeline.axis.from) / (timeline.axis.to - timeline.axis.from)) * plot_width();

function time_at(event) {
  const { from, to } = timeline.axis;
  return from + ((event.offsetX - LABELS) / plot_width()) * (to - from);
}

function draw_timeline() {
  const { canvas, axis } = timeline;
  if (!canvas?.isConnected) return;
  const { rows, height } = timeline_rows();
  timeline.rows = rows;
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(`--${name}`).trim();
  timeline.colors = Object.fromEntries([...Object.keys(CAUSES), "ink", "soft", "rule", "mark", "panel", "accent"].map((name) => [name, color(name)]));
  const ratio = window.devicePixelRatio || 1;
  canvas.style.height = `${height}px`;
  canvas.width = canvas.clientWidth * ratio;
  canvas.height = height * ratio;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.font = "11px system-ui, 'DejaVu Sans', sans-serif";
  pen.textBaseline = "middle";
  draw_axis(pen, height);
  for (const row of rows) row.lane ? draw_lane(pen, row) : draw_fill(pen, row);
  draw_labels(pen, rows);
  if (timeline.drag) draw_drag(pen, height);
  const seen = document.querySelector("#timeline .overview i");
  seen.style.left = `${(100 * axis.from) / axis.end}%`;
  seen.style.width = `${(100 * (axis.to - axis.from)) / axis.end}%`;
}

function draw_axis(pen, height) {
  const { axis, colors } = timeline;
  for (const tick of axis.ticks(plot_width())) {
    const x = Math.round(x_of(tick)) + 0.5;
    pen.fillStyle = colors.rule;
    pen.fillRect(x, AXIS - 4, 1, height);
    pen.fillStyle = colors.soft;
    const text = cycles_text(tick);
    if (x + 3 + pen.measureText(text).width < LABELS + plot_width()) pen.fillText(text, x + 3, AXIS / 2);
  }
}

function draw_labels(pen, rows) {
  const { colors } = timeline;
  for (const row of rows) {
    const middle = row.top + row.height / 2;
    pen.fillStyle = colors.ink;
    pen.fillText(row.label, 2, row.more ? middle - 6 : middle, LABELS - 10);
    pen.fillStyle = colors.soft;
    if (row.more) pen.fillText(row.more, 2, middle + 7, LABELS - 10);
  }
}

/* Intervals of less than a pixel are drawn as the one that takes most of the pixel. */
function draw_lane(pen, row) {
  const { axis, colors } = timeline;
  const right = LABELS + plot_width();
  const end = row.height;
  pen.fillStyle = colors.mark;
  pen.fillRect(LABELS, row.top, plot_width(), end);
  const pixels = new Map();
  const intervals = row.lane.intervals;
  for (let number = first_after(intervals, axis.from); number < intervals.length && intervals[number][0] < axis.to; number++) {
    const [start, stop, cause, line] = intervals[number];
    const from = Math.max(LABELS, x_of(start)), to = Math.min(right, x_of(stop));
    pen.globalAlpha = view.line >= 0 && line !== view.line ? 0.22 : 1;
    if (to - from < 1) {
      const pixel = Math.floor(from), best = pixels.get(pixel);
      if (!best || line === view.line || to - from > best.width) pixels.set(pixel, { width: to - from, cause, alpha: pen.globalAlpha });
      continue;
    }
    pen.fillStyle = colors[cause] ?? colors.soft;
    pen.fillRect(from, row.top, to - from > 3 ? to - from - 0.5 : to - from, end);
    if (to - from > 46 && end > 16 && pen.globalAlpha === 1) draw_name(pen, row, from, to, cause, line);
  }
  for (const [pixel, { cause, alpha }] of pixels) {
    pen.globalAlpha = alpha;
    pen.fillStyle = colors[cause] ?? colors.soft;
    pen.fillRect(pixel, row.top, 1, end);
  }
  pen.globalAlpha = 1;
}

function draw_name(pen, row, from, to, cause, number) {
  const line = view.kernel.lines[number];
  if (!line) return;
  pen.save();
  pen.beginPath();
  pen.rect(from, row.top, to - from - 3, row.height);
  pen.clip();
  pen.fillStyle = PALE.has(cause) ? "#221a08" : "#fff";
  pen.fillText(`${line.line}  ${line.text}`, from + 5, row.top + row.height / 2);
  pen.restore();
}

function draw_fill(pen, row) {
  const { axis, colors } = timeline;
  const { steps, pages } = row.fill;
  const base = row.top + row.height, right = LABELS + plot_width();
  pen.fillStyle = colors.mark;
  pen.fillRect(LABELS, row.top, plot_width(), row.height);
  pen.fillStyle = colors.accent;
  pen.globalAlpha = 0.55;
  for (let number = 0; number < steps.length; number++) {
    const [start, filled] = steps[number];
    const stop = number + 1 < steps.length ? steps[number + 1][0] : axis.end;
    if (!filled || stop < axis.from || start > axis.to) continue;
    const from = Math.max(LABELS, x_of(start)), to = Math.min(right, x_of(stop));
    const height = (row.height * filled) / pages;
    pen.fillRect(from, base - height, Math.max(to - from, 0.3), height);
  }
  pen.globalAlpha = 1;
}

function draw_drag(pen, height) {
  const { start, now } = timeline.drag;
  pen.fillStyle = timeline.colors.accent;
  pen.globalAlpha = 0.2;
  pen.fillRect(x_of(start), AXIS, x_of(now) - x_of(start), height);
  pen.globalAlpha = 1;
}

/* The number of the first interval, or step, that ends behind a time. */
function first_after(intervals, time) {
  let low = 0, high = intervals.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (intervals[middle][1] <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

function start_drag(event) {
  if (event.button !== 0 || event.offsetX < LABELS) return;
  timeline.canvas.setPointerCapture(event.pointerId);
  timeline.drag = { start: time_at(event), now: time_at(event), x: event.offsetX };
}

/* A drag zooms; a click looks at the line of the interval. */
function end_drag(event) {
  const { drag, axis } = timeline;
  timeline.drag = null;
  if (!drag) return;
  if (Math.abs(event.offsetX - drag.x) > 4) axis.see(Math.min(drag.start, drag.now), Math.max(drag.start, drag.now));
  else look_at("line", interval_at(event)?.[3] ?? -1);
}

function row_at(event) {
  return timeline.rows.find((row) => event.offsetY >= row.top && event.offsetY <= row.top + row.height);
}

function interval_at(event) {
  const row = row_at(event), time = time_at(event);
  const interval = row?.lane?.intervals[first_after(row.lane.intervals, time)];
  return interval && interval[0] <= time && event.offsetX >= LABELS ? interval : undefined;
}

function point_at(event) {
  if (timeline.drag) {
    timeline.drag.now = time_at(event);
    draw_timeline();
  }
  const row = row_at(event), interval = interval_at(event);
  if (interval) show_tip(event, interval_text(interval));
  else show_tip(event, row?.fill && event.offsetX >= LABELS ? fill_text(row.fill, time_at(event)) : "");
}

/* An interval of the critical path has its core and its lane as well. */
function interval_text([start, end, cause, number, core, lane]) {
  const line = view.kernel.lines[number];
  const where = (line ? `\n${line_name(line)}: ${line.text}` : "") + (core ? `\non core ${core_key(core)}, ${lane}` : "");
  return `${CAUSES[cause] ?? cause} for ${cycles_text(end - start)} cycles${where}\nfrom ${cycles_text(start)} to ${cycles_text(end)}`;
}

function fill_text(fill, time) {
  const step = fill.steps.filter(([start]) => start <= time).at(-1);
  return `${fill.buffer}: ${step ? step[1] : 0} of ${fill.pages} pages filled\nat ${cycles_text(time)}`;
}

follow("kernel", show_timeline);
follow("core", show_timeline);
follow("line", draw_timeline);
window.addEventListener("resize", draw_timeline);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw_timeline);
