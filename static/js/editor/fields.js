// Fields that scripts make easier: values as chips that complete, pages by title, rows that can be added and taken away.
import { combobox, titles } from "../combobox.js";
import { fill, say } from "../say.js";

const pagesBy = (form) => async (words, signal) =>
  (await titles(form.dataset.suggestUrl, words, signal)).slice(0, 8).map(({ path, title }) => ({ label: title, note: path, value: path }));

// The tags in use are asked for once, when somebody first writes one.
let tagsInUse;
const tagsBy = (form, chosen) => async (typed) => {
  tagsInUse ||= fetch(form.dataset.tagsUrl, { headers: { Accept: "application/json" } }).then((answer) => (answer.ok ? answer.json() : []));
  const known = await tagsInUse.catch(() => ((tagsInUse = null), []));
  const begins = typed.toLowerCase();
  const fits = known.filter(({ value }) => value.includes(begins) && !chosen().includes(value));
  return fits.sort((one, other) => other.value.startsWith(begins) - one.value.startsWith(begins) || other.count - one.count).slice(0, 8).map(({ value, count }) => ({ label: value, note: String(count), value }));
};

export function startCompletion(form, words) {
  form.querySelectorAll("[data-tags]").forEach((field) => chips(form, field, words));
  form.querySelectorAll("input[data-complete=pages]").forEach((input) => completePage(form, input, words));
}

function completePage(form, input, words) {
  input.parentElement.classList.add("field-completes");
  combobox(input, {
    found: words.found,
    none: words.none,
    find: pagesBy(form),
    pick: ({ value }) => {
      input.value = value;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    },
  });
}

// The textarea stays what is sent, a value a line; the chips are a view of it.
function chips(form, field, words) {
  const textarea = field.querySelector("textarea");
  const label = field.querySelector("label");
  const kind = field.dataset.tags;
  const list = Object.assign(document.createElement("ul"), { className: "chips" });
  const input = Object.assign(document.createElement("input"), { className: "input", type: "text", id: `${textarea.id}-add`, autocomplete: "off" });
  const described = textarea.getAttribute("aria-describedby");
  if (described) input.setAttribute("aria-describedby", described);
  const place = Object.assign(document.createElement("div"), { className: "field-completes" });
  place.append(input);
  label.htmlFor = input.id;
  textarea.hidden = true;
  textarea.required = false;
  textarea.after(list, place);

  const values = () => textarea.value.split("\n").map((line) => line.trim()).filter(Boolean);
  const set = (next) => {
    textarea.value = next.join("\n");
    textarea.dispatchEvent(new Event("input", { bubbles: true }));
    draw();
  };
  const add = (value) => {
    const clean = value.trim();
    if (clean && !values().includes(clean)) set([...values(), clean]);
    input.value = "";
  };
  const remove = (value) => {
    set(values().filter((one) => one !== value));
    say(fill(words.remove, value));
    input.focus();
  };
  const draw = () =>
    list.replaceChildren(
      ...values().map((value) => {
        const chip = Object.assign(document.createElement("li"), { className: "chip" });
        const button = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
        button.setAttribute("aria-label", fill(words.remove, value));
        button.addEventListener("click", () => remove(value));
        chip.append(value, button);
        return chip;
      }),
    );

  const find = { pages: pagesBy(form), tags: tagsBy(form, values) }[kind] || (async () => []);
  const completion = combobox(input, {
    found: words.found,
    none: "",
    find,
    wait: kind === "pages" ? 120 : 0,
    pick: ({ value }) => add(value),
  });
  input.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === "Enter" || event.key === ",") {
      event.preventDefault();
      completion.close();
      add(input.value);
    } else if (event.key === "Backspace" && !input.value && values().length) remove(values().at(-1));
  });
  input.addEventListener("change", () => add(input.value));
  // What is still in the field when the form goes is meant to be sent, too.
  form.addEventListener("submit", () => add(input.value), true);
  textarea.addEventListener("wiki:restored", draw);
  draw();
}

export function startRows(form, words) {
  for (const group of form.querySelectorAll("[data-rows]")) {
    const name = group.dataset.rows;
    const rows = () => [...group.querySelectorAll("[data-row]")];

    const number = () =>
      rows().forEach((row, i) => {
        row.querySelectorAll("[data-row-number]").forEach((place) => (place.textContent = i + 1));
        row.querySelectorAll("[data-row-place]").forEach((place) => (place.value = i + 1));
        const before = new RegExp(`\\b${name.replaceAll(".", "[.-]")}([.-])\\d+(?=[.-])`);
        for (const element of row.querySelectorAll("[name], [id], [for], [aria-describedby]")) {
          for (const attribute of ["name", "id", "for", "aria-describedby"]) {
            const value = element.getAttribute(attribute);
            if (value) element.setAttribute(attribute, value.replace(before, (whole, dot) => `${whole.slice(0, whole.lastIndexOf(dot))}${dot}${i}`));
          }
        }
      });

    const add = () => {
      const row = rows().at(-1).cloneNode(true);
      row.querySelectorAll("input, textarea, select").forEach((control) => {
        if (control.type === "radio" || control.type === "checkbox") control.checked = control.type === "radio" && control.value === "";
        else control.value = "";
      });
      row.querySelectorAll(".suggestions, .field-error").forEach((element) => element.remove());
      row.querySelectorAll(".field-wrong").forEach((element) => element.classList.remove("field-wrong"));
      row.querySelector("[data-row-note]").textContent = "";
      row.querySelector("details").open = true;
      rows().at(-1).after(row);
      number();
      row.querySelectorAll("input[data-complete=pages]").forEach((input) => completePage(form, input, words));
      return row;
    };

    // The other row changes sides, so that the focus stays on the button.
    const move = (row, way) => {
      const at = rows().indexOf(row);
      const other = rows()[way === "up" ? at - 1 : at + 1];
      if (!other) return;
      if (way === "up") row.after(other);
      else row.before(other);
      number();
      say(fill(words.moved, rows().indexOf(row) + 1));
      row.scrollIntoView({ block: "nearest" });
      form.dispatchEvent(new Event("input", { bubbles: true }));
    };

    group.addEventListener("click", (event) => {
      if (event.target.closest("[data-add-row]")) add().querySelector("input, select, textarea")?.focus();
      const mover = event.target.closest("[data-move-row]");
      if (mover) move(mover.closest("[data-row]"), mover.dataset.moveRow);
      const removed = event.target.closest("[data-remove-row]")?.closest("[data-row]");
      if (!removed) return;
      if (rows().length === 1) add();
      removed.remove();
      number();
      group.querySelector("[data-add-row]").focus();
      form.dispatchEvent(new Event("input", { bubbles: true }));
    });

    // A draft that is brought back may need more rows than the form came with.
    form.addEventListener("wiki:rows", ({ detail }) => {
      const last = Math.max(-1, ...detail.filter((key) => key.startsWith(`${name}.`)).map((key) => Number(key.slice(name.length + 1).split(".")[0]) || 0));
      while (rows().length <= last) add();
      // What it has taken away isn't there any more.
      if (last >= 0) rows().slice(last + 1).forEach((row) => row.remove());
    });
  }
}
