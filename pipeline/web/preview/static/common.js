// Shared by all modules of the page: elements, the state, requests to the server, dialogs.

export const meta = (name) => document.querySelector(`meta[name="${name}"]`).content;
export const byId = (id) => document.getElementById(id);
export const { documentId, kind } = document.querySelector("[data-document-id]")?.dataset ?? {}; // kind: article, campaign or message
export const baseUrl = `/preview/${documentId}`;
export const dialog = byId("dialog");

// server: the last state from the server; version: of the rendering in the frames; viewAs: for whom and what time.
export const state = {
  server: null, revision: 0, version: 0,
  viewAs: { values: {}, at: "", language: "", subscriber: "", subscriberName: "" },
};

// Create an element: el("p", { class: "muted" }, "text", child)
export const el = (tag, settings = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(settings)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean") node.toggleAttribute(name, value);
    else if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...withoutEmpty(children));
  return node;
};
const withoutEmpty = (children) => children.flat().filter((child) => child !== null && child !== undefined);
export const formatBytes = (count) => count < 1000 ? `${count} B`
  : count < 1e6 ? `${(count / 1000).toFixed(1)} kB` : `${(count / 1e6).toFixed(1)} MB`;
export const formatCount = (count, singular, plural = `${singular}s`) => `${count.toLocaleString("en")} ${count === 1 ? singular : plural}`;
export const definitionList = (rows) => el("dl", { class: "details" }, rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
export const emptyText = (...children) => el("p", { class: "empty" }, ...children);
export const warningText = (...children) => el("p", { class: "notice" }, ...children);

// Choices are remembered in the browser.
export const readSetting = (name, defaultValue) => {
  try { return JSON.parse(localStorage.getItem(`handbill.${name}`)) ?? defaultValue; } catch { return defaultValue; }
};
export const saveSetting = (name, value) => localStorage.setItem(`handbill.${name}`, JSON.stringify(value));

// The parameters of requests that depend on for whom and what time the message is shown.
export const viewAsQuery = () => {
  const { values, at, language, subscriber } = state.viewAs;
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value) query.set(`field.${name}`, value);
  if (at) query.set("at", at);
  if (language) query.set("language", language);
  if (subscriber) query.set("subscriber", subscriber);
  return query;
};

// Send a request; a failure returns { error }.
const jsonHeaders = { Accept: "application/json" };
const readResponse = async (request) => {
  try {
    const response = await request;
    const data = await response.json();
    return response.ok ? data : { ...data, error: data.error ?? "The preview did not respond." };
  } catch {
    return { error: "The preview has stopped or cannot be reached." };
  }
};
export const get = (path) => readResponse(fetch(path, { headers: jsonHeaders }));
export const post = (path, form = {}) => readResponse(fetch(path, {
  method: "POST", headers: { ...jsonHeaders, "Content-Type": "application/json", "X-Handbill-Token": meta("handbill-token") }, body: JSON.stringify(form),
}));

export const showDialog = (title, ...children) => {
  dialog.replaceChildren(el("h2", { id: "dialog-title" }, title), ...withoutEmpty(children));
  if (!dialog.open) dialog.showModal();
};
export const closeButton = (label = "Close") => el("button", { type: "button", onclick: () => dialog.close() }, label);
export const closeRow = () => el("p", { class: "actions" }, closeButton());
export const showFailure = (status, message) => { status.className = "failure"; status.textContent = message; };
// What cannot be undone takes a second act, on another page of the dialog: where the first button was is now the way back.
export const confirmStep = (title, text, label, confirm, goBack) => {
  const status = el("p", { role: "status" });
  const back = el("button", { type: "button", id: "confirm-back", onclick: goBack }, "Back");
  const button = el("button", { type: "button", class: "danger", id: "confirm", onclick: async () => {
    button.disabled = back.disabled = true;
    const error = await confirm(status);
    if (error) { back.disabled = false; showFailure(status, error); }
  } }, label);
  showDialog(title, ...[text].flat().map((each) => typeof each === "string" ? el("p", {}, each) : each), el("p", { class: "actions confirm" }, back, button), status);
  back.focus();
};
