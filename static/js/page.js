/* Small comforts of every page: closing menus and messages. Everything works without them. */
(function () {
  "use strict";

  function closeMenus(except) {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu !== except) menu.open = false;
    }
  }

  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest("details.menu"));
    const dismiss = event.target.closest("[data-dismiss]");
    if (dismiss) dismiss.closest(".callout").remove();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details.menu[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });

  function revealWhatNeedsUs(within) {
    for (const element of within.querySelectorAll("[data-dismiss], [data-needs-js]")) element.hidden = false;
  }

  function scrollToCurrent() {
    for (const link of document.querySelectorAll(".side-nav [aria-current], .nav [aria-current], .tabs [aria-current]")) {
      const bar = link.parentElement;
      bar.scrollLeft = link.offsetLeft - (bar.clientWidth - link.offsetWidth) / 2;
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    revealWhatNeedsUs(document);
    scrollToCurrent();
  });
  document.addEventListener("htmx:load", (event) => revealWhatNeedsUs(event.target));
})();
