// Pasting: files are attached, formatted text becomes Markdown, a bare address loses what tracks.
import { say } from "../say.js";
import { bareAddress, withoutTracking } from "./addresses.js";
import { isNormal, parse } from "./documents.js";
import { insertText, link } from "./operations.js";

// What makes pasted HTML worth converting; editors of code paste only div and span.
const FORMATTED = "a[href], b, strong, em, i, h1, h2, h3, h4, h5, h6, li, table, blockquote, pre > code, p[data-style*='mso-list']";

export function startPaste(edit) {
  edit.form.addEventListener("paste", (event) => {
    const address = event.target.type === "url" && bareAddress(event.clipboardData?.getData("text/plain") || "");
    if (!address || address === withoutTracking(address)) return;
    event.preventDefault();
    event.target.setRangeText(withoutTracking(address), event.target.selectionStart ?? 0, event.target.selectionEnd ?? event.target.value.length, "end");
    event.target.dispatchEvent(new Event("input", { bubbles: true }));
    say(edit.words.cleaned);
  });
  // In the capture phase, so that it comes before the editor's own handling.
  edit.box.addEventListener(
    "paste",
    (event) => {
      const data = event.clipboardData;
      if (!data) return;
      const take = () => {
        event.preventDefault();
        event.stopImmediatePropagation();
      };
      const text = data.getData("text/plain");
      const html = data.getData("text/html");
      const address = bareAddress(text);
      if (data.files.length && !html) {
        take();
        edit.attach(data.files);
      } else if (address) {
        take();
        const clean = withoutTracking(address);
        const { text: all, from, to } = edit.surface.selection;
        const selected = all.slice(from, to);
        edit.surface.apply((selected.trim() && !bareAddress(selected) ? link(clean, selected) : insertText(clean))(edit.surface.selection));
        if (clean !== address) say(edit.words.cleaned);
      } else if (html) {
        const parsed = parse(html);
        if (!isFormatted(parsed.body)) return;
        take();
        // The plain text is there at once and is replaced when the converter has come, so that one undo brings it back.
        const { from } = edit.surface.selection;
        edit.surface.apply(insertText(text)(edit.surface.selection));
        const to = edit.surface.selection.from;
        convert(edit, parsed, from, to, text);
      }
    },
    true,
  );
}

// A <b> that isn't bold is no formatting.
function isFormatted(body) {
  return [...body.querySelectorAll(FORMATTED)].some((element) => !(element.tagName === "B" && isNormal(element)));
}

async function convert(edit, parsed, from, to, plain) {
  try {
    const { toMarkdown } = await import("./to_markdown.js");
    const pictures = parsed.images.length > 0;
    const markdown = toMarkdown(parsed);
    const now = edit.surface.selection.text.slice(from, to);
    if (!markdown || markdown === plain || now.replace(/\r\n?/g, "\n") !== plain.replace(/\r\n?/g, "\n")) return;
    edit.surface.apply({ from, to, insert: markdown, select: [from + markdown.length, from + markdown.length] });
    say(pictures ? `${edit.words.converted} ${edit.words.no_pictures}` : edit.words.converted);
  } catch (error) {
    console.error(error); // The plain text is there already.
  }
}
