/* Buttons with data-copy put that text on the clipboard; without JavaScript they stay hidden. */
(function () {
  "use strict";

  async function copy(button) {
    const label = button.querySelector("[data-copy-label]") || button;
    const before = button.dataset.copyLabelBefore || label.textContent;
    button.dataset.copyLabelBefore = before;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      label.textContent = button.dataset.copied;
    } catch {
      label.textContent = button.dataset.copyFailed;
    }
    setTimeout(() => {
      label.textContent = before;
    }, 2000);
  }

  function reveal(within) {
    for (const button of within.querySelectorAll("button[data-copy]")) button.hidden = false;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-copy]");
    if (button) copy(button);
  });
  document.addEventListener("DOMContentLoaded", () => reveal(document));
  document.addEventListener("htmx:afterSwap", (event) => reveal(event.target));
})();
