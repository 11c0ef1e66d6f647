// A button that is pressed twice answers once: while an answer is under way, the form is not sent again. Whoever has waited for ten
// seconds, or came back to the page, may send it again.
const form = document.querySelector("form");
let sent = -Infinity;
form.addEventListener("submit", (event) => {
  const now = performance.now();
  if (now - sent < 10_000) event.preventDefault();
  else sent = now;
});
addEventListener("pageshow", () => {
  sent = -Infinity;
});
