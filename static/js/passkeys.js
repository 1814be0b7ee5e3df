/* Shows a sentence when the browser's passkey dialogue fails, where allauth only writes to the console. */
(function () {
  "use strict";
  document.addEventListener("allauth.error", (event) => {
    const error = document.getElementById("passkey-error");
    if (!error) return;
    event.preventDefault();
    document.getElementById("messages").append(error);
    error.hidden = false;
  });
})();
