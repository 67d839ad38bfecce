/* Searches the index that lies beside this script. Words are cut as wiki/exporters/search_index.py cuts them. */
"use strict";
(() => {
  const { pages, words, stop } = window.wikiIndex;
  const small = new Set(stop);
  const all = Object.keys(words);
  const asked = new URLSearchParams(location.search);
  const form = document.getElementById("narrow");
  const list = document.getElementById("found");
  const count = document.getElementById("count");

  function cut(text) {
    const plain = text.normalize("NFKC").toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
    return (plain.match(/[\p{L}\p{N}]+/gu) || []).map((word) => {
      const short = [...word].slice(0, 32).join("");
      return short.length > 3 && short.endsWith("s") && !short.endsWith("ss") ? short.slice(0, -1) : short;
    });
  }

  /* The words of the index that a word of the question means: itself, what begins with it, or what is one letter off. */
  function meant(word) {
    if (Object.hasOwn(words, word)) {
      const longer = word.length > 2 ? all.filter((other) => other !== word && other.startsWith(word)) : [];
      return [[word, 1], ...longer.map((other) => [other, 0.4])];
    }
    const longer = word.length > 1 ? all.filter((other) => other.startsWith(word)) : [];
    if (longer.length) return longer.map((other) => [other, 0.6]);
    return word.length < 5 ? [] : all.filter((other) => near(word, other)).map((other) => [other, 0.3]);
  }

  /* Whether two words differ by one letter added, left out, changed, or by two that changed places. */
  function near(one, other) {
    if (Math.abs(one.length - other.length) > 1) return false;
    let start = 0;
    while (start < one.length && one[start] === other[start]) start += 1;
    const a = one.slice(start), b = other.slice(start);
    return a.slice(1) === b || a === b.slice(1) || a.slice(1) === b.slice(1) ||
      (a.length > 1 && a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2));
  }

  function search(text) {
    const scores = new Map();
    const typed = [...new Set(cut(text))];
    const telling = typed.filter((word) => !small.has(word));
    const question = telling.length ? telling : typed;
    for (const word of question) {
      const best = new Map();
      for (const [found, share] of meant(word)) {
        const entries = words[found];
        const rare = Math.log(1 + (2 * pages.length) / entries.length);
        for (let place = 0; place < entries.length; place += 2) {
          const score = share * rare * Math.sqrt(entries[place + 1]);
          if (score > (best.get(entries[place]) || 0)) best.set(entries[place], score);
        }
      }
      for (const [page, score] of best) {
        const known = scores.get(page) || [0, 0];
        scores.set(page, [known[0] + 1, known[1] + score]);
      }
    }
    const found = [...scores].sort((one, other) =>
      other[1][0] - one[1][0] || other[1][1] - one[1][1] || (pages[one[0]][1] < pages[other[0]][1] ? -1 : 1));
    const most = found.length ? found[0][1][0] : 0;
    /* Pages that have all of the words; where there are none, those that have most. */
    return found.filter(([, [hits]]) => hits === most).map(([page]) => pages[page]);
  }

  function show() {
    const text = form.elements.q.value;
    const category = form.elements.category.value, cost = form.elements.cost.value;
    const narrowed = category || cost;
    const hits = cut(text).length ? search(text) : narrowed ? pages : [];
    const found = hits.filter((page) => (!category || page[3] === category) && (!cost || page[4] === cost));
    list.replaceChildren(...found.slice(0, 200).map(([address, title, summary]) => {
      const row = document.createElement("li"), link = document.createElement("a"), words = document.createElement("p");
      link.href = address;
      link.textContent = title;
      words.textContent = summary;
      row.append(link, words);
      return row;
    }));
    const empty = !text.trim() && !narrowed;
    count.textContent = empty ? "" : found.length ? count.dataset.found.replace("{n}", found.length) : count.dataset.none;
  }

  for (const name of ["q", "category", "cost"]) form.elements[name].value = asked.get(name) || "";
  form.addEventListener("submit", (event) => { event.preventDefault(); show(); });
  form.addEventListener("input", show);
  show();
})();
