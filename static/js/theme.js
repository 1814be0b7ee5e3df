/* Light or dark: the system's choice unless the person chose otherwise. Loaded in the head, so nothing flashes. */
(function () {
  "use strict";
  const KEY = "theme";
  const root = document.documentElement;
  const systemDark = window.matchMedia("(prefers-color-scheme: dark)");

  function stored() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage is switched off: the choice lasts for this page only
    }
  }

  function remember(theme) {
    try {
      if (theme) localStorage.setItem(KEY, theme);
      else localStorage.removeItem(KEY);
    } catch {
      // see stored()
    }
  }

  function systemTheme() {
    return systemDark.matches ? "dark" : "light";
  }

  function apply(theme) {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.setAttribute("aria-pressed", String((theme || systemTheme()) === "dark"));
    }
  }

  function toggle() {
    const next = (root.dataset.theme || systemTheme()) === "dark" ? "light" : "dark";
    const choice = next === systemTheme() ? null : next; // agreeing with the system means following it again
    remember(choice);
    apply(choice);
  }

  apply(stored());
  systemDark.addEventListener("change", () => apply(stored()));
  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.hidden = false;
      button.addEventListener("click", toggle);
    }
    apply(stored());
  });
})();
