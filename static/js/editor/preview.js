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
      delete panel.dataset.stale;
      if (!aloud) follow(edit.surface.selection, place);
      if (aloud) say(words.preview_updated);
    } catch (error) {
      if (error.name === "AbortError") return;
      // What was shown last stays; as soon as there is a connection, it is brought up to date.
      panel.dataset.stale = navigator.onLine ? words.preview_failed : words.offline;
      say(panel.dataset.stale);
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

  addEventListener("online", () => panel.hidden || refresh());
  form.addEventListener("input", () => {
    clearTimeout(timer);
    if (!panel.hidden) timer = setTimeout(refresh, WAIT);
  });
  show(matchMedia("(min-width: 72rem)").matches);
}

// Show the part of the preview that is being written: between the headings around the cursor, as far as the cursor is
// between them in the text.
function follow({ text, from }, place) {
  if (place.scrollHeight <= place.clientHeight) return;
  const starts = [...text.matchAll(/^#{1,6} /gm)].map((found) => found.index);
  const headings = [...place.querySelectorAll("h1, h2, h3, h4, h5, h6")];
  const at = starts.filter((start) => start <= from).length;
  const top = (n) => (n < 1 ? 0 : n > headings.length ? place.scrollHeight : headings[n - 1].getBoundingClientRect().top - place.getBoundingClientRect().top + place.scrollTop);
  const begin = at ? starts[at - 1] : 0;
  const end = starts[at] ?? text.length;
  const share = end > begin ? (from - begin) / (end - begin) : 0;
  place.scrollTop = top(at) + share * (top(at + 1) - top(at)) - place.clientHeight / 2;
}

// The form's fields without files: those go their own way.
export function fieldsOf(form) {
  const fields = new FormData(form);
  for (const [name, value] of [...fields]) if (value instanceof File) fields.delete(name);
  return fields;
}
