// The contents list marks the section being read.
export function start() {
  const links = [...document.querySelectorAll("[data-contents] a[href^='#']")];
  if (!links.length) return;
  const sections = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
  let planned = false;

  const mark = () => {
    planned = false;
    // The last heading above the upper third of the window; at the end of the page, the last one in sight.
    const line = innerHeight / 3;
    let current = 0;
    sections.forEach((section, i) => {
      if (section && section.getBoundingClientRect().top <= line) current = i;
    });
    links.forEach((link, i) => (i === current ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")));
  };

  addEventListener(
    "scroll",
    () => {
      if (!planned) requestAnimationFrame(mark);
      planned = true;
    },
    { passive: true },
  );
  mark();

  // On phones the list folds away once it has been used.
  for (const link of links) {
    link.addEventListener("click", () => {
      const box = link.closest("details");
      if (box && !matchMedia("(min-width: 60rem)").matches) box.open = false;
    });
  }
}
