/* Keys for those who like them: / searches, j and k walk through a list, ? shows all. They can be switched off (WCAG 2.1.4). */
(function () {
  "use strict";
  const KEY = "shortcuts";

  function switchedOn() {
    try {
      return localStorage.getItem(KEY) !== "off";
    } catch {
      return true; // storage is switched off: the choice lasts for this page only
    }
  }

  function remember(on) {
    try {
      if (on) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, "off");
    } catch {
      // see switchedOn()
    }
  }

  function types(element) {
    return element.isContentEditable || element.closest("input, textarea, select, dialog, audio, [role=listbox]");
  }

  /* The first link of every row of the list that the page is about. */
  function rows() {
    return [...document.querySelectorAll("main table tbody tr")]
      .map((row) => row.querySelector("a[href]"))
      .filter((link) => link && link.offsetParent);
  }

  function walk(step) {
    const links = rows();
    if (!links.length) return false;
    const row = document.activeElement.closest("main table tbody tr");
    const at = links.findIndex((link) => row && row.contains(link));
    const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1);
    links[next].focus();
    links[next].closest("tr").scrollIntoView({ block: "nearest" });
    return true;
  }

  function search() {
    const field = document.querySelector("main input[type=search]:not([disabled])");
    const link = document.querySelector("[data-search-page]");
    if (field) {
      field.closest("details")?.setAttribute("open", "");
      field.focus();
      field.select();
    } else if (link) {
      location.assign(link.dataset.searchPage);
    }
    return Boolean(field || link);
  }

  function help() {
    const dialog = document.querySelector("#keys");
    if (!dialog) return false;
    if (dialog.open) dialog.close();
    else dialog.showModal();
    return true;
  }

  const DEEDS = { "/": search, j: () => walk(1), k: () => walk(-1), "?": help };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || types(event.target)) return;
    const deed = DEEDS[event.key];
    if (deed && switchedOn() && deed()) event.preventDefault();
  });

  document.addEventListener("DOMContentLoaded", () => {
    const choice = document.querySelector("[data-shortcuts]");
    if (choice) {
      choice.checked = switchedOn();
      choice.addEventListener("change", () => remember(choice.checked));
    }
    for (const button of document.querySelectorAll("[data-shows-keys]")) button.addEventListener("click", help);
    if (location.hash === "#search") search();
  });
})();
