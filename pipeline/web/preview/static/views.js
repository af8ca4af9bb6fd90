// The cards that show the message, fitted to the page. Frames show the HTML, the other cards show text.

import { baseUrl, byId, documentId, el, meta, state, viewAsQuery } from "./common.js";
import { colorHtml, colorMessage, searchField } from "./source_text.js";
import { isNarrow, listCards, onViewChange, toggleView } from "./view_options.js";

const container = byId("views"), frameKey = meta("handbill-frame-key");
const GAP = 16, SMALLEST_SCALE = 0.5, TEXT_WIDTH = 600, SMALLEST_TEXT_WIDTH = 320;
const cards = new Map(); // id → { options, element, body, heading, note, frame, top, url }

export const drawViews = () => {
  const shown = listCards(), opened = cards.size ? shown.find(({ id }) => !cards.has(id)) : null;
  for (const [id, { element }] of cards) if (!shown.some((each) => each.id === id)) { element.remove(); cards.delete(id); }
  for (const [position, options] of shown.entries()) {
    if (!cards.has(options.id)) cards.set(options.id, createCard(options));
    const card = cards.get(options.id);
    card.options = options;
    card.note.textContent = options.note ?? "";
    if (container.children[position] !== card.element) container.insertBefore(card.element, container.children[position] ?? null); // moving a frame would reload it
  }
  container.classList.toggle("is-empty", shown.length === 0);
  fitCards();
  updateViews();
  if (opened) cards.get(opened.id).element.scrollIntoView({ block: "nearest", inline: "nearest" }); // many views scroll sideways
};
const createCard = (options) => {
  const { id, view, scheme } = options, name = id.endsWith("-dark") ? `${view.name}, dark` : view.name;
  const body = el("div", { class: view.width ? "screen" : "paper" }), note = el("span", { class: "muted note" }), heading = el("span", { class: "muted" });
  const close = el("button", { type: "button", class: "icon", "aria-label": `Close ${name}`, onclick: () => toggleView(view.id) }, "×");
  const element = el("section", { class: "card", "data-card": id, "aria-label": name },
    el("div", { class: "label" }, el("h2", {}, name, heading), note, view.width ? null : searchField(body, name), close), body);
  return { options, element, body, heading, note, frame: null, top: 0, url: "" };
};

// All cards fit side by side; below half their size they scroll sideways instead.
const fitCards = () => {
  const all = [...cards.values()], style = getComputedStyle(container);
  const space = container.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - GAP * (all.length - 1);
  const needed = all.reduce((sum, { options }) => sum + (options.view.width ?? TEXT_WIDTH), 0);
  const scale = Math.min(1, Math.max(isNarrow() ? 0 : SMALLEST_SCALE, space / needed));
  for (const { options: { view }, element, body, heading } of all) {
    // Whole pixels: with a fraction the background is seen beside the frame.
    const width = view.width ? Math.floor(view.width * scale) : Math.min(space, Math.max(SMALLEST_TEXT_WIDTH, TEXT_WIDTH * scale));
    element.style.width = `${width}px`;
    if (!view.width) continue;
    body.style.setProperty("--width", `${view.width}px`);
    body.style.setProperty("--scale", scale);
    heading.textContent = ` ${view.width}${scale < 0.995 ? ` · ${Math.round(scale * 100)}%` : ""}`;
  }
};
new ResizeObserver(fitCards).observe(container);
onViewChange(drawViews);

export const updateViews = () => {
  updateFrames();
  if (!state.server?.is_rendered) return;
  for (const { options: { view }, body } of cards.values()) {
    if (view.isMessage) {
      const shown = `${state.version} ${viewAsQuery()}`;
      if (body.dataset.shown !== shown) body.replaceChildren(...messageParts());
      body.dataset.shown = shown;
    }
    else if (view.text) {
      const text = view.text(state.server);
      if (body.textContent !== text) body.replaceChildren(el("pre", { tabindex: "0", class: view.id }, view.id === "html" ? colorHtml(text) : text));
    }
  }
};

// Frames: the new page loads behind the old one and replaces it when it is loaded and scrolled. No flicker.

export const updateFrames = () => { if (state.version) for (const card of cards.values()) if (card.options.view.width) loadFrame(card); };
export const frameUrl = (client, scheme, query = viewAsQuery()) => {
  query.set("v", state.version);
  if (byId("remote-images").checked) query.set("remote", "1");
  return `/frames/${frameKey}/${documentId}/${client}-${scheme}?${query}`;
};
export const imageUrl = (contentId) => `/frames/${frameKey}/${documentId}/images/${encodeURIComponent(contentId)}?${viewAsQuery()}&v=${state.version}`;
const loadFrame = (card) => {
  const { client, scheme } = card.options, url = frameUrl(client, scheme);
  if (card.url === url) return;
  card.url = url;
  for (const outdated of card.body.querySelectorAll("iframe.is-loading")) outdated.remove();
  const frame = el("iframe", {
    class: "is-loading", sandbox: "allow-scripts", referrerpolicy: "no-referrer", title: `Message: ${card.element.getAttribute("aria-label")}`, src: url,
  });
  frame.dataset.version = state.version;
  frame.dataset.look = `${client}-${scheme}`;
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

// The Message view: the message as it is sent.

const messageParts = () => {
  const raw = el("pre", { tabindex: "0" }, "…");
  fetch(`${baseUrl}/message.eml?${viewAsQuery()}`).then((response) => response.text()).then((text) => raw.replaceChildren(...colorMessage(text.replaceAll("\r\n", "\n"))));
  return [raw];
};
