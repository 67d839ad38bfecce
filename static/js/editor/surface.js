// What is written in, seen the same way whether it is a plain field or the richer editor:
// { element, text, selection, apply(change), set(text), undo(), redo(), focus(), onEnter(fn) }.
import { continueList } from "./operations.js";

export function textareaSurface(textarea) {
  const surface = {
    element: textarea,
    get text() {
      return textarea.value;
    },
    get selection() {
      return { text: textarea.value, from: textarea.selectionStart, to: textarea.selectionEnd };
    },
    apply(change) {
      if (!change) return;
      textarea.focus();
      textarea.setSelectionRange(change.from, change.to);
      // execCommand is the only way that the browser's own undo takes part in; setRangeText where it is gone.
      const done = change.insert ? document.execCommand("insertText", false, change.insert) : change.from === change.to || document.execCommand("delete");
      if (!done) {
        textarea.setRangeText(change.insert, change.from, change.to, "end");
        textarea.dispatchEvent(new Event("input", { bubbles: true }));
      }
      textarea.setSelectionRange(...change.select);
    },
    set(text) {
      textarea.value = text;
      textarea.dispatchEvent(new Event("input", { bubbles: true }));
    },
    undo() {
      textarea.focus();
      document.execCommand("undo");
    },
    redo() {
      textarea.focus();
      document.execCommand("redo");
    },
    focus: () => textarea.focus(),
  };
  textarea.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    const change = continueList(surface.selection);
    if (!change) return;
    event.preventDefault();
    surface.apply(change);
  });
  return surface;
}
