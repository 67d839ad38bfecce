// The richer editor on wide screens: CodeMirror 6 with Markdown alone. It lives in a shadow root, where its styles are
// adopted style sheets, which a strict content security policy allows. The plain field stays the one that is sent.
import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, redo, undo } from "@codemirror/commands";
import { HighlightStyle, Language, defineLanguageFacet, languageDataProp, syntaxHighlighting } from "@codemirror/language";
import { search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { GFM, parser } from "@lezer/markdown";

import { titles } from "../combobox.js";
import { linked } from "./brackets.js";
import { continueList } from "./operations.js";

const data = defineLanguageFacet({ commentTokens: { block: { open: "<!--", close: "-->" } } });
const markdown = new Language(data, parser.configure([GFM, { props: [languageDataProp.add({ Document: data })] }]), [], "markdown");

const colours = HighlightStyle.define([
  { tag: [tags.heading1, tags.heading2, tags.heading3, tags.heading4, tags.heading5, tags.heading6], fontWeight: "800" },
  { tag: tags.strong, fontWeight: "700" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.strikethrough, textDecoration: "line-through" },
  { tag: [tags.link, tags.url], color: "var(--link)" },
  { tag: tags.monospace, fontFamily: "var(--mono)", fontSize: "0.92em" },
  { tag: [tags.processingInstruction, tags.meta, tags.labelName], color: "var(--ink-soft)" },
  { tag: tags.quote, color: "var(--code-string)" },
  { tag: tags.comment, color: "var(--code-comment)" },
]);

const look = EditorView.theme({
  "&": { color: "var(--ink)", fontSize: "1.0625rem", minHeight: "55vh" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--sans)", lineHeight: "1.55", overflow: "auto" },
  ".cm-content": { padding: "1rem", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "var(--mark)" },
  ".cm-panels": { background: "var(--ground)", color: "var(--ink)", borderColor: "var(--line)" },
  ".cm-panel.cm-search": { padding: "0.5rem", fontSize: "0.9375rem" },
  ".cm-panel.cm-search input, .cm-panel.cm-search button": { font: "inherit", minHeight: "2.25rem" },
  ".cm-textfield": { background: "var(--sheet)", color: "var(--ink)", border: "2px solid var(--edge)" },
  ".cm-button": { background: "var(--sheet)", backgroundImage: "none", color: "var(--ink)", border: "2px solid var(--ink)" },
  ".cm-searchMatch": { background: "var(--mark)" },
  ".cm-searchMatch-selected": { outline: "2px solid var(--ink)" },
  ".cm-tooltip": { background: "var(--sheet)", color: "var(--ink)", border: "2px solid var(--ink)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--sans)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "0.5rem 0.75rem" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--ink)", color: "var(--sheet)" },
  ".cm-completionDetail": { fontStyle: "normal", opacity: "0.8" },
});

// [[ completes pages by title. What is closed already is not closed twice.
const pages = (address) => async (context) => {
  const typed = context.matchBefore(/\[\[[^[\]|#\n]*$/);
  if (!typed || typed.text.length < 3) return null;
  const asked = new AbortController();
  context.addEventListener("abort", () => asked.abort());
  const found = await titles(address, typed.text.slice(2), asked.signal).catch(() => []);
  return {
    from: typed.from + 2,
    filter: false,
    options: found.slice(0, 10).map(({ path, title }) => ({
      label: title,
      detail: path,
      apply(view, _, from, to) {
        const closed = view.state.sliceDoc(to, to + 2) === "]]";
        const insert = linked(path, title) + (closed ? "" : "]]");
        view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length + (closed ? 2 : 0) }, userEvent: "input.complete" });
      },
    })),
  };
};

// Typing over a selection of several lines: the browser would keep the look of the first one by inline styles, which the
// content security policy refuses, loudly. The change is plain text anyway.
function replaceSelection(event, view) {
  if (event.inputType !== "insertText" || event.data === null || event.isComposing || view.state.selection.main.empty) return false;
  event.preventDefault();
  view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
  return true;
}

export function upgrade(edit, textarea) {
  const { form, words } = edit;
  const host = document.createElement("div");
  host.className = "editor-rich";
  const root = host.attachShadow({ mode: "open" });
  const focused = document.activeElement === textarea;
  const selection = { anchor: textarea.selectionStart, head: textarea.selectionEnd };
  textarea.before(host);

  let view;
  const surface = {
    get element() {
      return view.contentDOM;
    },
    get text() {
      return textarea.value;
    },
    get selection() {
      const { from, to } = view.state.selection.main;
      return { text: view.state.doc.toString(), from, to };
    },
    apply(change) {
      if (!change) return;
      view.dispatch({
        changes: { from: change.from, to: change.to, insert: change.insert },
        selection: { anchor: change.select[0], head: change.select[1] },
        scrollIntoView: true,
        userEvent: "input",
      });
    },
    set(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    undo: () => undo(view),
    redo: () => redo(view),
    focus: () => view.focus(),
  };
  const goOn = () => {
    const change = continueList(surface.selection);
    if (change) surface.apply(change);
    return Boolean(change);
  };
  const described = textarea.getAttribute("aria-describedby");
  const label = document.querySelector(`label[for="${textarea.id}"]`);

  view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: textarea.value,
      selection,
      extensions: [
        history(),
        drawSelection(),
        EditorView.lineWrapping,
        EditorState.phrases.of(words),
        markdown,
        syntaxHighlighting(colours),
        search({ top: true }),
        autocompletion({ override: [pages(form.dataset.suggestUrl)], icons: false }),
        keymap.of([{ key: "Enter", run: goOn }, ...completionKeymap, ...searchKeymap, ...historyKeymap, ...defaultKeymap.filter(({ key }) => key !== "Mod-i" && key !== "Mod-k")]),
        EditorView.contentAttributes.of({
          "aria-label": label?.textContent.trim() || "",
          ...(textarea.getAttribute("aria-invalid") ? { "aria-invalid": "true" } : {}),
          // Ids don't reach into a shadow root; what is wrong is read out as part of the description.
          ...(described ? { "aria-description": described.split(" ").map((id) => document.getElementById(id)?.textContent.trim()).join(" ") } : {}),
          spellcheck: "true",
          autocorrect: "on",
          autocapitalize: "sentences",
        }),
        look,
        EditorView.domEventHandlers({ beforeinput: replaceSelection }),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          textarea.value = update.state.doc.toString();
          textarea.dispatchEvent(new Event("input", { bubbles: true }));
        }),
      ],
    }),
  });

  textarea.hidden = true;
  textarea.required = false;
  if (focused) view.focus();
  label?.addEventListener("click", () => view.focus());
  // "The text is too long" in the summary of problems leads to the field: now to this one.
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.(`a[href="#${CSS.escape(textarea.id)}"]`)) return;
    event.preventDefault();
    host.scrollIntoView({ block: "center" });
    view.focus();
  });
  return surface;
}
