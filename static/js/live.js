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

  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, sayItFailed);
  }
})();
