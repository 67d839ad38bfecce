// Completion of titles in the search boxes. Without it the form searches all the same.
import { combobox, titles } from "./combobox.js";

export function start() {
  for (const form of document.querySelectorAll("form[data-search]")) {
    const root = new URL("../", form.action);
    combobox(form.elements.q, {
      place: form,
      found: form.dataset.found,
      none: form.dataset.none,
      find: async (words, signal) =>
        (await titles(new URL("-/suggest", root), words, signal)).slice(0, 8).map(({ path, title }) => ({ label: title, note: path.split("/").slice(0, -1).join(" / "), path })),
      pick: ({ path }) => location.assign(inThisLanguage(new URL(path, root), form)),
    });
  }

  // "Search" in the bar under the thumb goes to the box on this page, if it is there.
  document.querySelector("[data-focus-search]")?.addEventListener("click", (event) => {
    if (focusSearch()) event.preventDefault();
  });
}

// The language that the address asked for is kept, as the links of the page keep it.
function inThisLanguage(url, form) {
  const language = form.elements.lang?.value;
  if (language && !url.pathname.startsWith(`/${language}/`)) url.searchParams.set("lang", language);
  return url;
}

export function focusSearch() {
  const boxes = [...document.querySelectorAll("form[data-search] input[name=q]")];
  const box = boxes.find((one) => one.closest("main")) || boxes[0];
  if (!box) return false;
  box.scrollIntoView({ block: "center" });
  box.focus();
  box.select();
  return true;
}
