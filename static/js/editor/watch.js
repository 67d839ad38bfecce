// Has somebody saved since? Asked when the tab comes back, and now and then while it is looked at; said early.
const EVERY = 60000;

export function startWatch({ form }) {
  const { pageUrl, version } = form.dataset;
  const banner = form.querySelector("[data-changed-banner]");
  if (!pageUrl || !version || !banner) return;

  const look = async () => {
    if (document.visibilityState !== "visible" || !banner.hidden) return;
    try {
      const answer = await fetch(pageUrl, { headers: { Accept: "application/json" }, cache: "no-cache" });
      if (!answer.ok || (await answer.json()).revision === version) return;
      banner.querySelector("[data-changes-link]").href = form.dataset.changesUrl;
      banner.hidden = false;
    } catch {
      // No connection: saving will tell.
    }
  };
  document.addEventListener("visibilitychange", look);
  addEventListener("focus", look);
  setInterval(look, EVERY);
}
