/* Elements, numbers as text, and the tip at the pointer. */

const SVG = "http://www.w3.org/2000/svg";

/* An element with its attributes and children; a function under "on..." is called for that event. */
function fill_in(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

function make(tag, attributes = {}, ...children) {
  return fill_in(document.createElement(tag), attributes, children);
}

function draw(tag, attributes = {}, ...children) {
  return fill_in(document.createElementNS(SVG, tag), attributes, children);
}

function show_in(id, ...children) {
  document.getElementById(id).replaceChildren(...children.flat().filter(Boolean));
}

function choice(label, options, chosen, change) {
  const entries = options.map(([value, text]) => make("option", { value, selected: value === chosen }, text));
  return make("select", { "aria-label": label, onchange: (event) => change(event.target.value) }, entries);
}

const NUMBER = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

const sum = (numbers) => Object.values(numbers).reduce((total, each) => total + each, 0);
const cycles_text = (cycles) => NUMBER.format(cycles);
const short_text = (number) => SHORT.format(number);
/* Of nothing there is no share. */
function percent_text(share) {
  if (!Number.isFinite(share)) return "–";
  return share >= 0.0995 || share === 0 ? `${Math.round(100 * share)} %` : `${(100 * share).toFixed(1)} %`;
}

/* A colour between nothing and hot, which follows the colour scheme. */
const heat = (share) => `color-mix(in oklab, var(--heat) ${Math.round(100 * Math.min(1, Math.max(0, share)))}%, var(--mark))`;

function show_tip(event, text) {
  const tip = document.getElementById("tip");
  tip.hidden = !text;
  if (!text) return;
  tip.textContent = text;
  const { width, height } = tip.getBoundingClientRect();
  const right = event.clientX + 14 + width > window.innerWidth;
  const below = event.clientY + 16 + height > window.innerHeight;
  tip.style.left = `${Math.max(4, right ? event.clientX - width - 10 : event.clientX + 14)}px`;
  tip.style.top = `${Math.max(4, below ? event.clientY - height - 10 : event.clientY + 16)}px`;
}

/* Attributes with which an element tells something while the pointer is on it. */
const tells = (text) => ({ onpointermove: (event) => show_tip(event, text), onpointerleave: (event) => show_tip(event, "") });
