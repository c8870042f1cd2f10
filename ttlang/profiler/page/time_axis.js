/* Which part of the time is seen, and how the pointer, the wheel and the keyboard change it. */

class TimeAxis {
  constructor(end, changed) {
    this.end = Math.max(end, 1);
    this.changed = changed;
    this.from = 0;
    this.to = this.end;
  }

  see(from, to) {
    const span = Math.min(Math.max(to - from, this.end / 1e5), this.end);
    this.from = Math.min(Math.max(0, from), this.end - span);
    this.to = this.from + span;
    this.changed();
  }

  reset() {
    this.see(0, this.end);
  }

  zoom(factor, at = (this.from + this.to) / 2) {
    this.see(at - (at - this.from) * factor, at + (this.to - at) * factor);
  }

  pan(share) {
    const step = share * (this.to - this.from);
    this.see(this.from + step, this.to + step);
  }

  /* Round numbers, some ninety pixels apart. */
  ticks(width) {
    const rough = ((this.to - this.from) * 90) / width;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough);
    const ticks = [];
    for (let tick = Math.ceil(this.from / step) * step; tick <= this.to; tick += step) ticks.push(tick);
    return ticks;
  }

  key(event) {
    const moves = {
      "+": () => this.zoom(0.7), "=": () => this.zoom(0.7), w: () => this.zoom(0.7),
      "-": () => this.zoom(1 / 0.7), s: () => this.zoom(1 / 0.7),
      ArrowLeft: () => this.pan(-0.2), a: () => this.pan(-0.2),
      ArrowRight: () => this.pan(0.2), d: () => this.pan(0.2), Home: () => this.reset(), 0: () => this.reset(),
    };
    if (!(event.key in moves) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    moves[event.key]();
  }

  wheel(event, at) {
    const pans = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!pans && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    if (pans) this.pan((event.deltaX || event.deltaY) / 800);
    else this.zoom(Math.exp(event.deltaY / 300), at);
  }
}
