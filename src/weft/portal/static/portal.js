// Makes reading quicker; everything works without it.
(() => {
  "use strict";
  const typing = (at) => at.closest("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !typing(event.target)) {
      const find = document.querySelector("main input[type=search]") || document.querySelector("input[type=search]");
      if (find) { event.preventDefault(); find.focus(); find.select(); }
    }
    if (event.key === "Escape") {
      for (const menu of document.querySelectorAll("details.menu[open]")) {
        menu.open = false;
        if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
      }
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea")) {
      event.target.form?.requestSubmit();
    }
  });

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    const copy = event.target.closest("button[data-copy]");
    if (copy) {
      navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).textContent).then(() => {
        const before = copy.textContent;
        copy.textContent = copy.dataset.done;
        setTimeout(() => { copy.textContent = before; }, 1500);
      });
    }
    if (event.target.closest("button[data-print]")) window.print();
  });

  // What only works with a script is not offered without one.
  const offer = (within) => within.querySelectorAll("[data-script]").forEach((one) => { one.hidden = false; });
  document.addEventListener("DOMContentLoaded", () => offer(document));
  document.addEventListener("htmx:after:swap", () => offer(document));
})();
