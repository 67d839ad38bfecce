// A text field that completes, by the ARIA 1.2 pattern: focus stays in the field, the list is told by aria-activedescendant.
import { fill, say } from "./say.js";

// find(words, signal) → Promise of [{label, note?, …}]; pick(item) is called with the chosen one. `words` says what is asked for,
// "" for nothing; `first`: the first is marked at once, so that Enter takes it. Returns { close } for the caller.
export function combobox(input, { find, pick, words = () => input.value.trim(), first = false, place = input.parentElement, none = "", found = "", wait = 120 }) {
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
  // A field of several lines stays what it is; its list is told all the same.
  const single = input.tagName === "INPUT";
  const told = { "aria-controls": list.id, "aria-autocomplete": "list", ...(single ? { role: "combobox", "aria-expanded": "false", autocomplete: "off" } : {}) };
  for (const [name, value] of Object.entries(told)) input.setAttribute(name, value);
  const expanded = (open) => single && input.setAttribute("aria-expanded", String(open));

  let items = [];
  let at = -1;
  let timer;
  let asked;

  const close = () => {
    clearTimeout(timer);
    asked?.abort();
    list.hidden = true;
    at = -1;
    expanded(false);
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
    list.hidden = !items.length;
    mark(first && items.length ? 0 : -1);
    expanded(!list.hidden);
    say(items.length ? fill(found, items.length) : none);
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    asked?.abort();
    const asking = words();
    if (!asking) return close();
    timer = setTimeout(async () => {
      asked = new AbortController();
      try {
        show(await find(asking, asked.signal));
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
    event.stopImmediatePropagation();
  }, { capture: true });

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
