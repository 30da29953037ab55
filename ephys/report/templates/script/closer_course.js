// The course of a cell: its spikes in bins that follow the zoom, what was given, and the amplitude of every spike.
closer.views.course = (held) => {
  const data = held.dataset;
  const clock = { origin: +data.origin, perSecond: +data.perSecond, stop: +data.stop };
  const second = clock.perSecond;
  const SINGLE_BELOW = 30 * second; // of time seen: then each spike stands for itself
  const FINE_BELOW = 300 * second; // and then bins of 1 s, else those of the figure
  const times = closer.numbers(data.times);
  const amplitudes = closer.numbers(data.amplitudes);
  const counted = closer.numbers(data.counts);
  const recorded = closer.numbers(data.recorded);
  const perMicrovolt = +data.perMicrovolt;
  const given = closer.items(held, "given");
  const series = closer.items(held, "series");
  const windows = closer.items(held, "windows");
  const tallest = amplitudes.reduce((most, one) => Math.max(most, one), +data.threshold || 0) / (perMicrovolt || 1);
  const highest = new Map(); // largest count, by bin

  function binOf(span) {
    if (data.times !== undefined && span < SINGLE_BELOW) return 0;
    return Math.max(span < FINE_BELOW ? second : 10 * second, +data.bin || 0);
  }

  // Spikes in [from, to); where only counts are carried, whole bins of them.
  function count(from, to) {
    if (data.times !== undefined) return closer.first(times, to) - closer.first(times, from);
    let sum = 0;
    for (let place = Math.round(from / data.bin); place < Math.round(to / data.bin); place++) sum += counted[place] ?? 0;
    return sum;
  }

  const coveredIn = (from, to) => closer.shared(recorded, from, to).reduce((sum, [start, stop]) => sum + stop - start, 0);

  function mostIn(bin) {
    if (!highest.has(bin)) {
      let most = 1;
      for (let from = 0; from < clock.stop; from += bin) most = Math.max(most, count(from, from + bin));
      highest.set(bin, most);
    }
    return highest.get(bin);
  }

  // Time since the spike before, in seconds; NaN for the first one, and where a gap lies between.
  function intervalOf(place) {
    if (place < 1 || closer.between(recorded, times[place - 1], times[place]).length) return NaN;
    return (times[place] - times[place - 1]) / second;
  }

  function drawBins(stage, bin, top, bottom) {
    const high = mostIn(bin) * 1.18; // the names of the windows stand above
    for (let from = Math.floor(stage.from / bin) * bin; from < Math.min(stage.to, clock.stop); from += bin) {
      const spikes = count(from, from + bin);
      const whole = bin - coveredIn(from, from + bin) <= 1;
      const y = bottom - (spikes / high) * (bottom - top);
      if (spikes) stage.block(stage.x(from), y, stage.x(from + bin) + 0.6, bottom, whole ? "ink" : "faint");
    }
    return [[0, high, 1], `spikes per ${bin / second} s`];
  }

  function drawSingle(stage, top, bottom) {
    const [start, stop] = [closer.first(times, stage.from), closer.first(times, stage.to)];
    let high = 1;
    for (let place = start; place < stop; place++) {
      const interval = intervalOf(place);
      if (interval > 0) high = Math.max(high, 1.06 / interval);
    }
    for (let place = start; place < stop; place++) {
      const [x, interval] = [stage.x(times[place]), intervalOf(place)];
      stage.line(x, bottom, x, bottom - 7, "ink");
      if (interval > 0) stage.block(x - 2, bottom - (bottom - top) / interval / high - 2, x + 2, bottom - (bottom - top) / interval / high + 2, "ink");
    }
    return [[0, high], "1 / interval (Hz)"];
  }

  function drawWindows(stage, top, bottom, named) {
    for (const one of windows) {
      const [x1, x2] = [stage.x(+one.start), stage.x(+one.stop)];
      if (x2 < stage.left || x1 > stage.right) continue;
      if (one.used === "yes") stage.block(x1, top, x2, bottom, one.colour, 0.18);
      for (const x of [x1, x2]) stage.line(x, top, x, bottom, one.colour, { width: 0.6, dash: one.used === "yes" ? [] : [3, 2] });
      const room = Math.min(x2, stage.right) - Math.max(x1, stage.left) - 8;
      if (named && stage.pen.measureText(one.role).width < room) stage.write(one.role, Math.max(x1, stage.left) + 4, top + 9, one.colour);
    }
  }

  // Doses above their arrows, and the name of each series above its first one that is seen, as far as there is room.
  function drawGiven(stage, top) {
    const seen = given.filter((one) => stage.x(+one.stop) >= stage.left && stage.x(+one.start) <= stage.right);
    const free = [0, 0, 0];
    const named = new Set();
    for (const one of seen.sort((one, other) => one.start - other.start)) {
      const [x, x2] = [Math.max(stage.x(+one.start), stage.left), Math.min(stage.x(+one.stop), stage.right)];
      if (x2 - x > 1) stage.block(x, top - 5, x2, top - 1, one.colour);
      else for (const side of [-3, 3]) stage.line(x, top - 1, x + side, top - 6, one.colour, { width: 1.5 });
      if (one.dose) writeAbove(stage, one.dose, x - stage.pen.measureText(one.dose).width / 2, [top, one.colour, free, [0]]);
      if (!named.has(one.series)) writeAbove(stage, series[one.series].text, x - 4, [top, one.colour, free, [1, 2]]);
      named.add(one.series);
    }
  }

  function writeAbove(stage, text, wanted, [top, colour, free, rows]) {
    const width = stage.pen.measureText(text).width;
    const left = Math.max(Math.min(wanted, stage.right - width), 0);
    const row = rows.find((one) => left >= free[one]);
    if (row === undefined) return;
    stage.write(text, left, top - 13 - 14 * row, colour);
    free[row] = left + width + 8;
  }

  function drawAmplitudes(stage, top, bottom) {
    const high = tallest * 1.1 || 1;
    const y = (microvolts) => bottom - (microvolts / high) * (bottom - top);
    const [start, stop] = [closer.first(times, stage.from), closer.first(times, stage.to)];
    const half = stop - start > 2000 ? 0.75 : 1.75;
    for (let place = start; place < stop; place++) {
      if (amplitudes[place] < 0) continue; // not known
      const [x, level] = [stage.x(times[place]), y(amplitudes[place] / perMicrovolt)];
      stage.block(x - half, level - half, x + half, level + half, "ink", 0.7);
    }
    if (data.threshold) {
      const level = y(data.threshold / perMicrovolt);
      stage.line(stage.left, level, stage.right, level, data.thresholdColour, { dash: [6, 4] });
      stage.write(`threshold ${(data.threshold / perMicrovolt).toFixed(0)} µV`, stage.left + 4, level + 9, data.thresholdColour);
    }
    return [[0, high], "amplitude (µV)"];
  }

  function draw(stage) {
    const bin = binOf(stage.to - stage.from);
    stage.left = Math.max(stage.left, stage.pen.measureText(tallest.toFixed(0)).width + 34);
    const [top, foot] = [54, stage.height - 42];
    const split = data.amplitudes === undefined ? foot : top + (foot - top) * 0.6;
    const gaps = closer.between(recorded, stage.from, stage.to);
    const panels = [[top, split, () => (bin ? drawBins(stage, bin, top, split) : drawSingle(stage, top, split))]];
    if (split < foot) panels.push([split + 14, foot, () => drawAmplitudes(stage, split + 14, foot)]);
    panels.forEach(([upper, lower, drawn], place) => {
      let axis;
      stage.within(upper, lower, () => {
        drawWindows(stage, upper, lower, place === 0);
        stage.hatch(gaps, upper, lower);
        axis = drawn();
      });
      stage.valueAxis(upper, lower, ...axis);
    });
    drawGiven(stage, top);
    stage.timeAxis(foot);
  }

  const at = (time) => clock.origin + time / second;

  function binText(time, bin) {
    const from = Math.floor(time / bin) * bin;
    const covered = coveredIn(from, from + bin) / second;
    const when = `${at(from).toFixed(1)} to ${at(from + bin).toFixed(1)} s (${(at(from) / 60).toFixed(2)} min)`;
    const spikes = count(from, from + bin);
    const seconds = bin / second - covered < 1.5 / second ? bin / second : covered.toFixed(3);
    return covered > 0 ? `${when}: ${spikes} spikes in ${seconds} s, ${(spikes / covered).toFixed(2)} Hz` : `${when}: not recorded`;
  }

  function spikeText(time) {
    const place = closer.nearest(times, time);
    if (place < 0) return "";
    const interval = intervalOf(place);
    const after = interval > 0 ? `, ${interval.toFixed(4)} s after the one before (${(1 / interval).toFixed(2)} Hz)` : "";
    const size = amplitudes[place] >= 0 ? `, ${(amplitudes[place] / perMicrovolt).toFixed(perMicrovolt > 1 ? 1 : 0)} µV` : "";
    return `nearest spike at ${at(times[place]).toFixed(4)} s${size}${after}`;
  }

  function givenText(time) {
    const last = new Map();
    for (const one of given) if (+one.start <= time) last.set(one.series, one.text);
    return last.size ? `given so far: ${[...last.values()].join("; ")}` : given.length ? "nothing given so far" : "";
  }

  // What is told of a time: bin, spike, what had been given, and the window that it is in.
  function said(time, span) {
    const bin = binOf(span);
    const inside = closer.shared(recorded, time, time + 1).length;
    const parts = bin ? [binText(time, bin)] : [`${at(time).toFixed(3)} s${inside ? "" : ": not recorded"}`];
    const within = windows.filter((one) => one.start <= time && time < one.stop).map((one) => one.text);
    return [...parts, spikeText(time), givenText(time), ...within].filter(Boolean).join(" · ");
  }

  // The next bin, or the next spike.
  function next(time, direction, span) {
    const bin = binOf(span);
    if (bin) return (Math.floor(time / bin) + direction + 0.5) * bin;
    const place = closer.nearest(times, time);
    return times[times[place] === time ? place + direction : place] ?? time;
  }

  const places = windows.map((one) => ({ text: one.text, from: +one.start, to: +one.stop }));
  return { clock, least: second / 10, height: data.amplitudes === undefined ? 310 : 430, places, draw, said, next };
};
