// Figures: what stands under the pointer, or under the arrow keys, is told in numbers.
(() => {
  const NEAR = 14; // units of the figure round a spot in which it answers

  function pointed(figure, list) {
    const svg = figure.querySelector("svg");
    const spots = [...list.children].map((item) => ({ x: +item.dataset.x, y: +item.dataset.y, text: item.textContent }));
    const byColumn = list.dataset.reach === "column";
    const tip = document.createElement("div");
    tip.className = "said";
    tip.hidden = true;
    tip.setAttribute("role", "status");
    const ring = document.createElementNS(svg.namespaceURI, "circle");
    ring.setAttribute("class", "ring");
    ring.setAttribute("r", "4");
    let at = -1;
    figure.classList.add("pointed");
    figure.append(tip);
    svg.tabIndex = 0;

    function hide() {
      tip.hidden = true;
      ring.remove();
      at = -1;
    }

    function show(number) {
      at = number;
      const spot = spots[number];
      ring.setAttribute("cx", spot.x);
      ring.setAttribute("cy", spot.y);
      svg.append(ring);
      tip.textContent = spot.text;
      tip.hidden = false;
      const box = ring.getBoundingClientRect();
      const frame = figure.getBoundingClientRect();
      const left = box.left - frame.left + box.width / 2;
      tip.style.left = `${Math.max(0, Math.min(left - tip.offsetWidth / 2, frame.width - tip.offsetWidth))}px`;
      tip.style.top = `${Math.max(0, box.top - frame.top - tip.offsetHeight - 6)}px`;
    }

    function nearest(event) {
      const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      let found = -1;
      let least = byColumn ? NEAR : NEAR ** 2;
      spots.forEach((spot, number) => {
        const away = byColumn ? Math.abs(spot.x - point.x) : (spot.x - point.x) ** 2 + (spot.y - point.y) ** 2;
        if (away < least) [found, least] = [number, away];
      });
      return found;
    }

    svg.addEventListener("pointermove", (event) => {
      const number = nearest(event);
      if (number < 0) hide();
      else if (number !== at) show(number);
    });
    svg.addEventListener("pointerleave", hide);
    svg.addEventListener("blur", hide);
    svg.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (event.key === "Escape") hide();
      if (!step) return;
      event.preventDefault();
      show((at + step + spots.length + (at < 0 && step < 0 ? 1 : 0)) % spots.length);
    });
  }

  for (const list of document.querySelectorAll("figure > .spots")) pointed(list.parentElement, list);
})();
