// The views of the message. Each is a card: those with a frame show the HTML, the others show text.

import { baseUrl, byId, documentId, el, meta, readSetting, saveSetting, state, viewAsQuery } from "./common.js";

const container = byId("views"), frameKey = meta("handbill-frame-key");
const supportDate = new Date(`${container.dataset.supportDate}T12:00:00`).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });

export const VIEWS = [
  { id: "desktop", name: "Desktop", key: "1", frame: "light", width: 680 },
  { id: "phone", name: "Phone", key: "2", frame: "light", width: 375 },
  { id: "small-phone", name: "Small phone", key: "3", frame: "light", width: 320 },
  { id: "tablet", name: "Tablet", key: "4", frame: "light", width: 768 },
  { id: "dark", name: "Dark", key: "5", frame: "dark", width: 375, note: "the theme’s dark mode" },
  { id: "dark-desktop", name: "Dark desktop", key: "6", frame: "dark", width: 680, note: "the theme’s dark mode" },
  { id: "inverted", name: "Inverted", key: "7", frame: "inverted", width: 375, note: "simulated: all colors inverted" },
  { id: "darkened", name: "Darkened", key: "8", frame: "darkened", width: 375, note: "simulated: light backgrounds darkened" },
  { id: "no-images", name: "No images", key: "9", frame: "no-images", width: 375 },
  { id: "no-styles", name: "No styles", key: "0", frame: "no-styles", width: 375, note: "simulated: Gmail with other accounts" },
  { id: "outlook", name: "Classic Outlook", key: "o", frame: "outlook", width: 680, note: `simulated, caniemail data of ${supportDate}` },
  { id: "gmail", name: "Gmail", key: "g", frame: "gmail", width: 680, note: `simulated: size limits and clipping, caniemail data of ${supportDate}` },
  { id: "print", name: "Print", key: "p", frame: "print", width: 680 },
  { id: "web", name: "Web", key: "w", frame: "light", width: 1000, note: "the page in a browser" },
  { id: "text", name: "Plain text", key: "t", text: (server) => server.text },
  { id: "html", name: "HTML", key: "h", text: (server) => server.html },
  { id: "message", name: "Message", key: "m", isMessage: true },
];
const GROUPS = [["desktop", "phone", "small-phone", "tablet"], ["dark", "dark-desktop", "inverted", "darkened"],
  ["no-images", "no-styles", "outlook", "gmail"], ["print", "web", "text", "html", "message"]];
const findView = (id) => VIEWS.find((view) => view.id === id);
let open = readSetting("views", ["desktop", "phone"]).filter(findView);
const cards = new Map(); // id → { element, body, view, frame, top, url }

export const drawViewButtons = () => {
  const button = (view) => el("button", {
    type: "button", class: "chip", "aria-pressed": String(open.includes(view.id)), "data-view": view.id,
    title: `${view.note ? `${view.note}; ` : ""}key ${view.key}`, onclick: () => toggleView(view.id),
  }, view.name);
  const focused = document.activeElement?.dataset?.view;
  byId("view-buttons").replaceChildren(...GROUPS.map((ids) => el("span", { class: "chips" }, ids.map((id) => button(findView(id))))));
  if (focused) document.querySelector(`[data-view="${focused}"]`)?.focus();
};
const toggleView = (id) => {
  open = open.includes(id) ? open.filter((each) => each !== id) : [...open, id];
  open = VIEWS.map((view) => view.id).filter((each) => open.includes(each));
  saveSetting("views", open);
  drawViewButtons();
  drawViews();
  cards.get(id)?.element.scrollIntoView({ block: "nearest", inline: "nearest" });
};
export const toggleViewByKey = (key) => {
  const view = VIEWS.find((each) => each.key === key);
  if (view) toggleView(view.id);
};
export const drawViews = () => {
  for (const [id, { element }] of cards) if (!open.includes(id)) { element.remove(); cards.delete(id); }
  for (const [position, id] of open.entries()) {
    if (!cards.has(id)) cards.set(id, createCard(findView(id)));
    const { element } = cards.get(id);
    if (container.children[position] !== element) container.insertBefore(element, container.children[position] ?? null); // moving a frame would reload it
  }
  container.classList.toggle("is-empty", open.length === 0);
  updateViews();
};
const createCard = (view) => {
  const body = el("div", { class: view.frame ? "screen" : "paper" });
  if (view.width) body.style.width = `${view.width}px`;
  const close = el("button", { type: "button", class: "plain", "aria-label": `Close ${view.name}`, onclick: () => toggleView(view.id) }, "×");
  const heading = el("h2", {}, view.name, view.width ? el("span", { class: "muted" }, ` ${view.width}`) : null);
  const element = el("section", { class: "card", "data-card": view.id, "aria-label": view.name },
    el("div", { class: "label" }, heading, view.note ? el("span", { class: "muted note" }, view.note) : null, close), body);
  return { element, body, view, frame: null, top: 0, url: "" };
};
export const updateViews = () => {
  updateFrames();
  if (!state.server?.is_rendered) return;
  for (const { view, body } of cards.values()) {
    if (view.isMessage) body.replaceChildren(...messageParts());
    else if (view.text) {
      const text = view.text(state.server);
      if (body.textContent !== text) body.replaceChildren(el("pre", { tabindex: "0", class: view.id }, text));
    }
  }
};

