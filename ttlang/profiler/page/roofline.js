/* What the kernel does in a second against what the chip could, for its traffic with DRAM. */

const FLOPS_OF_PRODUCT = 2 * 32 ** 3;
const PLOT = { width: 560, height: 300, left: 52, right: 14, top: 14, bottom: 36 };

function show_roofline() {
  const kernel = view.kernel, roof = kernel.roofline;
  show_in("roofline",
    make("div", { class: "head" }, make("h2", {}, "Roofline"), make("span", { class: "soft" }, "products of tiles against traffic with DRAM")),
    roof.products > 0 && roof.dram_bytes > 0 ? roofline_picture(kernel, roof) : traffic_alone(kernel, roof));
}

function traffic_alone(kernel, roof) {
  const least = roof.dram_bytes / roof.peak_bytes;
  const shares = [
    ["time of its traffic at the peak of DRAM", least],
    ["time of its products at the peak of the cores", roof.products / roof.peak_products],
  ].filter(([, cycles]) => cycles > 0);
  return make("div", {},
    make("p", { class: "soft" }, roof.products > 0 ? "It moves nothing from or to DRAM." : "It has no products of tiles."),
    make("table", {}, shares.map(([text, cycles]) => make("tr", {},
      make("td", { style: "white-space:nowrap" }, text),
      make("td", { style: "width:100%" }, make("div", { class: "bar" }, make("i", { style: `width:${(100 * cycles) / kernel.cycles}%;background:var(--work)` }))),
      make("td", { class: "number" }, percent_text(cycles / kernel.cycles))))));
}

function roofline_picture(kernel, roof) {
  const per_second = kernel.megahertz * 1e6;
  const peak = roof.peak_products * FLOPS_OF_PRODUCT * per_second;
  const bandwidth = roof.peak_bytes * per_second;
  const intensity = (roof.products * FLOPS_OF_PRODUCT) / roof.dram_bytes;
  const reached = (roof.products / kernel.cycles) * FLOPS_OF_PRODUCT * per_second;
  const ridge = peak / bandwidth;
  const log = Math.log10;
  const x_range = [Math.floor(log(Math.min(intensity, ridge)) - 0.5), Math.ceil(log(Math.max(intensity, ridge)) + 0.5)];
  const y_range = [Math.floor(log(Math.min(reached, bandwidth * 10 ** x_range[0]))), Math.ceil(log(peak) + 0.15)];
  const x = (value) => PLOT.left + ((log(value) - x_range[0]) / (x_range[1] - x_range[0])) * (PLOT.width - PLOT.left - PLOT.right);
  const y = (value) => PLOT.height - PLOT.bottom - ((log(value) - y_range[0]) / (y_range[1] - y_range[0])) * (PLOT.height - PLOT.top - PLOT.bottom);
  const powers = ([from, to]) => Array.from({ length: to - from + 1 }, (_, place) => 10 ** (from + place));
  const parts = [];
  for (const each of powers(x_range)) {
    parts.push(draw("line", { class: "rule", x1: x(each), x2: x(each), y1: PLOT.top, y2: PLOT.height - PLOT.bottom }));
    parts.push(draw("text", { class: "soft", x: x(each), y: PLOT.height - PLOT.bottom + 14, "text-anchor": "middle" }, short_text(each)));
  }
  for (const each of powers(y_range)) {
    parts.push(draw("line", { class: "rule", x1: PLOT.left, x2: PLOT.width - PLOT.right, y1: y(each), y2: y(each) }));
    parts.push(draw("text", { class: "soft", x: PLOT.left - 5, y: y(each) + 4, "text-anchor": "end" }, flops_text(each)));
  }
  const low = 10 ** x_range[0], high = 10 ** x_range[1];
  const roof_line = `M ${x(low)} ${y(low * bandwidth)} L ${x(ridge)} ${y(peak)} L ${x(high)} ${y(peak)}`;
  const most = Math.min(peak, intensity * bandwidth);
  parts.push(
    draw("path", { d: roof_line, fill: "none", style: "stroke:var(--work);stroke-width:2.5" }),
    draw("line", { x1: x(intensity), x2: x(intensity), y1: y(reached), y2: y(most), style: "stroke:var(--soft);stroke-dasharray:3 3" }),
    draw("text", { x: x(intensity) + 9, y: y(reached) + 4 }, `${kernel.kernel}: ${percent_text(reached / most)} of the roof`),
    draw("circle", {
      cx: x(intensity), cy: y(reached), r: 6, style: "fill:var(--heat)",
      ...tells(`${flops_text(reached)}FLOP/s of ${flops_text(most)}FLOP/s at ${short_text(intensity)} FLOP a byte`),
    }),
    draw("text", { x: x(high) - 4, y: y(peak) - 6, "text-anchor": "end" }, `matrix engines ${flops_text(peak)}FLOP/s`),
    draw("text", { x: x(low) + 30, y: y(low * bandwidth) - 2 }, `DRAM ${flops_text(bandwidth)}B/s`),
    draw("text", { class: "soft", x: PLOT.width - PLOT.right, y: PLOT.height - 6, "text-anchor": "end" }, "FLOP a byte of DRAM"),
    draw("text", { class: "soft", x: PLOT.left + 6, y: PLOT.top + 12 }, "FLOP/s"));
  return draw("svg", { viewBox: `0 0 ${PLOT.width} ${PLOT.height}`, style: `max-width:${PLOT.width}px`, role: "img", "aria-label": "roofline" }, parts);
}

/* With the prefix of a power of a thousand. */
function flops_text(value) {
  const power = Math.min(5, Math.max(0, Math.floor(Math.log10(value) / 3 + 1e-9)));
  return `${Number((value / 1000 ** power).toPrecision(3))} ${["", "k", "M", "G", "T", "P"][power]}`;
}

follow("kernel", show_roofline);
