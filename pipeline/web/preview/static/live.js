// Lists that update by themselves: while the page is visible, its regions [data-live] are fetched again and replaced if they differ.

import { byId } from "./common.js";

const INTERVAL_MS = 2000;
const listeners = [];
export const onLiveChange = (callback) => listeners.push(callback);
let isBusy = false;

export const refreshLive = async () => {
  if (isBusy) return;
  isBusy = true;
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!response.ok) throw new Error(String(response.status));
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html"); // its scripts do not run
    const changed = [...document.querySelectorAll("[data-live]")].filter((region) => replace(region, fresh.getElementById(region.id)));
    say("");
    if (changed.length) listeners.forEach((callback) => callback());
  } catch {
    say("This list is not up to date: the preview has stopped or cannot be reached.");
  } finally {
    isBusy = false;
  }
};
const say = (text) => { if (byId("live-status")) byId("live-status").textContent = text; };
const replace = (region, fresh) => {
  if (!fresh || region.dataset.last === fresh.innerHTML || region.innerHTML === fresh.innerHTML) return false;
  region.dataset.last = fresh.innerHTML;
  const focused = region.contains(document.activeElement) ? document.activeElement : null;
  const key = focused?.getAttribute("href") ?? focused?.dataset.path;
  region.replaceChildren(...fresh.childNodes);
  if (key) [...region.querySelectorAll("a, button")].find((each) => (each.getAttribute("href") ?? each.dataset.path) === key && each.tagName === focused.tagName)?.focus();
  return true;
};
setInterval(() => { if (!document.hidden) refreshLive(); }, INTERVAL_MS);
document.addEventListener("visibilitychange", () => { if (!document.hidden) refreshLive(); });
