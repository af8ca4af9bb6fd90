// What all parts of the page share: how elements are made, what is known of the letter, how the server is asked.

export const meta = (name) => document.querySelector(`meta[name="${name}"]`).content;
export const byId = (id) => document.getElementById(id);
export const studio = document.querySelector("[data-studio]").dataset.studio;
export const kind = document.querySelector("[data-studio]").dataset.kind; // article, campaign or letter
export const dialog = byId("dialog");

// state: what the server says of the letter; whom: as whom one looks at it; version: of the picture on the stage.
export const known = { state: null, news: 0, version: 0, whom: { values: {}, at: "", language: "", reader: "", readerName: "" } };

// Make an element: el("p", { class: "quiet" }, "words", other)
export const el = (tag, settings = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(settings)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean") node.toggleAttribute(name, value);
    else if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
};
export const bytes = (count) => count < 1000 ? `${count} B`
  : count < 1e6 ? `${(count / 1000).toFixed(1)} kB` : `${(count / 1e6).toFixed(1)} MB`;
export const counted = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
export const facts = (rows) => el("dl", { class: "facts" }, rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
export const nothing = (words) => el("p", { class: "empty" }, words);

// What a person chose stays chosen.
export const kept = (name, otherwise) => {
  try { return JSON.parse(localStorage.getItem(`handbill.${name}`)) ?? otherwise; } catch { return otherwise; }
};
export const keep = (name, value) => localStorage.setItem(`handbill.${name}`, JSON.stringify(value));

// As whom one looks, for the address of whatever is asked.
export const query = () => {
  const { values, at, language, reader } = known.whom;
  const wanted = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value) wanted.set(`as.${name}`, value);
  if (at) wanted.set("at", at);
  if (language) wanted.set("language", language);
  if (reader) wanted.set("reader", reader);
  return wanted;
};

// Ask the server; what goes wrong comes back as { error }, a sentence.
const asJson = { Accept: "application/json" };
const answered = async (asking) => {
  try {
    const answer = await asking;
    const told = await answer.json();
    return answer.ok ? told : { ...told, error: told.error ?? "The preview did not answer." };
  } catch {
    return { error: "The preview has ended, or is away." };
  }
};
export const get = (path) => answered(fetch(path, { headers: asJson }));
export const post = (path, form = {}) => answered(fetch(path, {
  method: "POST", headers: { ...asJson, "Content-Type": "application/json", "X-Handbill-Token": meta("handbill-token") }, body: JSON.stringify(form),
}));

export const showDialog = (title, ...children) => {
  dialog.replaceChildren(el("h2", { id: "dialog-title" }, title), ...children.flat().filter((child) => child !== null && child !== undefined));
  if (!dialog.open) dialog.showModal();
};
export const closing = (words = "Close") => el("button", { type: "button", onclick: () => dialog.close() }, words);
