// The voltage: the lowest and the highest sample of each point of the session, and every sample where it matters.
closer.views.voltage = (held) => {
  const data = held.dataset;
  const clock = { origin: +data.origin, perSecond: +data.perSecond, stop: +data.stop };
  const tick = clock.perSecond / data.sampling;
  const [times, lowest, highest] = [data.times, data.lowest, data.highest].map(closer.numbers);
  const recorded = closer.numbers(data.recorded);
  const artefacts = closer.numbers(data.artefacts);
  const microvolts = (level) => (level * 1000) / data.perMillivolt;
  const room = 0.06 * (data.high - data.low) || 1;
  const units = closer.items(held, "units").map((one) => ({ ...one, times: closer.numbers(one.times) }));
  const stretches = closer.items(held, "stretches").map((one) => {
    const samples = closer.numbers(one.samples);
    return { text: one.text, samples, start: +one.start, stop: +one.start + samples.length * tick };
  });
  const WORTH = 8; // pixels from which a stretch is drawn sample by sample
  const LANE = 13;
  const reach = units.reduce((most, one) => Math.max(most, +one.threshold || 0), 0);
  const [low, high] = [Math.min(+data.low, -reach) - room, Math.max(+data.high, reach) + room];

  function drawEnvelope(stage, y) {
    const begin = Math.max(0, closer.first(times, stage.from) - 1);
    for (let place = begin; place < times.length && times[place] < stage.to; place++) {
      const stop = Math.min(times[place] + +data.point, times[place + 1] ?? clock.stop);
      const [x1, x2] = [stage.x(times[place]), stage.x(stop)];
      const [top, bottom] = [y(highest[place]), y(lowest[place])];
      stage.block(x1, Math.min(top, bottom - 1), Math.max(x2, x1 + 0.7), bottom, x2 - x1 > WORTH ? "faint" : "ink");
    }
  }

  // Samples as a line; where several fall on a pixel, the lowest and the highest of them.
  function drawSamples(stage, y, one, [from, to], colour, width) {
    const start = Math.max(0, Math.floor((from - one.start) / tick));
    const stop = Math.min(one.samples.length, Math.ceil((to - one.start) / tick) + 1);
    const each = Math.max(1, Math.floor((tick && (stage.to - stage.from) / tick) / (stage.right - stage.left)));
    const { pen } = stage;
    Object.assign(pen, { strokeStyle: stage.colour(colour), lineWidth: width, lineJoin: "round" });
    pen.beginPath();
    for (let place = start - (start % each); place < stop; place += each) {
      const part = one.samples.subarray(Math.max(place, start), Math.min(place + each, stop));
      const x = stage.x(one.start + place * tick);
      for (const level of each > 1 ? [Math.min(...part), Math.max(...part)] : part) pen.lineTo(x, y(level));
    }
    pen.stroke();
  }

  function drawStretch(stage, y, one, top, bottom) {
    const [x1, x2] = [stage.x(one.start), stage.x(one.stop)];
    stage.block(x1, top, x2, bottom, "paper");
    const seen = [Math.max(one.start, stage.from), Math.min(one.stop, stage.to)];
    drawSamples(stage, y, one, seen, units.length ? "faint" : "ink", 1);
    for (const unit of units) {
      const begin = closer.first(unit.times, seen[0] - data.after);
      for (let place = begin; unit.times[place] < seen[1] + +data.before; place++) {
        const spike = [unit.times[place] - data.before, unit.times[place] + +data.after];
        if (unit.times[place] >= one.start && unit.times[place] < one.stop) drawSamples(stage, y, one, spike, unit.colour, 1.4);
      }
    }
  }

  function drawLanes(stage, worth) {
    units.forEach((unit, row) => {
      const middle = 10 + LANE * row;
      stage.write(unit.text, stage.left - 6, middle, unit.colour, "right");
      for (const one of worth) {
        const [x1, x2] = [Math.max(stage.x(one.start), stage.left), Math.min(stage.x(one.stop), stage.right)];
        stage.line(x1, middle, x2, middle, unit.colour, { width: 0.4 });
        const end = Math.min(one.stop, stage.to);
        for (let place = closer.first(unit.times, Math.max(one.start, stage.from)); unit.times[place] < end; place++) {
          const x = stage.x(unit.times[place]);
          stage.line(x, middle - 4, x, middle + 4, unit.colour, { width: 1.3 });
        }
      }
      if (!worth.length && !row) stage.write("spikes are marked at the places of the list", stage.left + 4, middle, "ink");
    });
  }

  function draw(stage) {
    stage.left = Math.max(stage.left, ...units.map((unit) => stage.pen.measureText(unit.text).width + 12));
    const [top, bottom] = [8 + LANE * units.length, stage.height - 42];
    const y = (level) => bottom - ((level - low) / (high - low)) * (bottom - top);
    const seen = stretches.filter((one) => one.stop > stage.from && one.start < stage.to);
    const worth = seen.filter((one) => stage.x(one.stop) - stage.x(one.start) >= WORTH);
    stage.within(top, bottom, () => {
      drawEnvelope(stage, y);
      for (const one of worth) drawStretch(stage, y, one, top, bottom);
      for (const [start, stop] of closer.shared(artefacts, stage.from, stage.to))
        stage.block(stage.x(start), top, Math.max(stage.x(stop), stage.x(start) + 1), bottom, data.alertColour, 0.2);
      stage.hatch(closer.between(recorded, stage.from, stage.to), top, bottom);
      for (const unit of units.filter((one) => one.threshold))
        for (const side of [-1, 1]) {
          const level = y(side * unit.threshold);
          stage.line(stage.left, level, stage.right, level, data.alertColour, { width: 0.8, dash: [6, 4] });
        }
      for (const one of seen) stage.block(stage.x(one.start), bottom - 3, Math.max(stage.x(one.stop), stage.x(one.start) + 3), bottom, data.placeColour);
    });
    drawLanes(stage, worth);
    stage.valueAxis(top, bottom, [microvolts(low), microvolts(high)], "voltage (µV)");
    stage.timeAxis(bottom);
  }

  function spikeText(time, span) {
    const found = units
      .map((unit) => ({ unit, at: unit.times[closer.nearest(unit.times, time)] }))
      .filter(({ at }) => Math.abs(at - time) < Math.max(span / 200, +data.after));
    return found.map(({ unit, at }) => `${unit.text}, spike at ${(clock.origin + at / clock.perSecond).toFixed(4)} s`).join("; ");
  }

  // What is told of a time: a sample, or what is known of the point that it is in.
  function said(time, span) {
    const when = `${(clock.origin + time / clock.perSecond).toFixed(5)} s`;
    if (!closer.shared(recorded, time, time + 1).length) return `${when}: not recorded`;
    const one = stretches.find((stretch) => stretch.start <= time && time < stretch.stop);
    const out = closer.shared(artefacts, time, time + 1).length ? " · taken out as an artefact" : "";
    if (one) {
      const level = one.samples[Math.floor((time - one.start) / tick)];
      const near = spikeText(time, span);
      return `${when}: ${microvolts(level).toFixed(1)} µV · ${one.text}${near && ` · ${near}`}${out}`;
    }
    const place = Math.max(0, closer.first(times, time + 1) - 1);
    const point = ((1000 * data.point) / clock.perSecond).toPrecision(3);
    const ends = `${microvolts(lowest[place]).toFixed(1)} to ${microvolts(highest[place]).toFixed(1)} µV`;
    return `${when}: lowest and highest of ${point} ms: ${ends}${out} · every sample is carried at the places of the list only`;
  }

  // The next sample, or the next point.
  function next(time, direction) {
    const one = stretches.find((stretch) => stretch.start <= time && time < stretch.stop);
    if (one) return one.start + (Math.floor((time - one.start) / tick) + direction + 0.5) * tick;
    return time + direction * data.point;
  }

  const places = stretches.map((one) => ({ text: one.text, from: one.start, to: one.stop }));
  const height = 330 + LANE * units.length;
  return { clock, least: 40 * tick, height, places, draw, said, next };
};
