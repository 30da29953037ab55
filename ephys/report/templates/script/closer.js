// A closer look: what the views of the course and of the voltage share. What is drawn is what the page carries.
const closer = {
  views: {},

  // Whole numbers, each written as its step from the one before.
  numbers(text) {
    const steps = text ? text.split(" ") : [];
    const values = new Float64Array(steps.length);
    let sum = 0;
    steps.forEach((step, place) => { values[place] = sum += +step; });
    return values;
  },

  // Things with a name and numbers; a name is text.
  items(held, list) {
    return [...held.querySelectorAll(`ul.${list} > li`)].map((item) => ({ ...item.dataset, text: item.textContent }));
  },

  // Place of the first value that is not below a limit: windows are half-open.
  first(values, limit) {
    let [low, high] = [0, values.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (values[middle] < limit) low = middle + 1;
      else high = middle;
    }
    return low;
  },

  // Place of the value nearest to another; -1 where there is none.
  nearest(values, to) {
    const after = closer.first(values, to);
    if (after === values.length) return after - 1;
    return after > 0 && to - values[after - 1] <= values[after] - to ? after - 1 : after;
  },

  // Ends, in a row, of what of a stretch lies in spans.
  shared(spans, from, to) {
    const found = [];
    let place = closer.first(spans, from);
    for (place -= place % 2; place < spans.length && spans[place] < to; place += 2) {
      const [start, stop] = [Math.max(from, spans[place]), Math.min(to, spans[place + 1])];
      if (start < stop) found.push([start, stop]);
    }
    return found;
  },

  // What of a stretch does not lie in spans.
  between(spans, from, to) {
    const found = [];
    let start = from;
    for (const [begun, over] of closer.shared(spans, from, to)) {
      if (begun > start) found.push([start, begun]);
      start = over;
    }
    if (start < to) found.push([start, to]);
    return found;
  },

  // Ticks of an axis: round numbers, at most so many.
  rounds(from, to, most, sizes = [1, 2, 5]) {
    const least = (to - from) / most;
    const tens = 10 ** Math.floor(Math.log10(least));
    const step = [...sizes, sizes[0] * 10].map((size) => size * tens).find((size) => size >= least * 0.999) ?? 10 * tens;
    const count = Math.floor(to / step + 1e-9) - Math.ceil(from / step - 1e-9) + 1;
    const begin = Math.ceil(from / step - 1e-9);
    return { step, values: Array.from({ length: Math.max(0, count) }, (_, place) => (begin + place) * step) };
  },
};

// A canvas with a clock: places in pixels of the page, time in the ticks of what is carried.
closer.Stage = class {
  constructor(canvas, [from, to], clock) {
    const { width, height } = canvas.getBoundingClientRect();
    const ratio = devicePixelRatio || 1;
    Object.assign(this, { width, height, from, to, clock, left: 58, right: width - 20 });
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    this.pen = canvas.getContext("2d");
    this.pen.scale(ratio, ratio);
    this.pen.font = `12px ${getComputedStyle(document.body).fontFamily}`;
    this.style = getComputedStyle(document.documentElement);
  }

  colour(name) { return this.style.getPropertyValue(`--figure-${name}`).trim(); }
  x(time) { return this.left + ((time - this.from) / (this.to - this.from)) * (this.right - this.left); }
  time(x) { return this.from + ((x - this.left) / (this.right - this.left)) * (this.to - this.from); }
  seconds(time) { return this.clock.origin + time / this.clock.perSecond; }

  write(text, x, y, colour, align = "left") {
    Object.assign(this.pen, { fillStyle: this.colour(colour), textAlign: align, textBaseline: "middle" });
    this.pen.fillText(text, x, y);
  }

  line(x1, y1, x2, y2, colour, { width = 1, dash = [] } = {}) {
    Object.assign(this.pen, { strokeStyle: this.colour(colour), lineWidth: width });
    this.pen.setLineDash(dash);
    this.pen.beginPath();
    this.pen.moveTo(x1, y1);
    this.pen.lineTo(x2, y2);
    this.pen.stroke();
    this.pen.setLineDash([]);
  }

  block(x1, y1, x2, y2, colour, alpha = 1) {
    this.pen.globalAlpha = alpha;
    this.pen.fillStyle = this.colour(colour);
    this.pen.fillRect(x1, y1, x2 - x1, y2 - y1);
    this.pen.globalAlpha = 1;
  }

  within(top, bottom, draw) {
    this.pen.save();
    this.pen.beginPath();
    this.pen.rect(this.left, top, this.right - this.left, bottom - top);
    this.pen.clip();
    draw();
    this.pen.restore();
  }

  // What was not recorded is no silence: it is hatched.
  hatch(spans, top, bottom) {
    for (const [start, stop] of spans) {
      const [x1, x2] = [this.x(start), this.x(stop)];
      if (x2 - x1 < 0.5) continue;
      this.block(x1, top, x2, bottom, "paper");
      this.pen.save();
      this.pen.beginPath();
      this.pen.rect(x1, top, x2 - x1, bottom - top);
      this.pen.clip();
      const height = bottom - top;
      const begin = Math.max(x1, this.left) - height;
      for (let x = begin - (begin % 7); x < Math.min(x2, this.right); x += 7) this.line(x, bottom, x + height, top, "faint");
      this.pen.restore();
    }
  }

  // Time on the session's clock, in minutes where that is shorter, as the figure has it.
  timeAxis(y) {
    const most = Math.max(2, (this.right - this.left) / 90);
    const ends = [this.seconds(this.from), this.seconds(this.to)];
    const minutes = ends[1] - ends[0] > 60 * most * 0.75;
    const { step, values } = closer.rounds(...ends.map((end) => (minutes ? end / 60 : end)), most);
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    this.line(this.left, y, this.right, y, "ink");
    for (const value of values) {
      const x = this.x(((minutes ? value * 60 : value) - this.clock.origin) * this.clock.perSecond);
      this.line(x, y, x, y + 4, "ink");
      this.write(value.toFixed(digits), x, y + 12, "ink", "center");
    }
    this.write(`time (${minutes ? "min" : "s"})`, this.left, y + 28, "ink");
  }

  valueAxis(top, bottom, [low, high, finest = 0], title) {
    const { step, values } = closer.rounds(low, high, Math.max(1, Math.min((bottom - top) / 34, (high - low) / finest)));
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    this.line(this.left, top, this.left, bottom, "ink");
    for (const value of values) {
      const y = bottom - ((value - low) / (high - low)) * (bottom - top);
      this.line(this.left - 4, y, this.left, y, "ink");
      this.write(value.toFixed(digits).replace("-", "\u2212"), this.left - 7, y, "ink", "right");
    }
    this.pen.save();
    this.pen.translate(10, (top + bottom) / 2);
    this.pen.rotate(-Math.PI / 2);
    this.write(title, 0, 0, "ink", "center");
    this.pen.restore();
  }
};
