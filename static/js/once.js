// A second press while the answer to the first is on its way sends nothing twice: it would be told that all is done already.
const PATIENCE = 10000;

export function start() {
  let sent;
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.getAttribute("method") !== "post") return;
    if (sent === event.target) return event.preventDefault();
    sent = event.target;
    setTimeout(() => (sent = undefined), PATIENCE);
  });
  // Back from the next page.
  addEventListener("pageshow", () => (sent = undefined));
}
