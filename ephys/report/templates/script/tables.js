// Tables: copied as a table into Word and as cells into Excel, or kept as CSV. Without a script they are complete, too.
(() => {
  const live = document.createElement("p");
  live.className = "unseen";
  live.setAttribute("aria-live", "polite");
  document.querySelector("main").append(live);

  function textOf(cell) {
    const items = [...cell.querySelectorAll("li")].map((item) => item.textContent.trim());
    return (items.length ? items.join("; ") : cell.textContent).replace(/\s+/g, " ").trim();
  }

  function csvOf(table) {
    const quoted = (text) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    return [...table.rows].map((row) => [...row.cells].map((cell) => quoted(textOf(cell))).join(",")).join("\r\n") + "\r\n";
  }

  function nameOf(table) {
    const words = `${document.querySelector("h1").firstChild.textContent} ${table.caption?.textContent ?? "table"}`;
    return words.trim().replace(/[^\p{L}\p{N}.-]+/gu, "_").slice(0, 80);
  }

  function copy(element, button) {
    const selection = getSelection();
    const before = selection.rangeCount ? selection.getRangeAt(0) : null;
    selection.selectAllChildren(element);
    const done = document.execCommand("copy"); // the one way that takes a table with its lines, from a file, too
    selection.removeAllRanges();
    if (before) selection.addRange(before);
    live.textContent = done ? "Copied." : "The browser did not let it be copied: select it, and copy by hand.";
    const was = button.textContent;
    button.textContent = done ? "Copied" : "Not copied";
    setTimeout(() => { button.textContent = was; }, 1500);
  }

  function keep(text, name, type) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
    live.textContent = `Saved as ${name}.`;
  }

  function button(text, what, done) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.setAttribute("aria-label", `${text}: ${what}`);
    made.addEventListener("click", () => done(made));
    return made;
  }

  function tools(...buttons) {
    const made = document.createElement("div");
    made.className = "tools";
    made.append(...buttons);
    return made;
  }

  for (const table of document.querySelectorAll("main table")) {
    const what = textOf(table.caption ?? table.closest("section").querySelector("h2, h3"));
    (table.closest(".scroll") ?? table).before(tools(
      button("Copy", what, (self) => copy(table, self)),
      button("CSV", what, () => keep(`\ufeff${csvOf(table)}`, `${nameOf(table)}.csv`, "text/csv")), // Excel wants the mark
    ));
  }
  for (const text of document.querySelectorAll("[data-copy]"))
    text.before(tools(button("Copy", text.dataset.copy, (self) => copy(text, self))));
})();
