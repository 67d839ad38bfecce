// Copying the address of a section or of the page.
import { say } from "./say.js";

export function start() {
  if (!navigator.clipboard) return;
  const said = document.getElementById("said")?.dataset.copied || "";

  document.addEventListener("click", async (event) => {
    const heading = event.target.closest(".heading-link");
    const button = event.target.closest("[data-copy]");
    if (!heading && !button) return;
    try {
      await navigator.clipboard.writeText(heading ? heading.href : button.dataset.copy);
    } catch {
      return; // The browser refuses: the address is in the bar, or beside the button.
    }
    say(said);
    const shown = button ? button.querySelector("span") || button : heading;
    const before = shown.textContent;
    if (before === said) return;
    shown.textContent = said;
    setTimeout(() => (shown.textContent = before), 2000);
  });
}
