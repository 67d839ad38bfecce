// Single keys: / searches, e edits. They can be switched off (WCAG 2.1.4), and are off while one writes.
import { focusSearch } from "./search.js";
import { read, write } from "./stored.js";

export const on = () => read("keys") !== "off";

export function start() {
  const box = document.querySelector("[data-keys-switch]");
  if (box) {
    box.checked = on();
    box.addEventListener("change", () => write("keys", box.checked ? null : "off"));
  }

  document.addEventListener("keydown", (event) => {
    if (!on() || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable]") || event.composedPath()[0].isContentEditable) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "/" && focusSearch()) event.preventDefault();
    else if (event.key !== "/") {
      const link = [...document.querySelectorAll("[data-shortcut]")].find((one) => one.dataset.shortcut === event.key);
      if (link) {
        event.preventDefault();
        link.click();
      }
    }
  });
}
