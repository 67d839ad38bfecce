// After a save that was answered, the draft of that page on this device has done its work. editor.js leaves the note
// "saving" when a form is sent; only a page that the wiki leads to after a save means that the wiki has the text: not the
// form again, not the choice between two versions, not an error.
import { ofThisTab, read, write } from "./stored.js";

export function start() {
  const key = read("saving", ofThisTab());
  if (!key) return;
  write("saving", null, ofThisTab());
  if (new URLSearchParams(location.search).has("notice") && !document.querySelector("form[data-editor]")) write(key, null);
}
