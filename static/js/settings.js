// Light, dark or as the device says; theme.js puts the choice in force before the next page is painted.
import { read, write } from "./stored.js";

export function start() {
  const choice = document.querySelector("[data-theme-switch]");
  if (!choice) return;
  choice.value = read("theme") || "";
  choice.addEventListener("change", () => {
    write("theme", choice.value || null);
    if (choice.value) document.documentElement.dataset.theme = choice.value;
    else delete document.documentElement.dataset.theme;
  });
}
