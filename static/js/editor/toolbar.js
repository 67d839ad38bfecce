// The toolbar: one stop of the Tab key, arrows within (the ARIA toolbar pattern).
import { openDialog } from "./dialogs.js";
import * as operations from "./operations.js";

export function startToolbar(edit) {
  const bar = edit.box.querySelector("[data-toolbar]");
  if (!bar) return;
  const buttons = [...bar.querySelectorAll("button")];
  buttons[0].tabIndex = 0;

  bar.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(document.activeElement);
    const back = getComputedStyle(bar).direction === "rtl" ? "ArrowRight" : "ArrowLeft";
    const forward = back === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
    const to = { [forward]: at + 1, [back]: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    buttons.at(to % buttons.length).focus();
  });
  bar.addEventListener("focusin", (event) => {
    buttons.forEach((button) => (button.tabIndex = button === event.target ? 0 : -1));
  });
  // A press on the bar must not take the selection away from the text.
  bar.addEventListener("pointerdown", (event) => event.preventDefault());
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) run(edit, button.dataset.do);
  });
}

// Do what a button or a key stands for. Returns whether there was anything by that name.
export function run(edit, name) {
  const { surface, words } = edit;
  const place = surface.selection;
  const changes = {
    bold: () => operations.wrap("**", words.bold)(place),
    italic: () => operations.wrap("*", words.italic)(place),
    heading: () => operations.heading(place, words),
    list: () => operations.bullets(place, words),
    numbers: () => operations.numbers(place, words),
    tasks: () => operations.tasks(place, words),
    table: () => operations.table(place, words),
    callout: () => operations.callout(place, words),
  };
  if (changes[name]) {
    surface.apply(changes[name]());
    surface.focus();
  } else if (name === "undo" || name === "redo") surface[name]();
  else if (name === "preview") edit.togglePreview?.();
  else if (["page-link", "link", "image"].includes(name)) openDialog(edit, name);
  else return false;
  return true;
}
