/* Counts a text while it is being written, as core/segments.py does on the server, and keeps a second press from being noticed at all. */
(function () {
  "use strict";

  const BASIC = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
  const EXTENSION = new Set("\f^{}\\[~]|€");

  function measure(text) {
    const letters = Array.from(text);
    const isGsm = letters.every((letter) => BASIC.has(letter) || EXTENSION.has(letter));
    const sizes = letters.map((letter) => (isGsm ? (EXTENSION.has(letter) ? 2 : 1) : letter.length));
    const units = sizes.reduce((sum, size) => sum + size, 0);
    const [single, part] = isGsm ? [160, 153] : [70, 67];
    if (units <= single) return { isGsm, units, parts: units ? 1 : 0, left: single - units };
    let parts = 1;
    let used = 0;
    for (const size of sizes) {
      if (used + size > part) {
        parts += 1;
        used = 0;
      }
      used += size;
    }
    return { isGsm, units, parts, left: part - used };
  }

  function filled(pattern, values) {
    return pattern.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
  }

  function start() {
    const body = document.querySelector("[data-text-body]");
    const shown = document.querySelector("[data-text-length]");
    if (!body || !shown) return;
    const sender = body.form.querySelector("select[name=sender]");
    for (const button of document.querySelectorAll("[data-replaced-by-js]")) button.hidden = true;

    function count() {
      const text = body.value.trim();
      const size = measure(text);
      const parts = [filled(size.parts > 1 ? shown.dataset.many : shown.dataset.one, size)];
      if (!size.isGsm) parts.push(shown.dataset.wide);
      const rules = sender && sender.selectedOptions[0] ? sender.selectedOptions[0].dataset : {};
      if (rules.price && size.parts) {
        const money = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: rules.currency, maximumFractionDigits: 4 });
        parts.push(filled(shown.dataset.price, { price: money.format(size.parts * Number(rules.price)) }));
      }
      for (const hint of document.querySelectorAll("[data-price-hint]")) {
        hint.hidden = hint.dataset.priceHint !== `${rules.price} ${rules.currency}`;
      }
      const over = rules.longest ? text.length - Number(rules.longest) : 0;
      if (over > 0) parts.push(filled(shown.dataset.tooLong, { over }));
      shown.textContent = parts.join(" · ");
      shown.classList.toggle("text-length--over", over > 0);
    }

    body.addEventListener("input", count);
    if (sender) sender.addEventListener("change", count);
    count();
    body.form.addEventListener("submit", (event) => {
      if (body.form.dataset.sent) {
        event.preventDefault();
        return;
      }
      body.form.dataset.sent = "1";
      const button = body.form.querySelector("[data-busy]");
      if (button) button.lastChild.textContent = button.dataset.busy;
    });
    /* Back from the next page with the browser's back button: the form may be sent again, and the server still knows the first. */
    window.addEventListener("pageshow", () => delete body.form.dataset.sent);
  }

  document.addEventListener("DOMContentLoaded", start);
})();
