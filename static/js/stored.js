// localStorage that may be refused (private windows, settings) without anything else failing.
export function read(key, store = localStorageOrNone()) {
  try {
    return store?.getItem(key) ?? null;
  } catch {
    return null;
  }
}

export function write(key, value, store = localStorageOrNone()) {
  try {
    if (value === null) store?.removeItem(key);
    else store?.setItem(key, value);
    return Boolean(store);
  } catch {
    return false;
  }
}

function localStorageOrNone() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

export function ofThisTab() {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}
