// Runs apart from the pages, for all of them. Says that there is no connection, and shows what a person has asked to keep.
// WIKI, put before this by wiki/web/offline.py: { page: address of the page that says so, assets: what it is drawn with }.
const OWN = `wiki-${WIKI.assets.join()}`;
const KEPT = "wiki-kept";

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(forgetOld()));
self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin) return;
  if (mode === "navigate") event.respondWith(fetch(event.request).catch(() => withoutConnection(url)));
  else if (pathname.startsWith("/-/static/")) event.respondWith(fetch(event.request).catch(() => asset(pathname)));
});

async function install() {
  const cache = await caches.open(OWN);
  // As a stranger gets it, whoever is signed in here.
  const page = await fetch(WIKI.page, { credentials: "omit" });
  if (!page.ok) throw new Error(`${WIKI.page}: ${page.status}`);
  await Promise.all([cache.put(WIKI.page, page), cache.addAll(WIKI.assets)]);
  await self.skipWaiting();
}

async function forgetOld() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("wiki-") && name !== OWN && name !== KEPT).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function withoutConnection(address) {
  const url = new URL(address);
  url.hash = "";
  url.searchParams.delete("notice");
  return (await find(KEPT, url.href)) || (await find(OWN, WIKI.page)) || Response.error();
}

// A kept page may ask for a style sheet of before; today's has the same name but for the letters that say what is in it.
async function asset(path) {
  const stem = (one) => one.replace(/-[0-9A-Z]{8}\./, ".");
  const same = WIKI.assets.find((one) => stem(one) === stem(path));
  return (same && (await find(OWN, same))) || Response.error();
}

async function find(name, address) {
  const cache = await caches.open(name);
  return cache.match(address, { ignoreVary: true });
}
