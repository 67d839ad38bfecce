// Tells screen readers what has just happened; base.html holds the place.
export function say(words) {
  const place = document.getElementById("said");
  if (place) place.textContent = words;
}

// Words that templates leave in data attributes may hold {n}.
export const fill = (words, n) => (words || "").replace("{n}", n);
