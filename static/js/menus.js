// The menus are <details>: they work without this. Here they learn to close by Escape, by a click elsewhere and by leaving.
export function start() {
  const menus = [...document.querySelectorAll("details.menu")];
  const closeOthers = (kept) => menus.forEach((menu) => menu !== kept && (menu.open = false));

  document.addEventListener("click", (event) => closeOthers(event.target.closest("details.menu")));
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-print]")) return;
    closeOthers(null);
    print();
  });
  document.addEventListener("keydown", (event) => {
    const open = menus.find((menu) => menu.open);
    if (event.key !== "Escape" || !open) return;
    open.open = false;
    if (open.contains(document.activeElement)) open.querySelector("summary").focus();
  });
  for (const menu of menus) {
    menu.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
    });
  }

  // Boxes that fold on phones stand open on wide screens; browsers that can do that by style need no help.
  if (!CSS.supports("selector(::details-content)") && matchMedia("(min-width: 60rem)").matches) {
    document.querySelectorAll("details[data-wide-open]").forEach((box) => (box.open = true));
  }
}
