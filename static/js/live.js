/* A part that cannot be loaded says so instead of waiting for ever. */
(function () {
  "use strict";

  function sayItFailed(event) {
    const part = event.target.closest("[data-failed]");
    if (!part) return;
    const note = document.createElement("p");
    note.setAttribute("role", "alert");
    note.textContent = part.dataset.failed;
    part.replaceChildren(note);
    /* What the same answer would have brought waits no longer either. */
    for (const other of document.querySelectorAll(`[data-read-with="${part.id}"]`)) other.replaceChildren();
  }

  /* Whoever is in the middle of a list by keyboard stays at the same row when the list is fetched again. */
  let place = "";

  document.addEventListener("htmx:beforeSwap", (event) => {
    const focused = document.activeElement;
    place = focused && event.detail.target.contains(focused) ? focused.getAttribute("href") : "";
  });

  document.addEventListener("htmx:afterSettle", () => {
    if (!place || document.activeElement !== document.body) return;
    const again = Array.from(document.links).find((link) => link.getAttribute("href") === place);
    if (again) again.focus({ preventScroll: true });
    place = "";
  });

  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, sayItFailed);
  }
})();
