// Files by button, drop or paste. Each is asked for its words first; where the upload fails, the text stays and the reason is said.
import { fill, say } from "../say.js";
import { openDialog } from "./dialogs.js";
import { attached } from "./operations.js";

const MAX_TIMES = 8;

export function startAttachments(edit) {
  const { form, box, words } = edit;
  const dialog = document.querySelector('dialog[data-dialog="image"]');
  const questions = dialog.querySelector("form");
  const problem = dialog.querySelector("[data-dialog-error]");
  const waiting = [];

  edit.attach = (files) => {
    if (!form.dataset.attachUrl) return say(words.no_attach), openDialog(edit, "image");
    waiting.push(...files);
    if (!dialog.open) ask();
  };

  const ask = () => {
    const file = waiting.shift();
    if (!file) return;
    openDialog(edit, "image");
    const chosen = new DataTransfer();
    chosen.items.add(file);
    questions.elements.file.files = chosen.files;
    questions.elements.alt.focus();
  };

  const complain = (why) => {
    problem.textContent = why;
    problem.hidden = !why;
  };

  if (form.dataset.attachUrl) {
    // Whatever closes it: nothing of this file is left for the next.
    dialog.addEventListener("close", () => {
      complain("");
      ask();
    });
    questions.addEventListener("submit", async (event) => {
      if (event.submitter?.value !== "ok") return;
      // The dialog stays open until the file is there: what was typed into it is not lost either.
      event.preventDefault();
      const { file, alt, decoration } = questions.elements;
      if (!file.files.length) return complain(words.choose_file);
      if (!alt.value.trim() && !decoration.checked) return complain(words.needs_alt);
      const name = file.files[0].name;
      complain("");
      say(fill(words.uploading, name));
      event.submitter.disabled = true;
      try {
        const markdown = await upload(form, file.files[0], decoration.checked ? "" : alt.value.trim());
        dialog.close("done");
        edit.surface.apply(attached(markdown)(edit.surface.selection));
        edit.surface.focus();
        say(fill(words.uploaded, name));
      } catch (error) {
        complain(fill(words.upload_failed, error.message));
      } finally {
        event.submitter.disabled = false;
      }
    });
  }

  const holdsFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  box.addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    box.classList.add("is-dropping");
  });
  box.addEventListener("dragleave", () => box.classList.remove("is-dropping"));
  box.addEventListener(
    "drop",
    (event) => {
      box.classList.remove("is-dropping");
      if (!holdsFiles(event)) return;
      event.preventDefault();
      event.stopPropagation();
      edit.attach(event.dataTransfer.files);
    },
    true,
  );
}

async function upload(form, file, alt) {
  const body = new FormData();
  body.set("file", file);
  body.set("alt", alt);
  // No words for a picture are an answer too, which the dialog has asked for.
  if (!alt) body.set("decoration", "yes");
  body.set("csrf_token", form.elements.csrf_token?.value || "");
  const send = () => fetch(form.dataset.attachUrl, { method: "POST", body, headers: { Accept: "application/json" } });
  let answer = await send();
  // Files of many people are taken one after the other.
  for (let times = 0; times < MAX_TIMES && answer.status === 503 && answer.headers.has("Retry-After"); times++) {
    await new Promise((resolve) => setTimeout(resolve, 1000 * Number(answer.headers.get("Retry-After"))));
    answer = await send();
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.detail || said.title || `${answer.status}.`);
  return said.markdown || `![${alt}](${said.url})`;
}
