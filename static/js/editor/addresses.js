// Addresses as people paste them; the same parameters go as wiki/markup/address.py takes out for readers.
const TRACKING = /^(?:utm_\w+|_hsenc|_hsmi|__hssc|__hstc|dclid|fbclid|gbraid|gclid|gclsrc|igsh|igshid|li_fat_id|mc_cid|mc_eid|mkt_tok|msclkid|oly_anon_id|oly_enc_id|s_cid|ttclid|twclid|vero_id|wbraid|wickedid|yclid)$/i;

// The one web address that this text is, or null.
export const bareAddress = (text) => (/^https?:\/\/[^\s<>"]+$/i.test(text.trim()) ? text.trim() : null);

// Without what tells a site which campaign or person a visitor comes from; all else stays as it was typed.
export function withoutTracking(address) {
  const [, base, query, hash] = /^([^?#]*)(?:\?([^#]*))?(#.*)?$/.exec(address);
  if (query === undefined) return address;
  const kept = query.split("&").filter((part) => !TRACKING.test(part.split("=")[0]));
  return base + (kept.length ? `?${kept.join("&")}` : "") + (hash || "");
}
