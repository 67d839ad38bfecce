// A text field that completes, by the ARIA 1.2 pattern: focus stays in the field, the list is told by aria-activedescendant.
import { fill, say } from "./say.js";

// find(words, signal) → Promise of [{label, note?, …}]; pick(item) is called with the chosen one.
// Returns { close } for the caller.
export function combobox(input, { find, pick, place = input.parentElement, none = "", found = "", wait = 120 }) {
  const list = document.createElement("ul");
  list.className = "suggestions";
  list.id = `${input.id}-suggestions`;
  list.setAttribute("role", "listbox");
  // Named after the field, so that nothing has to be translated twice.
  if (input.labels?.[0]) {
    input.labels[0].id ||= `${input.id}-label`;
    list.setAttribute("aria-labelledby", input.labels[0].id);
  }
  list.hidden = true;
  place.append(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list", autocomplete: "off" })) {
    input.setAttribute(name, value);
  }

  let items = [];
  let at = -1;
  let timer;
  let asked;

  const close = () => {
    clearTimeout(timer);
    asked?.abort();
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const mark = (index) => {
    at = index;
    [...list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    if (at < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", list.children[at].id);
    list.children[at].scrollIntoView({ block: "nearest" });
  };

  const choose = (index) => {
    const item = items[index];
    close();
    pick(item);
  };

  const show = (answer) => {
    items = answer;
    list.replaceChildren(
      ...items.map((item, i) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${i}`;
        option.setAttribute("role", "option");
        option.append(item.label);
        if (item.note) option.append(Object.assign(document.createElement("small"), { textContent: item.note }));
        option.addEventListener("click", () => choose(i));
        return option;
      }),
    );
    mark(-1);
    list.hidden = !items.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    say(items.length ? fill(found, items.length) : none);
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    asked?.abort();
    const words = input.value.trim();
    if (!words) return close();
    timer = setTimeout(async () => {
      asked = new AbortController();
      try {
        show(await find(words, asked.signal));
      } catch {
        // No connection, or a newer question: the field works without completion.
      }
    }, wait);
  });

  input.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    const last = items.length - 1;
    if (event.key === "ArrowDown") mark(at < last ? at + 1 : -1);
    else if (event.key === "ArrowUp") mark(at < 0 ? last : at - 1);
    else if (event.key === "Enter" && at >= 0) choose(at);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  // A press on the list must not take the focus, or the list would be gone before the click.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  input.addEventListener("blur", close);
  return { close };
}

// Titles that begin with or hold these words: [{path, title}].
export async function titles(address, words, signal) {
  const url = new URL(address, document.baseURI);
  url.searchParams.set("q", words);
  const answer = await fetch(url, { signal, headers: { Accept: "application/json" } });
  return answer.ok ? answer.json() : [];
}
