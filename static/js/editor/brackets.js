// [[ completes pages by title in the plain field, too; the list hangs from the toolbar, above every keyboard on the screen.
import { combobox, titles } from "../combobox.js";

const TYPED = /\[\[([^[\]|#\n]+)$/;

export function startBrackets({ form, box, words, surface }, textarea) {
  const typed = () => (textarea.hidden ? null : TYPED.exec(textarea.value.slice(0, textarea.selectionStart)));
  combobox(textarea, {
    words: () => typed()?.[1].trim() || "",
    first: true,
    place: box.querySelector("[data-toolbar]"),
    found: words.found,
    none: words.none,
    find: async (asked, signal) => (await titles(form.dataset.suggestUrl, asked, signal)).slice(0, 5).map(({ path, title }) => ({ label: title, note: path, path })),
    pick: ({ label, path }) => {
      const to = textarea.selectionStart;
      const closed = textarea.value.slice(to, to + 2) === "]]";
      const insert = linked(path, label) + (closed ? "" : "]]");
      const from = to - (typed()?.[1].length || 0);
      const end = from + insert.length + (closed ? 2 : 0);
      surface.apply({ from, to, insert, select: [end, end] });
    },
  });
}

// What stands between the brackets.
export const linked = (path, title) => `${path}|${title.replace(/[[\]|]/g, " ")}`;
