// What the toolbar and the Enter key do to the text, run by `node --test` from test_operations.py.
import assert from "node:assert/strict";
import { test } from "node:test";

import { bareAddress, withoutTracking } from "../../static/js/editor/addresses.js";
import * as operations from "../../static/js/editor/operations.js";

const WORDS = { bold: "bold text", heading: "Heading", item: "item", callout: "Take note", column: "Column", cell: "cell" };

// "a [b] c" is the text "a b c" with b selected; "|" is a cursor.
function place(marked) {
  if (marked.includes("|")) return { text: marked.replace("|", ""), from: marked.indexOf("|"), to: marked.indexOf("|") };
  const from = marked.indexOf("‹");
  return { text: marked.replace(/[‹›]/g, ""), from, to: marked.indexOf("›") - 1 };
}
const after = ({ text }, change) => text.slice(0, change.from) + change.insert + text.slice(change.to);
const run = (operation, marked) => after(place(marked), operation(place(marked), WORDS));

test("bold goes around the words, and off again", () => {
  const bold = operations.wrap("**", WORDS.bold);
  assert.equal(run(bold, "a ‹word› here"), "a **word** here");
  assert.equal(run(bold, "a ‹word ›here"), "a **word** here");
  assert.equal(run(bold, "a **‹word›** here"), "a word here");
  assert.equal(run(bold, "a |b"), "a **bold text**b");
});

test("italics do not take one star off bold words", () => {
  assert.equal(run(operations.wrap("*", "x"), "**‹word›**"), "***word***");
});

test("a heading begins at the second level, goes deeper and ends", () => {
  assert.equal(run(operations.heading, "What| it does"), "## What it does");
  assert.equal(run(operations.heading, "## What|"), "### What");
  assert.equal(run(operations.heading, "#### What|"), "What");
  assert.equal(run(operations.heading, "|"), "## Heading");
});

test("lists are made, changed into one another and taken off", () => {
  assert.equal(run(operations.bullets, "‹one\ntwo›"), "- one\n- two");
  assert.equal(run(operations.numbers, "‹- one\n- two›"), "1. one\n2. two");
  assert.equal(run(operations.tasks, "‹1. one\n2. two›"), "- [ ] one\n- [ ] two");
  assert.equal(run(operations.tasks, "‹- [ ] one\n- [x] two›"), "one\ntwo");
});

test("blocks stand alone", () => {
  assert.equal(run(operations.callout, "before\n|"), "before\n\n> [!NOTE]\n> Take note");
  assert.match(run(operations.table, "before|after"), /^before\n\n\| Column 1 .*\n\| --- .*\n.*\n\| cell 1 .*\n\nafter$/);
});

test("a picture stands alone at the edge of a line, and takes the place of nothing", () => {
  const picture = operations.attached("![A march](/a.jpg)");
  assert.equal(run(picture, "|## What it does"), "![A march](/a.jpg)\n\n## What it does");
  assert.equal(run(picture, "Words.|\n\n- one"), "Words.\n\n![A march](/a.jpg)\n\n- one");
  assert.equal(run(picture, "![One](/1.jpg)|"), "![One](/1.jpg)\n\n![A march](/a.jpg)");
  assert.equal(run(picture, "Some |words"), "Some ![A march](/a.jpg)words");
  assert.equal(run(picture, "‹Some› words"), "Some![A march](/a.jpg) words");
  assert.equal(run(picture, "- one|\n- two"), "- one![A march](/a.jpg)\n- two");
  assert.equal(run(operations.attached("[The list](/a.pdf)"), "Here: |"), "Here: [The list](/a.pdf)");
});

test("Enter goes on with a list and ends it in an empty item", () => {
  const enter = operations.continueList;
  assert.equal(run(enter, "- one|"), "- one\n- ");
  assert.equal(run(enter, "  * one|"), "  * one\n  * ");
  assert.equal(run(enter, "9. nine|"), "9. nine\n10. ");
  assert.equal(run(enter, "- [x] done|"), "- [x] done\n- [ ] ");
  assert.equal(run(enter, "> said|"), "> said\n> ");
  assert.equal(run(enter, "- one\n- |"), "- one\n");
  assert.equal(run(enter, "a\n> |"), "a\n");
  assert.equal(enter(place("no list|"), WORDS), null);
  assert.equal(enter(place("|- one"), WORDS), null);
});

test("words of links cannot break out of them", () => {
  const at = { text: "", from: 0, to: 0 };
  assert.equal(operations.link("https://a.example/x", "a]b")(at).insert, "[a\\]b](https://a.example/x)");
  assert.equal(operations.link("https://a.example/(x)", "y")(at).insert, "[y](<https://a.example/(x)>)");
  assert.equal(operations.pageLink("field/spoke", "Spo|ke]]")(at).insert, "[[field/spoke|Spo ke]]");
});

test("only what tracks is left out of an address", () => {
  assert.equal(withoutTracking("https://a.example/p?utm_source=x&id=7&fbclid=1#top"), "https://a.example/p?id=7#top");
  assert.equal(withoutTracking("https://a.example/p?utm_source=x"), "https://a.example/p");
  assert.equal(withoutTracking("https://a.example/p?q=%C3%A9&ref=b"), "https://a.example/p?q=%C3%A9&ref=b");
  assert.equal(withoutTracking("https://a.example/p#utm_source=x"), "https://a.example/p#utm_source=x");
  assert.equal(bareAddress(" https://a.example/x \n"), "https://a.example/x");
  assert.equal(bareAddress("see https://a.example"), null);
});
