// The one script that blocks, so that a chosen theme is there before the first paint.
try {
  if (localStorage.theme) document.documentElement.dataset.theme = localStorage.theme;
} catch {
  // Storage is refused: the device's own theme stands.
}
document.documentElement.classList.add("js");
