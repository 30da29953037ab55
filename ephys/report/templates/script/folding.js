// Sections and long cells of tables that can be folded: all are open in the page, so that it is complete without a
// script, and on paper.
(() => {
  const FIRST = 3; // sections stay open
  const sections = [...document.querySelectorAll("main section > details")];
  const parts = [...sections, ...document.querySelectorAll("main td > details")];

  function openTarget() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (const part of target ? target.querySelectorAll("details") : []) part.open = true;
  }

  parts.filter((part) => !sections.slice(0, FIRST).includes(part)).forEach((part) => { part.open = false; });
  openTarget();
  addEventListener("hashchange", openTarget);
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = parts.filter((part) => !part.open);
    for (const part of folded) part.open = true;
  });
  addEventListener("afterprint", () => { for (const part of folded) part.open = false; });
})();
