// "7 months ago" beside the clock of the person who reads; the page itself holds the date. Both are said and shown.
const UNITS = [
  ["year", 365.25 * 86400],
  ["month", 30.44 * 86400],
  ["week", 7 * 86400],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

export function start() {
  const words = new Intl.RelativeTimeFormat(document.body.lang || document.documentElement.lang || "en", { numeric: "auto" });
  for (const time of document.querySelectorAll("time[data-age]")) {
    const age = inWords(time.dateTime, words);
    if (!age) continue;
    const date = Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: ` (${time.textContent})` });
    time.title = time.textContent;
    time.replaceChildren(age, date);
  }
}

function inWords(iso, words) {
  // A bare date is a day of the calendar, not the midnight of Greenwich.
  const day = iso.length === 10;
  const then = new Date(day ? `${iso}T12:00` : iso);
  const seconds = (then - Date.now()) / 1000;
  if (Number.isNaN(seconds)) return "";
  if (day && Math.abs(seconds) < 86400) return words.format(Math.round((then - new Date().setHours(12, 0, 0, 0)) / 86400000), "day");
  const [unit, length] = UNITS.find(([, span]) => Math.abs(seconds) >= span) || ["minute", 60];
  return words.format(Math.trunc(seconds / length), unit);
}
