// The tray under a list with ticks: says what is ticked, remembers it in this tab, so that tools can be picked on several lists.
import { fill } from "./say.js";
import { ofThisTab, read, write } from "./stored.js";

const MOST = 5;

export function start() {
  const tray = document.querySelector("form[data-compare]");
  if (!tray) return;
  const boxes = [...document.querySelectorAll("input[name=page][form=compare]")];
  const status = tray.querySelector("[data-status]");
  const label = tray.querySelector("[data-button-label]");
  const plain = { status: status.textContent, label: label.textContent };
  let ticked = remembered();

  const show = (note = "") => {
    write("compare", JSON.stringify(ticked), ofThisTab());
    // Those ticked on another list come along as hidden inputs.
    tray.querySelectorAll("input[type=hidden][name=page]").forEach((input) => input.remove());
    for (const box of boxes) box.checked = ticked.some(([path]) => path === box.value);
    for (const [path] of ticked.filter(([path]) => !boxes.some((box) => box.value === path))) {
      tray.append(Object.assign(document.createElement("input"), { type: "hidden", name: "page", value: path }));
    }
    const names = ticked.map(([, title]) => title).join(", ");
    const words = ticked.length === 1 ? tray.dataset.one : fill(tray.dataset.many, ticked.length);
    status.textContent = note || (ticked.length ? `${words} ${ticked.length === 1 ? `(${names})` : `– ${names}`}` : plain.status);
    label.textContent = ticked.length > 1 ? fill(tray.dataset.label, ticked.length) : plain.label;
    tray.classList.toggle("is-ticked", ticked.length > 0);
    tray.querySelector("[data-clear]")?.toggleAttribute("hidden", !ticked.length);
  };

  for (const box of boxes) {
    box.addEventListener("change", () => {
      if (box.checked && ticked.length >= MOST) return show(tray.dataset.full);
      ticked = ticked.filter(([path]) => path !== box.value);
      if (box.checked) ticked.push([box.value, box.dataset.title]);
      show();
      box.scrollIntoView({ block: "nearest" }); // the tray may have come over it
    });
  }
  tray.addEventListener("submit", (event) => {
    if (ticked.length >= (event.submitter?.hasAttribute("formaction") ? 1 : 2)) return;
    event.preventDefault();
    show(ticked.length ? tray.dataset.one : plain.status);
  });
  tray.querySelector("[data-clear]")?.addEventListener("click", () => {
    ticked = [];
    show();
  });
  show();
}

function remembered() {
  try {
    const kept = JSON.parse(read("compare", ofThisTab()) || "[]");
    return Array.isArray(kept) ? kept.filter((pair) => Array.isArray(pair)).slice(0, MOST) : [];
  } catch {
    return [];
  }
}
