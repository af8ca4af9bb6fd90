// The stage: views of the letter, each a card; those with a width are frames, the others text.

import { byId, el, keep, kept, known, meta, query, studio } from "./common.js";

const stage = byId("stage"), frameKey = meta("handbill-frames");
const dated = new Date(`${stage.dataset.date}T12:00:00`).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });

export const VIEWS = [
  { id: "desk", name: "Desk", key: "1", frame: "light", width: 680 },
  { id: "phone", name: "Phone", key: "2", frame: "light", width: 375 },
  { id: "small", name: "Small phone", key: "3", frame: "light", width: 320 },
  { id: "tablet", name: "Tablet", key: "4", frame: "light", width: 768 },
  { id: "dark", name: "Dark", key: "5", frame: "dark", width: 375, note: "the theme’s own dark colours" },
  { id: "dark-desk", name: "Dark desk", key: "6", frame: "dark", width: 680, note: "the theme’s own dark colours" },
  { id: "inverted", name: "Inverted", key: "7", frame: "inverted", width: 375, note: "simulated: every colour turned round" },
  { id: "darkened", name: "Darkened", key: "8", frame: "darkened", width: 375, note: "simulated: light grounds darkened" },
  { id: "no-images", name: "No pictures", key: "9", frame: "no-images", width: 375 },
  { id: "stripped", name: "No styles", key: "0", frame: "stripped", width: 375, note: "simulated: Gmail with other accounts" },
  { id: "outlook", name: "Classic Outlook", key: "o", frame: "outlook", width: 680, note: `simulated after caniemail, ${dated}` },
  { id: "gmail", name: "Gmail", key: "g", frame: "gmail", width: 680, note: `simulated: its limits, and where it clips; caniemail, ${dated}` },
  { id: "print", name: "Print", key: "p", frame: "print", width: 680 },
  { id: "web", name: "Web", key: "w", frame: "light", width: 1000, note: "the same page, opened in a browser" },
  { id: "text", name: "Plain text", key: "t", text: (state) => state.text },
  { id: "html", name: "Source", key: "h", text: (state) => state.html },
  { id: "message", name: "Message", key: "m", message: true },
];
const GROUPS = [["desk", "phone", "small", "tablet"], ["dark", "dark-desk", "inverted", "darkened"],
  ["no-images", "stripped", "outlook", "gmail"], ["print", "web", "text", "html", "message"]];
const viewOf = (id) => VIEWS.find((view) => view.id === id);
let open = kept("views", ["desk", "phone"]).filter(viewOf);
const cards = new Map(); // id → { card, body, view, frame, top, url }

export const drawViews = () => {
  const chip = (view) => el("button", {
    type: "button", class: "chip", "aria-pressed": String(open.includes(view.id)), "data-view": view.id,
    title: `${view.note ? `${view.note}; ` : ""}key ${view.key}`, onclick: () => toggle(view.id),
  }, view.name);
  const focused = document.activeElement?.dataset?.view;
  byId("views").replaceChildren(...GROUPS.map((ids) => el("span", { class: "chips" }, ids.map((id) => chip(viewOf(id))))));
  if (focused) document.querySelector(`[data-view="${focused}"]`)?.focus();
};
export const toggle = (id) => {
  open = open.includes(id) ? open.filter((each) => each !== id) : [...open, id];
  open = VIEWS.map((view) => view.id).filter((each) => open.includes(each));
  keep("views", open);
  drawViews();
  drawStage();
  cards.get(id)?.card.scrollIntoView({ block: "nearest", inline: "nearest" });
};
export const toggleByKey = (key) => {
  const view = VIEWS.find((each) => each.key === key);
  if (view) toggle(view.id);
};
export const drawStage = () => {
  for (const [id, { card }] of cards) if (!open.includes(id)) { card.remove(); cards.delete(id); }
  for (const [at, id] of open.entries()) {
    if (!cards.has(id)) cards.set(id, makeCard(viewOf(id)));
    const { card } = cards.get(id);
    if (stage.children[at] !== card) stage.insertBefore(card, stage.children[at] ?? null); // moving a frame would load it anew
  }
  stage.classList.toggle("is-empty", open.length === 0);
  fill();
};
const makeCard = (view) => {
  const body = el("div", { class: view.frame ? "screen" : "paper" });
  if (view.width) body.style.width = `${view.width}px`;
  const close = el("button", { type: "button", class: "plain", "aria-label": `Close ${view.name}`, onclick: () => toggle(view.id) }, "×");
  const label = el("h2", {}, view.name, view.width ? el("span", { class: "quiet" }, ` ${view.width}`) : null);
  const card = el("section", { class: "card", "data-card": view.id, "aria-label": view.name },
    el("div", { class: "label" }, label, view.note ? el("span", { class: "quiet note" }, view.note) : null, close), body);
  return { card, body, view, frame: null, top: 0, url: "" };
};
export const fill = () => {
  fillFrames();
  if (!known.state?.is_shown) return;
  for (const { view, body } of cards.values()) {
    if (view.message) body.replaceChildren(...messageParts());
    else if (view.text) {
      const text = view.text(known.state);
      if (body.textContent !== text) body.replaceChildren(el("pre", { tabindex: "0", class: view.id }, text));
    }
  }
};

