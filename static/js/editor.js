// What the edit form gets where scripts run. The form does its whole job without any of this.
import { startAttachments } from "./editor/attachments.js";
import { startBrackets } from "./editor/brackets.js";
import { startDialogs } from "./editor/dialogs.js";
import { startDrafts } from "./editor/drafts.js";
import { startCompletion, startRows } from "./editor/fields.js";
import { startKeys } from "./editor/keys.js";
import { startPaste } from "./editor/paste.js";
import { startPreview } from "./editor/preview.js";
import { textareaSurface } from "./editor/surface.js";
import { startToolbar } from "./editor/toolbar.js";
import { startWatch } from "./editor/watch.js";

const form = document.querySelector("form[data-editor]");
if (form) start(form);

async function start(form) {
  const words = JSON.parse(form.dataset.words);
  startRows(form, words);
  startCompletion(form, words);

  const box = form.querySelector("[data-text-editor]");
  const textarea = box?.querySelector("textarea");
  // A file of the settings is no text to lay out: it has no toolbar, and is written as it is.
  const prose = box?.querySelector("[data-toolbar]");
  // Whatever the person writes in is reached through `edit.surface`: the plain field at first, the richer editor where it loads.
  const edit = { form, words, box, surface: textarea && textareaSurface(textarea) };
  const drafts = startDrafts(edit);
  if (prose) {
    startDialogs(edit);
    startPreview(edit);
    startAttachments(edit);
    startToolbar(edit);
    startPaste(edit);
    startBrackets(edit, textarea);
  }
  startKeys(edit);
  startWatch(edit);
  drafts.offer();

  if (prose && matchMedia("(min-width: 48rem) and (pointer: fine)").matches) {
    try {
      const { upgrade } = await import("./editor/codemirror.js");
      edit.surface = upgrade(edit, textarea);
    } catch (error) {
      console.error(error); // The plain field stays, and works.
    }
  }
}
