// The preview is the wiki's own rendering, asked for while one writes; beside the text on wide screens, below it on others.
import { say } from "../say.js";

const WAIT = 400;

export function startPreview(edit) {
  const { form, words } = edit;
  const panel = form.querySelector("[data-preview-panel]");
  if (!panel || !form.dataset.previewUrl) return;
  const place = panel.querySelector("[data-preview-body]");
  const button = form.querySelector('[data-do="preview"]');
  let timer;
  let asked;

  const refresh = async (aloud = false) => {
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    try {
      const answer = await fetch(form.dataset.previewUrl, { method: "POST", body: fieldsOf(form), signal, headers: { "X-Fragment": "1", Accept: "text/html" } });
      if (!answer.ok) throw new Error(String(answer.status));
      // The server's rendering, cleaned there as every page is.
      place.innerHTML = await answer.text();
      if (aloud) say(words.preview_updated);
    } catch (error) {
      if (error.name !== "AbortError") place.textContent = words.preview_failed;
    }
  };

  const show = (shown) => {
    panel.hidden = !shown;
    form.querySelector("[data-edit-columns]").classList.toggle("has-preview", shown);
    button?.setAttribute("aria-pressed", String(shown));
    if (shown) refresh(true);
  };

  edit.togglePreview = () => {
    show(panel.hidden);
    if (!panel.hidden && !matchMedia("(min-width: 72rem)").matches) panel.scrollIntoView({ block: "nearest" });
  };

  form.addEventListener("input", () => {
    clearTimeout(timer);
    if (!panel.hidden) timer = setTimeout(refresh, WAIT);
  });
  show(matchMedia("(min-width: 72rem)").matches);
}

// The form's fields without files: those go their own way.
export function fieldsOf(form) {
  const fields = new FormData(form);
  for (const [name, value] of [...fields]) if (value instanceof File) fields.delete(name);
  return fields;
}
