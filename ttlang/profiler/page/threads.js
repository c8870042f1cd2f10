/* What the lanes of each thread do with their time. */

function show_threads() {
  const kernel = view.kernel;
  const lanes_of = (thread) => LANES.filter((lane) => lane in thread.lanes).map((lane) => [lane, thread.lanes[lane]]);
  const rows = kernel.threads.flatMap((thread) => lanes_of(thread).map(([lane, cycles]) => make("tr", {},
    make("td", { style: "white-space:nowrap" }, lane === "move" ? thread.thread : `${thread.thread} · ${lane}`),
    make("td", { style: "width:100%" }, cause_bar(cycles, sum(cycles) / kernel.cycles)),
    make("td", { class: "number" }, percent_text((cycles.work ?? 0) / kernel.cycles)),
    make("td", { class: "number soft" }, thread.least === thread.most ? cycles_text(thread.most) : `${cycles_text(thread.least)} – ${cycles_text(thread.most)}`))));
  show_in("threads",
    make("div", { class: "head" }, make("h2", {}, "Threads"), make("span", { class: "soft" }, "means over cores")),
    make("table", {}, make("thead", {}, make("tr", {}, make("th", {}, ""), make("th", {}, ""), make("th", { class: "number" }, "works"), make("th", { class: "number" }, "ends at"))),
      make("tbody", {}, rows)));
}

follow("kernel", show_threads);
