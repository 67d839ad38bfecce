// Stands before the style sheet and is a twentieth of it, so a chosen theme is there when the page is first painted,
// though nothing waits for it.
try {
  if (localStorage.theme) document.documentElement.dataset.theme = localStorage.theme;
} catch {
  // Storage is refused: the device's own theme stands.
}
document.documentElement.classList.add("js");
