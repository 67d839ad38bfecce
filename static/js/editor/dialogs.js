// The three questions that the toolbar asks: which page, which address, which file.
import { combobox, titles } from "../combobox.js";
import { bareAddress, withoutTracking } from "./addresses.js";
import { link, pageLink } from "./operations.js";

const dialog = (name) => document.querySelector(`dialog[data-dialog="${name}"]`);

export function startDialogs(edit) {
  const page = dialog("page-link").querySelector("form");
  let chosen = null;
  combobox(page.elements.page, {
    found: edit.words.found,
    none: edit.words.none,
    find: async (words, signal) => (await titles(edit.form.dataset.suggestUrl, words, signal)).slice(0, 8).map(({ path, title }) => ({ label: title, note: path, path })),
    pick: ({ label, path }) => {
      chosen = { title: label, path };
      page.elements.page.value = label;
      page.elements.words.focus();
    },
  });

  answer("page-link", (form) => {
    const typed = form.elements.page.value.trim();
    if (!typed) return;
    const path = chosen?.title === typed ? chosen.path : typed;
    const title = chosen?.title === typed ? chosen.title : typed;
    edit.surface.apply(pageLink(path, form.elements.words.value.trim() || title)(edit.surface.selection));
  });
  answer("link", (form) => {
    const address = withoutTracking(form.elements.url.value.trim());
    if (address) edit.surface.apply(link(address, form.elements.words.value)(edit.surface.selection));
  });

  function answer(name, put) {
    const box = dialog(name);
    box.addEventListener("close", () => {
      // The selection was kept by the surface; its place is where the words go.
      if (box.returnValue === "ok") put(box.querySelector("form"));
      chosen = null;
      edit.surface.focus();
    });
  }
}

export function openDialog(edit, name) {
  const box = dialog(name);
  const form = box.querySelector("form");
  const { text, from, to } = edit.surface.selection;
  const selected = text.slice(from, to);
  form.reset();
  box.returnValue = "";
  const address = bareAddress(selected);
  if (name === "link" && address) form.elements.url.value = address;
  else if (name !== "image" && form.elements.words) form.elements.words.value = selected.replace(/\s+/g, " ");
  box.showModal();
  return box;
}
