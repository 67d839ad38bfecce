// Drafts: on this device for strangers, with the account for people (and on the device until they have arrived there).
// A draft holds the revision that it was written on, so that bringing it back later still merges rightly.
import { fill } from "../say.js";
import { ofThisTab, read, write } from "../stored.js";

const WAIT_HERE = 800;
const WAIT_THERE = 4000;
const WAIT_FOR_ANSWER = 10000;
const NOT_KEPT = new Set(["csrf_token", "base", "do", "website", "draft"]);

export function startDrafts(edit) {
  const { form, words } = edit;
  const key = `draft:${form.dataset.draftKey}`;
  const there = form.dataset.draftsUrl;
  const state = form.querySelector("[data-save-state]");
  const banner = form.querySelector("[data-draft-banner]");
  const fresh = serialized(form);
  let sending = false;
  let reached = false;
  let asking = false;
  let timer;
  let timerThere;

  // A form that comes back after a refused save or a look at the changes holds text that is nowhere else yet.
  const dirty = () => "notSaved" in form.dataset || serialized(form) !== fresh;
  const tell = (text) => state && (state.textContent = text);
  const time = () => new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  const draft = () => ({ base: form.elements.base.value, saved: new Date().toISOString(), fields: entries(form) });

  const keepHere = () => {
    const kept = write(key, JSON.stringify(draft()));
    tell(!kept ? words.draft_failed : navigator.onLine ? fill(words.draft_here, time()) : words.offline);
  };

  const keepThere = async (kept) => {
    const body = new FormData();
    body.set("key", form.dataset.draftKey);
    body.set("base", kept ? kept.base : "");
    body.set("fields", kept ? JSON.stringify(kept.fields) : "");
    body.set("csrf_token", form.elements.csrf_token?.value || "");
    // keepalive: the last words still arrive when the tab is being closed.
    const answer = await fetch(there, { method: "POST", body, keepalive: body.get("fields").length < 50000 });
    if (!answer.ok) throw new Error(String(answer.status));
  };

  // On this device at once, and a little later with the account: what crashes in between is not lost either.
  const keep = () => {
    if (sending || !dirty()) return;
    keepHere();
    if (!there) return;
    clearTimeout(timerThere);
    timerThere = setTimeout(keepAway, WAIT_THERE);
  };
  const keepAway = async () => {
    clearTimeout(timerThere);
    if (sending || !dirty()) return;
    const kept = draft();
    try {
      await keepThere(kept);
      // What was typed meanwhile is kept here until the next time.
      if (JSON.stringify(kept.fields) === serialized(form)) write(key, null);
      tell(fill(words.draft_there, time()));
    } catch {
      keepHere();
    }
  };

  const planKeep = () => {
    clearTimeout(timer);
    timer = setTimeout(keep, WAIT_HERE);
  };
  form.addEventListener("input", planKeep);
  form.addEventListener("change", planKeep);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden") return;
    keep();
    if (there) keepAway();
  });

  form.addEventListener("submit", async (event) => {
    if (event.defaultPrevented) return;
    // The copy on this device stays until a page says that the text has arrived (saved.js).
    if (dirty()) write(key, JSON.stringify(draft()));
    if (!reached) {
      // The form stays where it is until the wiki answers: a browser's own page for a lost connection would take its place.
      event.preventDefault();
      const { submitter } = event;
      if (asking) return;
      asking = true;
      reached = await answers(form.action);
      asking = false;
      if (!reached) {
        // What was to be kept a little later has been kept, and must not say so in place of this.
        [timer, timerThere].forEach(clearTimeout);
        keepHere();
        return tell(words.offline);
      }
      return form.requestSubmit(submitter);
    }
    reached = false;
    if (!event.submitter || event.submitter.value === "save") write("saving", key, ofThisTab());
    sending = true;
  });
  // Back from the next page, or from a connection that failed: writing goes on.
  addEventListener("pageshow", () => (sending = false));
  addEventListener("beforeunload", (event) => {
    if (dirty() && !sending) event.preventDefault();
  });
  addEventListener("offline", () => tell(words.offline));
  addEventListener("online", () => {
    keep();
    tell(words.online);
  });

  const find = async () => {
    let found = null;
    if (there) {
      try {
        const url = new URL(there, document.baseURI);
        url.searchParams.set("key", form.dataset.draftKey);
        const answer = await fetch(url, { headers: { Accept: "application/json" } });
        if (answer.status === 200) found = await answer.json();
      } catch {
        // No connection: what this device holds is all there is.
      }
    }
    const here = JSON.parse(read(key) || "null");
    return here && (!found || here.saved > found.saved) ? here : found;
  };

  return {
    // Offer what was not saved. After a refused save the form itself holds the newest text, so nothing is offered.
    async offer() {
      if ("notSaved" in form.dataset || !banner) return;
      const kept = await find().catch(() => null);
      if (!kept?.fields || JSON.stringify(kept.fields) === JSON.stringify(entries(form))) return;
      banner.querySelector("[data-draft-when]").textContent = new Date(kept.saved).toLocaleString(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" });
      banner.hidden = false;
      banner.querySelector("[data-draft-restore]").onclick = () => {
        restore(edit, kept);
        banner.hidden = true;
        edit.surface?.focus();
      };
      banner.querySelector("[data-draft-discard]").onclick = () => {
        write(key, null);
        if (there) keepThere(null).catch(() => {});
        banner.hidden = true;
      };
    },
  };
}

// Whether the wiki can be reached right now. While it restarts, a proxy in front of it answers in its place, with an error.
async function answers(address) {
  if (!navigator.onLine) return false;
  const signal = AbortSignal.timeout(WAIT_FOR_ANSWER);
  return fetch(new URL("/robots.txt", address), { method: "HEAD", cache: "no-store", signal }).then(
    (answer) => answer.status < 500,
    () => false,
  );
}

const entries = (form) => [...new FormData(form)].filter(([name, value]) => !NOT_KEPT.has(name) && typeof value === "string");
const serialized = (form) => JSON.stringify(entries(form));

function restore({ form, surface }, kept) {
  const values = new Map();
  for (const [name, value] of kept.fields) values.set(name, [...(values.get(name) || []), value]);
  form.dispatchEvent(new CustomEvent("wiki:rows", { detail: [...values.keys()] }));
  if (kept.base) form.elements.base.value = kept.base;
  for (const control of form.elements) {
    if (!control.name || NOT_KEPT.has(control.name) || control.type === "file" || control.type === "submit") continue;
    const wanted = values.get(control.name) || [];
    if (control.type === "checkbox" || control.type === "radio") control.checked = wanted.includes(control.value);
    else if (surface?.text === control.value && control.closest("[data-text-editor]")) surface.set((wanted[0] ?? control.value).replace(/\r\n?/g, "\n"));
    else if (wanted.length) control.value = wanted[0];
    control.dispatchEvent(new Event("wiki:restored"));
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
}
