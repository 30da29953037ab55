// A closer look: a button beneath each figure that carries more than it shows, and the view that it opens.
(() => {
  const KEYS = "Arrows move, + and \u2212 zoom, 0 shows everything, Shift with an arrow goes from value to value. " +
    "Drag to zoom in, double-click to see everything; the wheel zooms when the view has the focus, or with Ctrl.";
  const DRAGGED = 4; // pixels from which a click is a stretch

  function made(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  function opened(held, name) {
    const { clock, least, height, places, draw, said, next } = closer.views[held.dataset.kind](held);
    const canvas = made("canvas", { tabindex: "0", role: "application", "aria-label": `Closer look: ${name}. ${KEYS}` });
    const status = made("p", { role: "status" });
    const steer = made("div", { class: "steer" });
    const told = closer.items(held, "told").map((one) => made("p", { class: "hint" }, one.text));
    const view = made("div", { class: "closer" }, steer, canvas, status, ...told, made("p", { class: "hint" }, KEYS));
    const drawn = document.createElement("canvas");
    let [from, to, at, dragged, stage] = [0, clock.stop, null, null, null];
    canvas.style.height = `${height}px`;

    function redraw() {
      if (!canvas.clientWidth) return; // closed
      stage = new closer.Stage(canvas, [from, to], clock);
      draw(stage);
      Object.assign(drawn, { width: canvas.width, height: canvas.height });
      drawn.getContext("2d").drawImage(canvas, 0, 0);
      point();
    }

    // The line at the pointer, on what was drawn: a hundred thousand spikes are not drawn for each move of it.
    function point() {
      if (!stage) return;
      stage.pen.clearRect(0, 0, stage.width, stage.height);
      stage.pen.drawImage(drawn, 0, 0, stage.width, stage.height);
      const [top, bottom] = [2, stage.height - 42];
      if (dragged) stage.block(stage.x(dragged[0]), top, stage.x(dragged[1]), bottom, "ink", 0.15);
      if (at >= from && at <= to && at !== null) stage.line(stage.x(at), top, stage.x(at), bottom, "ink", { width: 0.7, dash: [2, 2] });
    }

    function tell(time) {
      at = Math.min(Math.max(time, 0), clock.stop - 1);
      status.textContent = said(at, to - from);
      point();
    }

    function show(start, stop) {
      const span = Math.min(Math.max(stop - start, least), clock.stop);
      from = Math.min(Math.max((start + stop - span) / 2, 0), clock.stop - span);
      to = from + span;
      redraw();
      tell(at !== null && at >= from && at < to ? at : (from + to) / 2);
    }

    const zoom = (factor, round = at ?? (from + to) / 2) => show(round - (round - from) * factor, round + (to - round) * factor);
    const move = (share) => show(from + share * (to - from), to + share * (to - from));
    const all = () => show(0, clock.stop);

    const steps = {
      "Zoom in": () => zoom(0.5), "Zoom out": () => zoom(2), Earlier: () => move(-0.5), Later: () => move(0.5), "Whole session": all,
    };
    for (const [text, done] of Object.entries(steps)) {
      const button = made("button", { type: "button", "aria-label": `${text}: ${name}` }, text);
      button.addEventListener("click", done);
      steer.append(button);
    }
    if (places.length) {
      const options = places.map((place, number) => made("option", { value: number }, place.text));
      const list = made("select", {}, made("option", { value: "" }, "choose a place"), ...options);
      list.addEventListener("change", () => list.value && show(places[list.value].from, places[list.value].to));
      steer.append(made("label", {}, "Go to ", list));
    }

    const timeOf = (event) => stage.time(Math.min(Math.max(event.clientX - canvas.getBoundingClientRect().left, stage.left), stage.right));
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      dragged = [timeOf(event), timeOf(event)];
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (dragged) dragged[1] = timeOf(event);
      tell(timeOf(event));
    });
    canvas.addEventListener("pointerup", () => {
      const [start, stop] = dragged ? [...dragged].sort((one, other) => one - other) : [0, 0];
      dragged = null;
      if (stage.x(stop) - stage.x(start) >= DRAGGED) show(start, stop);
      else point();
    });
    canvas.addEventListener("pointercancel", () => { dragged = null; point(); });
    canvas.addEventListener("dblclick", all);
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && document.activeElement !== canvas) return; // the page scrolls
      event.preventDefault();
      zoom(Math.exp(Math.max(-200, Math.min(200, event.deltaY)) * 0.003), timeOf(event));
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      const pressed = { "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), 0: all }[event.key];
      if (event.ctrlKey || event.metaKey || event.altKey || !(direction || pressed)) return;
      event.preventDefault();
      if (pressed) pressed();
      else if (event.shiftKey) step(direction);
      else move(direction * 0.25);
    });

    function step(direction) {
      const time = next(at ?? (from + to) / 2, direction, to - from);
      if (time < from || time >= to) move((time < from ? -1 : 1) * 0.5);
      tell(time);
    }

    new ResizeObserver(redraw).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
    return { view, open: () => show(from, to) };
  }

  for (const held of document.querySelectorAll("figure > .carried")) {
    const figure = held.parentElement;
    const name = (figure.closest("section")?.querySelector("h2") ?? document.querySelector("h1")).textContent.trim();
    const button = made("button", { type: "button", "aria-expanded": "false", "aria-label": `Look closely: ${name}` }, "Look closely");
    let shown = null;
    figure.append(made("div", { class: "look" }, button));
    button.addEventListener("click", () => {
      const wanted = button.getAttribute("aria-expanded") === "false";
      shown ??= opened(held, name);
      if (!shown.view.isConnected) figure.append(shown.view);
      shown.view.hidden = !wanted;
      button.setAttribute("aria-expanded", wanted);
      button.textContent = wanted ? "Close this view" : "Look closely";
      button.setAttribute("aria-label", `${button.textContent}: ${name}`);
      if (wanted) shown.open();
    });
  }
})();
