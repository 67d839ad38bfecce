// What toolbar and keys do to the text. Pure: each takes { text, from, to } and gives back a change
// { from, to, insert, select: [start, end] }, or null where it has nothing to do. Both editors apply them.

export const wrap = (mark, placeholder) => ({ text, from, to }) => {
  const chosen = text.slice(from, to);
  const outer = text.slice(from - mark.length, from) === mark && text.slice(to, to + mark.length) === mark;
  if (outer && !(mark === "*" && text[from - 2] === "*")) {
    return { from: from - mark.length, to: to + mark.length, insert: chosen, select: [from - mark.length, to - mark.length] };
  }
  // Blanks at the edges stay outside, or the marks would be read as stars.
  const [, before, inner, after] = /^(\s*)([^]*?)(\s*)$/.exec(chosen);
  const words = inner || placeholder;
  const start = from + before.length + mark.length;
  return { from, to, insert: before + mark + words + mark + after, select: [start, start + words.length] };
};

// Each line of the selection without its mark, or with the next one in turn.
const onLines = ({ text, from, to }, change) => {
  const start = text.lastIndexOf("\n", from - 1) + 1;
  const found = text.indexOf("\n", to > from && text[to - 1] === "\n" ? to - 1 : to);
  const end = found < 0 ? text.length : found;
  const insert = change(text.slice(start, end).split("\n")).join("\n");
  return { from: start, to: end, insert, select: from === to ? [start + insert.length, start + insert.length] : [start, start + insert.length] };
};

export const heading = (place, words) =>
  onLines(place, (lines) =>
    lines.map((line) => {
      const [, hashes, rest] = /^(#{1,6} )?(.*)$/.exec(line);
      const next = { undefined: "## ", "## ": "### ", "### ": "#### " }[hashes] ?? "";
      return next + (rest || (next && words.heading));
    }),
  );

const MARKER = /^(\s*)(?:[-*+] \[[ xX]\] |[-*+] |\d+[.)] )?/;

const list = (marker, is) => (place, words) =>
  onLines(place, (lines) => {
    const filled = lines.filter((line) => line.trim());
    const all = filled.length > 0 && filled.every((line) => is.test(line));
    let n = 0;
    return lines.map((line) => {
      if (!line.trim() && lines.length > 1) return line;
      const rest = line.replace(MARKER, "");
      const indent = MARKER.exec(line)[1];
      return all ? indent + rest : indent + marker(++n) + (rest || words.item);
    });
  });

export const bullets = list(() => "- ", /^\s*[-*+] (?!\[[ xX]\] )/);
export const numbers = list((n) => `${n}. `, /^\s*\d+[.)] /);
export const tasks = list(() => "- [ ] ", /^\s*[-*+] \[[ xX]\] /);

// A block stands alone: an empty line before it and one after.
const block = ({ text, from, to }, insert, selectFrom, selectTo) => {
  const before = text.slice(0, from);
  const after = text.slice(to);
  const lead = !before || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  const tail = !after || after.startsWith("\n\n") ? "" : after.startsWith("\n") ? "\n" : "\n\n";
  const start = from + lead.length;
  return { from, to, insert: lead + insert + tail, select: [start + selectFrom, start + selectTo] };
};

export const callout = (place, words) => {
  const inner = place.text.slice(place.from, place.to).trim() || words.callout;
  const insert = `> [!NOTE]\n${inner.replace(/^/gm, "> ")}`;
  return block(place, insert, 12, insert.length);
};

export const table = (place, words) => {
  const row = (cell) => `| ${cell} 1 | ${cell} 2 | ${cell} 3 |`;
  const insert = [row(words.column), "| --- | --- | --- |", row(words.cell), row(words.cell)].join("\n");
  return block(place, insert, 2, 2 + words.column.length + 2);
};

export const insertText = (words, selectAll = false) => ({ from, to }) => ({
  from,
  to,
  insert: words,
  select: selectAll ? [from, from + words.length] : [from + words.length, from + words.length],
});

// The way to a file, which takes the place of nothing. A picture at the edge of a line stands alone: in front of the mark of a
// heading or an item it would make plain text of that, and two pictures one after the other would share a line.
export const attached = (markdown) => ({ text, to }) => {
  const start = text.lastIndexOf("\n", to - 1) + 1;
  const [line] = /^.*/.exec(text.slice(start));
  const before = text.slice(start, to);
  const goesOn = /^\s*([-*+] |\d+[.)] |[>|])/.test(line);
  const alone = markdown.startsWith("![") && (!before || (before === line && !goesOn));
  const place = { text, from: to, to };
  return alone ? block(place, markdown, markdown.length, markdown.length) : insertText(markdown)(place);
};

const escaped = (words) => words.replace(/[[\]\\]/g, "\\$&").replace(/\s+/g, " ").trim();

export const link = (address, words) => insertText(`[${escaped(words || address)}](${/[()\s<>]/.test(address) ? `<${address.replace(/[<>\s]/g, encodeURIComponent)}>` : address})`);

export const pageLink = (path, words) => {
  const shown = words.replace(/[[\]|\n]/g, " ").replace(/\s+/g, " ").trim();
  return insertText(shown && shown !== path ? `[[${path}|${shown}]]` : `[[${path}]]`);
};

// Enter in a list goes on with it; in an empty item it ends the list. Null: an ordinary line.
export const continueList = ({ text, from, to }) => {
  if (from !== to) return null;
  const start = text.lastIndexOf("\n", from - 1) + 1;
  const line = text.slice(start, from);
  const found = /^(\s*)((?:> ?)*)(?:([-*+])( \[[ xX]\])? +|(\d{1,9})([.)]) +)/.exec(line) || /^(\s*)((?:> ?)+)/.exec(line);
  if (!found) return null;
  const [whole, indent, quote, bullet, box, number, dot] = found;
  const rest = text.slice(from, (text.indexOf("\n", from) + 1 || text.length + 1) - 1);
  if (line.length === whole.length && !rest.trim()) {
    return { from: start, to: from, insert: bullet || number ? indent + quote : "", select: [start + (bullet || number ? (indent + quote).length : 0), start + (bullet || number ? (indent + quote).length : 0)] };
  }
  if (from - start < whole.length) return null;
  const marker = bullet ? `${bullet}${box ? " [ ]" : ""} ` : number ? `${Number(number) + 1}${dot} ` : "";
  const insert = `\n${indent}${quote}${marker}`;
  return { from, to, insert, select: [from + insert.length, from + insert.length] };
};
