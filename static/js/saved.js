// After a save that was answered, the draft of that page on this device has done its work. editor.js leaves the note
// "saving" when a form is sent; a page that is not that form again means that the wiki has the text.
import { ofThisTab, read, write } from "./stored.js";

export function start() {
  const key = read("saving", ofThisTab());
  if (!key) return;
  write("saving", null, ofThisTab());
  if (!document.querySelector("form[data-editor], [data-not-saved]")) write(key, null);
}