// Frames: the new page loads behind the old one and replaces it when it is loaded and scrolled. No flicker.

export const updateFrames = () => { if (state.version) for (const card of cards.values()) if (card.view.frame) loadFrame(card); };
export const frameUrl = (view, query = viewAsQuery()) => {
  query.set("v", state.version);
  if (byId("remote-images").checked) query.set("remote", "1");
  return `/frames/${frameKey}/${documentId}/${view}?${query}`;
};
export const imageUrl = (contentId) => `/frames/${frameKey}/${documentId}/images/${encodeURIComponent(contentId)}?${viewAsQuery()}&v=${state.version}`;
const loadFrame = (card) => {
  const url = frameUrl(card.view.frame);
  if (card.url === url) return;
  card.url = url;
  for (const outdated of card.body.querySelectorAll("iframe.is-loading")) outdated.remove();
  const frame = el("iframe", {
    class: "is-loading", sandbox: "allow-scripts", referrerpolicy: "no-referrer", title: `Message: ${card.view.name}`, src: url,
  });
  frame.dataset.version = state.version;
  card.body.append(frame);
};
const replaceFrame = (card, frame) => {
  if (!frame.classList.contains("is-loading")) return;
  const swap = () => {
    if (!frame.isConnected) return;
    card.frame?.remove();
    card.frame = frame;
    frame.classList.remove("is-loading");
    performance.mark(`version-${frame.dataset.version}`);
    document.body.dataset.version = frame.dataset.version;
  };
  if (!card.top) return swap();
  sendToFrame(frame, { type: "scroll", top: card.top });
  requestAnimationFrame(() => requestAnimationFrame(swap)); // scrolled before it is visible
};
export const sendToFrame = (frame, message) => frame?.contentWindow?.postMessage({ to: "handbill-frame", ...message }, "*");
export const sendToAllFrames = (message, except) => {
  for (const card of cards.values()) if (card.frame && card.frame !== except) sendToFrame(card.frame, message);
};
export const findFirstFrame = () => [...cards.values()].find((card) => card.frame)?.frame;

const listeners = {};
export const onFrameMessage = (type, listener) => { listeners[type] = listener; };
addEventListener("message", ({ source, data }) => {
  if (data?.from !== "handbill-frame") return;
  for (const card of cards.values()) {
    const frame = [...card.body.querySelectorAll("iframe")].find((each) => each.contentWindow === source);
    if (!frame) continue;
    if (data.type === "ready") replaceFrame(card, frame);
    else if (data.type === "scroll") syncScroll(card, frame, data);
    else listeners[data.type]?.(data);
    return;
  }
});
const syncScroll = (card, frame, data) => {
  card.top = data.top;
  if (byId("sync-scrolling").checked && frame === card.frame) sendToAllFrames({ type: "scroll", ratio: data.ratio }, frame);
};

// The Message view: headers, and the whole message on demand.

const messageParts = () => {
  const raw = el("pre", { tabindex: "0" }, "…");
  const load = async ({ target }) => {
    if (target.open) raw.textContent = await (await fetch(`${baseUrl}/message.eml?${viewAsQuery()}`)).text();
  };
  return [
    el("table", { class: "headers" }, el("caption", { class: "muted" }, "Headers"), el("tbody", {}, state.server.panels.headers.map((header) => el("tr", {},
      el("th", { scope: "row" }, header.name), el("td", {}, el("code", {}, header.value), header.description ? el("p", { class: "muted" }, header.description) : null))))),
    el("details", { ontoggle: load }, el("summary", {}, "Complete message"), raw),
  ];
};