// Frames: the new picture loads beneath the old one and takes its place when it is there, scrolled alike. No flicker.

export const fillFrames = () => { if (known.version) for (const made of cards.values()) if (made.view.frame) loadFrame(made); };
export const frameUrl = (view, wanted = query()) => {
  wanted.set("v", known.version);
  if (byId("remote").checked) wanted.set("remote", "1");
  return `/frames/${frameKey}/${studio}/${view}?${wanted}`;
};
export const pictureUrl = (id) => `/frames/${frameKey}/${studio}/pictures/${encodeURIComponent(id)}?${query()}&v=${known.version}`;
const loadFrame = (made) => {
  const url = frameUrl(made.view.frame);
  if (made.url === url) return;
  made.url = url;
  for (const stale of made.body.querySelectorAll("iframe.is-coming")) stale.remove();
  const coming = el("iframe", {
    class: "is-coming", sandbox: "allow-scripts", referrerpolicy: "no-referrer", title: `The letter: ${made.view.name}`, src: url,
  });
  coming.dataset.version = known.version;
  made.body.append(coming);
};
const arrived = (made, frame) => {
  if (!frame.classList.contains("is-coming")) return;
  const swap = () => {
    if (!frame.isConnected) return;
    made.frame?.remove();
    made.frame = frame;
    frame.classList.remove("is-coming");
    performance.mark(`shown-${frame.dataset.version}`);
    document.body.dataset.shown = frame.dataset.version;
  };
  if (!made.top) return swap();
  tell(frame, { type: "scroll", top: made.top });
  requestAnimationFrame(() => requestAnimationFrame(swap)); // scrolled before it is seen
};
export const tell = (frame, message) => frame?.contentWindow?.postMessage({ to: "handbill-frame", ...message }, "*");
export const tellAll = (message, except) => {
  for (const made of cards.values()) if (made.frame && made.frame !== except) tell(made.frame, message);
};
export const firstFrame = () => [...cards.values()].find((made) => made.frame)?.frame;

const hearers = {};
export const hear = (type, heard) => { hearers[type] = heard; };
addEventListener("message", ({ source, data }) => {
  if (data?.from !== "handbill-frame") return;
  for (const made of cards.values()) {
    const frame = [...made.body.querySelectorAll("iframe")].find((each) => each.contentWindow === source);
    if (!frame) continue;
    if (data.type === "ready") arrived(made, frame);
    else if (data.type === "scroll") scrolled(made, frame, data);
    else hearers[data.type]?.(data);
    return;
  }
});
const scrolled = (made, frame, data) => {
  made.top = data.top;
  if (byId("linked").checked && frame === made.frame) tellAll({ type: "scroll", ratio: data.ratio }, frame);
};

// The message: its headers, and all of it on demand.

const messageParts = () => {
  const raw = el("pre", { tabindex: "0" }, "…");
  const load = async ({ target }) => {
    if (target.open) raw.textContent = await (await fetch(`/studio/${studio}/message.eml?${query()}`)).text();
  };
  return [
    el("table", { class: "headers" }, el("caption", { class: "quiet" }, "Headers"), el("tbody", {}, known.state.panels.headers.map((header) => el("tr", {},
      el("th", { scope: "row" }, header.name), el("td", {}, el("code", {}, header.value), header.means ? el("p", { class: "quiet" }, header.means) : null))))),
    el("details", { ontoggle: load }, el("summary", {}, "The message as it travels"), raw),
  ];
};
