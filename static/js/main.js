// What readers get. Every behaviour is one module; each finds its own place in the page and leaves the rest alone.
import { start as startAges } from "./ages.js";
import { start as startCompare } from "./compare.js";
import { start as startContents } from "./contents.js";
import { start as startCopy } from "./copy.js";
import { start as startMenus } from "./menus.js";
import { start as startOffline } from "./offline.js";
import { start as startSaved } from "./saved.js";
import { start as startSearch } from "./search.js";
import { start as startSending } from "./sending.js";
import { start as startSettings } from "./settings.js";
import { start as startShortcuts } from "./shortcuts.js";

for (const start of [startMenus, startSearch, startShortcuts, startSettings, startAges, startContents, startCopy, startCompare, startSaved, startOffline, startSending]) {
  try {
    start();
  } catch (error) {
    // One behaviour that fails must not take the others with it.
    console.error(error);
  }
}

document.querySelector("[data-focus]")?.focus();
