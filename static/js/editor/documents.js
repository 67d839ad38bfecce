// What word processors put on the clipboard, as the elements that HTML has for it.
const BLOCKS = "p, div, ul, ol, table, h1, h2, h3, h4, h5, h6";
const HEADS = "h1, h2, h3, h4, h5, h6, th";

// A style in what is pasted means something, but this site's rules let none be applied: it is kept under another name.
export function parse(html) {
  const kept = html.replace(/<[^>]+>/g, (tag) => tag.replace(/\sstyle=/gi, " data-style="));
  return new DOMParser().parseFromString(kept, "text/html");
}

export function tidy(parsed) {
  for (const bold of parsed.querySelectorAll("b, strong")) if (isNormal(bold)) unwrap(bold);
  for (const gap of parsed.querySelectorAll("br")) if (gap.previousSibling?.matches?.(BLOCKS)) gap.remove();
  for (const table of parsed.querySelectorAll("table")) nameColumns(table);
  listsOfWord(parsed);
  // Google Docs puts a list into the list around it, beside the item that it belongs to.
  for (const list of parsed.querySelectorAll("ul > ul, ul > ol, ol > ul, ol > ol")) list.previousElementSibling?.append(list);
  for (const span of parsed.querySelectorAll("span[data-style]")) emphasize(span);
  for (const bold of parsed.querySelectorAll("th b, th strong")) unwrap(bold);
}

// Some programs wrap everything in <b style="font-weight:normal">.
export const isNormal = (bold) => /(^|[\s;])font-weight:\s*(normal|400)/.test(bold.dataset.style);

const unwrap = (element) => element.replaceWith(...element.childNodes);

function emphasize(span) {
  const style = span.dataset.style;
  if (!span.textContent.trim() || span.closest(HEADS)) return;
  if (/font-style:\s*italic/.test(style)) wrapContent(span, "em");
  if (/font-weight:\s*(bold|[6-9]00)/.test(style)) wrapContent(span, "strong");
}

function wrapContent(element, name) {
  const wrapped = element.ownerDocument.createElement(name);
  wrapped.append(...element.childNodes);
  element.append(wrapped);
}

// Markdown's tables have a row of heads; here it is the first. What says how wide columns are would stand before it.
function nameColumns(table) {
  for (const widths of table.querySelectorAll("colgroup")) widths.remove();
  if (table.querySelector("th")) return;
  for (const cell of table.rows[0]?.cells ?? []) {
    const head = table.ownerDocument.createElement("th");
    head.append(...cell.childNodes);
    cell.replaceWith(head);
  }
}

// Word's lists are paragraphs that say their level in a style, and begin with what is drawn before them.
function listsOfWord(parsed) {
  let open = [];
  for (const item of parsed.querySelectorAll("p[data-style]")) {
    const level = Number(/mso-list:[^;]*level(\d)/.exec(item.dataset.style)?.[1]);
    const mark = item.querySelector("[data-style*='mso-list:Ignore']");
    if (!level || !mark) continue;
    const name = /^\w+[.)]/.test(mark.textContent.trim()) ? "ol" : "ul";
    mark.remove();
    if (item.previousElementSibling !== open[0]) open = [];
    open = open.slice(0, level);
    if (open.length === level && open[level - 1].localName !== name) open.pop();
    const list = open.length === level ? open[level - 1] : parsed.createElement(name);
    const entry = parsed.createElement("li");
    entry.append(...item.childNodes);
    list.append(entry);
    if (open.includes(list)) item.remove();
    else if (open.length) {
      open.at(-1).lastElementChild.append(list);
      item.remove();
      open.push(list);
    } else {
      item.replaceWith(list);
      open = [list];
    }
  }
}
