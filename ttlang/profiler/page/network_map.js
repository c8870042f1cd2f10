/* The chip's nodes with the load of the NOC's links and of the banks of DRAM. */

const NODE = 38, SQUARE = 22;
const network = { noc: 0 };

function show_network() {
  const kernel = view.kernel;
  const nocs = [...new Set(kernel.links.map((link) => link.noc))].sort();
  if (!nocs.includes(network.noc)) network.noc = nocs[0] ?? 0;
  show_in("network",
    make("div", { class: "head" }, make("h2", {}, "NOC and DRAM"),
      nocs.length > 1 && choice("NOC", nocs.map((noc) => [String(noc), `NOC ${noc}`]), String(network.noc), (value) => {
        network.noc = Number(value);
        show_network();
      }),
      make("span", { class: "legend push" }, "idle ", make("span", { class: "gradient" }), "always taken")),
    kernel.links.length === 0 && kernel.dram.length === 0
      ? make("p", { class: "soft" }, "No transfers.")
      : network_picture(kernel, kernel.links.filter((link) => link.noc === network.noc)),
    make("p", { class: "soft note" }, "squares are cores of the kernel, circles banks of DRAM; the share of time that each is taken"));
}

function network_picture(kernel, links) {
  const used = [...kernel.links.map((link) => link.node), ...kernel.dram.map((bank) => bank.node), ...kernel.cores.map((core) => core.node)];
  const columns = 1 + Math.max(...used.map(([x]) => x)), rows = 1 + Math.max(...used.map(([, y]) => y));
  const center = ([x, y]) => [(x + 0.5) * NODE, (y + 0.5) * NODE];
  const share = (cycles) => cycles / kernel.cycles;
  const ends = new Map();
  for (const link of links) {
    if (link.direction !== "in" && link.direction !== "out") continue;
    const known = ends.get(core_key(link.node)) ?? { in: 0, out: 0 };
    known[link.direction] = share(link.cycles);
    ends.set(core_key(link.node), known);
  }
  const ways = links.filter((link) => link.direction === "along" || link.direction === "across");
  const lines = ways.sort((a, b) => a.cycles - b.cycles).map((link) => {
    const [x, y] = center(link.node), forward = network.noc === 0 ? NODE : -NODE;
    const [right, down] = link.direction === "along" ? [forward, 0] : [0, forward];
    return draw("line", {
      x1: x, y1: y, x2: x + right, y2: y + down, "stroke-linecap": "round",
      style: `stroke:${heat(0.08 + 0.92 * share(link.cycles))};stroke-width:${2 + 7 * Math.sqrt(Math.min(1, share(link.cycles)))}`,
      ...tells(`from ${core_key(link.node)} ${link.direction === "along" ? "along its row" : "to the next row"}: taken ${percent_text(share(link.cycles))} of the time`),
    });
  });
  const at = (node) => ends.get(core_key(node)) ?? { in: 0, out: 0 };
  const cores = kernel.cores.map((core) => {
    const [x, y] = center(core.node), load = at(core.node);
    return draw("rect", {
      x: x - SQUARE / 2, y: y - SQUARE / 2, width: SQUARE, height: SQUARE, rx: 4, class: "cell",
      style: `fill:${heat(Math.max(load.in, load.out))}`,
      ...tells(`core ${core_key(core.core)} at node ${core_key(core.node)}\ninto the NOC: ${percent_text(load.in)}\nout of it: ${percent_text(load.out)}`),
    });
  });
  const banks = new Map();
  for (const bank of kernel.dram) {
    const key = core_key(bank.node);
    banks.set(key, [...(banks.get(key) ?? []), bank]);
  }
  const memory = [...banks.values()].map((here) => {
    const [x, y] = center(here[0].node);
    const most = Math.max(...here.map((bank) => share(bank.cycles)));
    const text = here.map((bank) => `bank ${bank.bank}: busy ${percent_text(share(bank.cycles))}`).join("\n");
    return draw("g", tells(text),
      draw("circle", { cx: x, cy: y, r: SQUARE / 2 + 2, class: "cell", style: `fill:${heat(most)}` }),
      draw("text", { x, y: y + 4, class: "small", "text-anchor": "middle", "pointer-events": "none" }, `D${here[0].bank}`));
  });
  const dots = [];
  for (let x = 0; x < columns; x++) {
    for (let y = 0; y < rows; y++) {
      dots.push(draw("circle", { cx: center([x, y])[0], cy: center([x, y])[1], r: 2, style: "fill:var(--rule)" }));
    }
  }
  return draw("svg", { viewBox: `0 0 ${columns * NODE} ${rows * NODE}`, style: `max-width:${columns * NODE}px`, role: "img", "aria-label": "network" }, dots, lines, cores, memory);
}

follow("kernel", show_network);
