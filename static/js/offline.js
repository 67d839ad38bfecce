// Keeping a page on this device, on request only; worker.js shows it, and a page that says so, where there is no connection.
import { say } from "./say.js";

const KEPT = "wiki-kept";

export function start() {
  if (!("serviceWorker" in navigator) || !("caches" in window)) return;
  // After everything that the page itself needs.
  const register = () => navigator.serviceWorker.register("/offline.js").catch(() => {});
  if (document.readyState === "complete") register();
  else addEventListener("load", register);

  const box = document.querySelector("[data-keep]");
  if (box) offer(box).catch(() => {});
  const list = document.querySelector("[data-kept]");
  if (list) show(list).catch(() => {});
}

async function offer(box) {
  const address = here();
  const kept = await caches.open(KEPT);
  let is = Boolean(await kept.match(address, { ignoreVary: true }));
  const words = box.querySelector("span");
  const label = () => (words.textContent = is ? box.dataset.forget : box.dataset.keep);
  box.hidden = false;
  label();
  // Brought up to date where there is a connection; where there is none, it is the copy that one sees.
  if (is) await keep(kept, address).catch((error) => error instanceof TypeError && sayCopy(box.dataset.copyOf, kept, address));
  box.addEventListener("click", async () => {
    try {
      if (is) await kept.delete(address, { ignoreVary: true });
      else await keep(kept, address);
      is = !is;
      say(is ? box.dataset.kept : box.dataset.forgotten);
    } catch {
      say(box.dataset.failed);
    }
    label();
  });
}

async function sayCopy(words, kept, address) {
  const answer = await kept.match(address, { ignoreVary: true });
  const language = document.body.lang || document.documentElement.lang;
  // Day before month, as everywhere in the wiki.
  const day = new Date(answer.headers.get("date")).toLocaleDateString(language === "en" ? "en-GB" : language, { dateStyle: "long" });
  const note = Object.assign(document.createElement("p"), { className: "notice notice-info", textContent: words.replace("{day}", day) });
  document.querySelector("main h1").before(note);
}

// As a stranger gets it: nothing of whoever is signed in is kept.
async function keep(kept, address) {
  const answer = await fetch(address, { credentials: "omit" });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  await kept.put(address, answer);
}

async function show(list) {
  const kept = await caches.open(KEPT);
  const found = await kept.keys();
  const rows = await Promise.all(found.map(async ({ url }) => row(url, await kept.match(url, { ignoreVary: true }))));
  list.querySelector("ul").replaceChildren(...rows);
  list.querySelector("[data-none]").hidden = rows.length > 0;
  const forget = list.querySelector("[data-forget-all]");
  forget.hidden = rows.length === 0;
  forget.onclick = async () => {
    await caches.delete(KEPT);
    say(forget.dataset.done);
    await show(list);
  };
  list.hidden = false;
}

async function row(url, answer) {
  const title = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("h1 > span, h1")?.textContent.trim();
  const link = Object.assign(document.createElement("a"), { href: url, textContent: title || url });
  const item = document.createElement("li");
  item.append(link);
  return item;
}

function here() {
  const url = new URL(location.href);
  url.hash = "";
  url.searchParams.delete("notice");
  return url.href;
}
