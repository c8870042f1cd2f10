/* What lanes do with their time: the same colours in all pictures. */

/* In the order of a tile's way. */
const LANES = ["move", "unpack", "math", "pack"];

const cause_color = (cause) => `var(--${cause})`;

function cause_legend(causes) {
  const entries = Object.keys(CAUSES).filter((cause) => causes.has(cause));
  return make("div", { class: "legend" }, entries.map((cause) =>
    make("span", {}, make("i", { style: `background:${cause_color(cause)}` }), CAUSES[cause])));
}

/* Cycles by cause side by side, which take a share of the bar: lanes wait beside each other, so they are no time in sum. */
function cause_bar(cycles, share) {
  const parts = Object.keys(CAUSES).filter((cause) => cycles[cause] > 0);
  const text = parts.map((cause) => `${CAUSES[cause]}: ${cycles_text(cycles[cause])}`).join("\n");
  const all = parts.reduce((total, cause) => total + cycles[cause], 0);
  return make("div", { class: "bar", ...tells(text) }, parts.map((cause) =>
    make("i", { style: `width:${(100 * Math.min(1, share) * cycles[cause]) / all}%;background:${cause_color(cause)}` })));
}
