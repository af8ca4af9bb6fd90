// What is shown and how: the views, the color scheme, the email client. A narrow page shows one view at a time.

import { byId, el, readSetting, saveSetting } from "./common.js";

const supportDate = new Date(`${byId("views").dataset.supportDate}T12:00:00`).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });

// Views with a width show the HTML in a frame, the others show text.
export const VIEWS = [
  { id: "desktop", name: "Desktop", key: "1", width: 680, isFirst: true },
  { id: "phone", name: "Phone", key: "2", width: 375, isFirst: true },
  { id: "text", name: "Text", key: "t", isFirst: true, text: (server) => server.text },
  { id: "small-phone", name: "Small phone", key: "3", width: 320 },
  { id: "tablet", name: "Tablet", key: "4", width: 768 },
  { id: "web", name: "Web", key: "w", width: 1000, note: "the page in a browser" },
  { id: "print", name: "Print", key: "p", width: 680, client: "print" },
  { id: "html", name: "HTML", key: "h", text: (server) => server.html },
  { id: "message", name: "Message", key: "m", isMessage: true },
];
const SCHEMES = [
  { id: "light", name: "Light" },
  { id: "dark", name: "Dark", note: "the theme’s dark mode" },
  { id: "both", name: "Light and dark" },
  { id: "inverted", name: "Inverted", note: "simulated: all colors inverted" },
  { id: "darkened", name: "Darkened", note: "simulated: light backgrounds darkened" },
];
const CLIENTS = [
  { id: "full", name: "Full support" },
  { id: "gmail", name: "Gmail", note: "simulated: size limits and clipping" },
  { id: "outlook", name: "Classic Outlook", note: `simulated: caniemail data of ${supportDate}` },
  { id: "no-images", name: "No images", note: "images are blocked" },
  { id: "no-styles", name: "No style sheets", note: "simulated: Gmail with other accounts" },
];
const narrow = matchMedia("(max-width: 900px)");
export const isNarrow = () => narrow.matches;
const findView = (id) => VIEWS.find((view) => view.id === id);
let open = readSetting("views", ["desktop", "phone"]).filter(findView);
let active = matchMedia("(max-width: 600px)").matches ? "phone" : "desktop";
let notify = () => {};
export const onViewChange = (callback) => { notify = callback; narrow.addEventListener("change", changed); };
const changed = () => { drawViewButtons(); notify(); };

// The cards to show: { id, view, client, scheme, note }
export const listCards = () => {
  const scheme = byId("scheme").value || "light", client = byId("client").value || "full";
  const schemes = scheme === "both" ? ["light", "dark"] : [scheme];
  const findNote = (list, id) => list.find((each) => each.id === id)?.note;
  return shownViews().flatMap((view) => view.width ? schemes.map((each) => ({
    id: each === schemes[0] ? view.id : `${view.id}-${each}`, view, client: view.client ?? client, scheme: each,
    note: [view.note, findNote(SCHEMES, each), view.client ? null : findNote(CLIENTS, client)].filter(Boolean).join("; "),
  })) : [{ id: view.id, view }]);
};
const shownViews = () => isNarrow() ? [findView(active)] : VIEWS.filter((view) => open.includes(view.id));
const isShown = (view) => shownViews().includes(view);

export const drawViewButtons = () => {
  const focused = document.activeElement?.dataset?.view;
  const button = (view, ...children) => el("button", {
    type: "button", "aria-pressed": String(isShown(view)), "data-view": view.id, title: `${view.note ? `${view.note}; ` : ""}key ${view.key}`,
    onclick: () => toggleView(view.id),
  }, view.name, ...children);
  byId("view-buttons").replaceChildren(...VIEWS.filter((view) => view.isFirst).map((view) => button(view)));
  byId("view-list").replaceChildren(...VIEWS.filter((view) => !view.isFirst).map((view) => button(view, el("kbd", { "aria-hidden": "true" }, view.key))));
  byId("more-views").classList.toggle("is-used", VIEWS.some((view) => !view.isFirst && isShown(view)));
  if (focused) document.querySelector(`[data-view="${focused}"]`)?.focus();
};
export const toggleView = (id) => {
  if (isNarrow()) active = id;
  else {
    open = open.includes(id) ? open.filter((each) => each !== id) : [...open, id];
    saveSetting("views", open);
  }
  changed();
};
const fillSelect = (id, choices) => {
  byId(id).replaceChildren(...choices.map((each) => el("option", { value: each.id }, each.name)));
  byId(id).addEventListener("change", () => notify());
};
fillSelect("scheme", SCHEMES);
fillSelect("client", CLIENTS);
const chooseNext = (select) => {
  select.selectedIndex = (select.selectedIndex + 1) % select.options.length;
  notify();
};

// Keys: those of the views, and the next scheme or client.
export const OPTION_KEYS = [["d", "next scheme: light, dark …"], ["c", "next client"]];
export const handleOptionKey = (key) => {
  const view = VIEWS.find((each) => each.key === key);
  if (view) toggleView(view.id);
  else if (key === "d") chooseNext(byId("scheme"));
  else if (key === "c") chooseNext(byId("client"));
};
