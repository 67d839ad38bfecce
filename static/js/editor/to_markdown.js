// Formatted text from a web page or a word processor as Markdown.
import { gfm } from "@joplin/turndown-plugin-gfm";
import TurndownService from "turndown";

import { withoutTracking } from "./addresses.js";
import { tidy } from "./documents.js";

export function toMarkdown(parsed) {
  const turndown = new TurndownService({ headingStyle: "atx", bulletListMarker: "-", codeBlockStyle: "fenced", emDelimiter: "*", hr: "---" });
  turndown.use(gfm);
  turndown.remove(["style", "script", "title", "meta", "link", "noscript"]);
  // What looks like a tag or an entity in the text was written there by somebody.
  turndown.escape = (text) => TurndownService.prototype.escape(text).replace(/<(?=[a-z/!?])|&(?=#?\w+;)/gi, "\\$&");
  // One blank after a list mark, as people type it.
  turndown.addRule("item", {
    filter: "li",
    replacement: (content, node) => {
      const list = node.parentNode;
      const ordered = list?.nodeName === "OL";
      const mark = ordered ? `${Number(list.getAttribute("start") || 1) + [...list.children].indexOf(node)}. ` : "- ";
      const text = content.trim().replace(/\n{2,}/g, "\n").replace(/\n/g, `\n${" ".repeat(mark.length)}`);
      return mark + text + (node.nextSibling ? "\n" : "");
    },
  });
  for (const anchor of parsed.querySelectorAll("a[href]")) anchor.setAttribute("href", withoutTracking(anchor.getAttribute("href")));
  // Pictures from elsewhere are not taken over: readers of this wiki load nothing from other sites.
  parsed.querySelectorAll("img").forEach((image) => image.replaceWith(image.alt || ""));
  tidy(parsed);
  return turndown.turndown(parsed.body).replace(/\u00a0/g, " ").trim();
}
