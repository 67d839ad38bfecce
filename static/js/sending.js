// Sending a form: a second press while the answer to the first is on its way sends nothing twice (it would be told that all is
// done already), and without a connection what was typed stays where it is, which a browser's own page would take the place of.
import { say } from "./say.js";

const PATIENCE = 10000;

export function start() {
  const words = document.getElementById("said")?.dataset.offline || "";
  const note = Object.assign(document.createElement("p"), { className: "notice notice-warning", textContent: words });
  let sent;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
    if (sent === form) return event.preventDefault();
    if (!navigator.onLine) {
      event.preventDefault();
      (event.submitter?.closest(".actions") || form).after(note);
      return say(words);
    }
    note.remove();
    sent = form;
    setTimeout(() => (sent = undefined), PATIENCE);
  });
  // Back from the next page.
  addEventListener("pageshow", () => (sent = undefined));
}
