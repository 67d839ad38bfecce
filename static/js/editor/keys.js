// Ctrl/Cmd-S saves, Ctrl/Cmd-Shift-P previews; bold, italics and links inside of the text.
import { run } from "./toolbar.js";

const IN_TEXT = { b: "bold", i: "italic", k: "page-link" };

export function startKeys(edit) {
  document.addEventListener(
    "keydown",
    (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || document.querySelector("dialog[open]")) return;
      const key = event.key.toLowerCase();
      if (key === "s" && !event.shiftKey) edit.form.querySelector("[data-save]")?.click();
      else if (key === "p" && event.shiftKey) run(edit, "preview");
      else if (!event.shiftKey && IN_TEXT[key] && edit.box?.contains(event.target) && !event.target.closest("[data-toolbar]")) run(edit, IN_TEXT[key]);
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
}
