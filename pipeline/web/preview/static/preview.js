// The page: frames with the letter, panels beside them, and news of every change. No library, nothing to build.

const meta = (name) => document.querySelector(`meta[name="${name}"]`).content;
const token = meta("handbill-token"), frameKey = meta("handbill-frames");
const studio = document.querySelector("[data-studio]").dataset.studio;
const byId = (id) => document.getElementById(id);
const stage = byId("stage"), panel = byId("panel"), dialog = byId("dialog");

// Make an element: el("p", { class: "quiet" }, "words", other)
const el = (tag, settings = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(settings)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean") node.toggleAttribute(name, value);
    else if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
};
const bytes = (count) => count < 1000 ? `${count} B`
  : count < 1e6 ? `${(count / 1000).toFixed(1)} kB` : `${(count / 1e6).toFixed(1)} MB`;

// What can be seen. Each view is a card on the stage; those with a width are frames, the others text.
const VIEWS = [
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
  { id: "outlook", name: "Classic Outlook", key: "o", frame: "outlook", width: 680, note: "simulated after caniemail’s claims" },
  { id: "gmail", name: "Gmail", key: "g", frame: "gmail", width: 680, note: "simulated: its limits, and where it clips" },
  { id: "print", name: "Print", key: "p", frame: "print", width: 680 },
  { id: "web", name: "Web", key: "w", frame: "light", width: 1000, note: "the same page, opened in a browser" },
  { id: "text", name: "Plain text", key: "t", text: (state) => state.text },
  { id: "html", name: "Source", key: "h", text: (state) => state.html },
  { id: "message", name: "Message", key: "m", message: true },
];
const viewOf = (id) => VIEWS.find((view) => view.id === id);
const kept = (name, otherwise) => {
  try { return JSON.parse(localStorage.getItem(`handbill.${name}`)) ?? otherwise; } catch { return otherwise; }
};
const keep = (name, value) => localStorage.setItem(`handbill.${name}`, JSON.stringify(value));

let open = kept("views", ["desk", "phone"]).filter(viewOf);
let tab = kept("tab", "findings");
let news = 0, state = null, sourceLines = null, axeFound = null;
const whom = { values: {}, at: "", language: "" };
const cards = new Map(); // id → { card, frame, top }

const query = () => {
  const wanted = new URLSearchParams();
  for (const [name, value] of Object.entries(whom.values)) if (value) wanted.set(`as.${name}`, value);
  if (whom.at) wanted.set("at", whom.at);
  if (whom.language) wanted.set("language", whom.language);
  return wanted;
};

// Views

const drawViews = () => {
  byId("views").replaceChildren(...VIEWS.map((view) => el("button", {
    type: "button", class: "chip", "aria-pressed": String(open.includes(view.id)), "data-view": view.id,
    title: `${view.note ? `${view.note}; ` : ""}key ${view.key}`, onclick: () => toggle(view.id),
  }, view.name)));
};
const toggle = (id) => {
  open = open.includes(id) ? open.filter((each) => each !== id) : [...open, id];
  open = VIEWS.map((view) => view.id).filter((each) => open.includes(each));
  keep("views", open);
  drawViews();
  drawStage();
};
const drawStage = () => {
  for (const [id, { card }] of cards) if (!open.includes(id)) { card.remove(); cards.delete(id); }
  for (const id of open) {
    if (!cards.has(id)) cards.set(id, makeCard(viewOf(id)));
    stage.append(cards.get(id).card);
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
  return { card, body, view, frame: null, top: 0 };
};
const fill = () => {
  if (!state?.is_shown) return;
  for (const made of cards.values()) {
    const { view } = made;
    if (view.frame) loadFrame(made);
    else if (view.message) made.body.replaceChildren(...messageParts());
    else made.body.replaceChildren(el("pre", { tabindex: "0", class: view.id }, view.text(state)));
  }
};

// Frames: the new picture loads beneath the old one and takes its place when it is there, scrolled alike. No flicker.

const frameUrl = (view) => {
  const wanted = query();
  wanted.set("v", state.version);
  if (byId("remote").checked) wanted.set("remote", "1");
  return `/frames/${frameKey}/${studio}/${view.frame}?${wanted}`;
};
const loadFrame = (made) => {
  const url = frameUrl(made.view);
  if (made.url === url) return;
  made.url = url;
  for (const stale of made.body.querySelectorAll("iframe.is-coming")) stale.remove();
  const coming = el("iframe", {
    class: "is-coming", sandbox: "allow-scripts", referrerpolicy: "no-referrer", title: `The letter: ${made.view.name}`, src: url,
  });
  made.body.append(coming);
};
const arrived = (made, frame) => {
  if (!frame.classList.contains("is-coming")) return;
  tell(frame, { type: "scroll", top: made.top });
  requestAnimationFrame(() => requestAnimationFrame(() => {
    made.frame?.remove();
    made.frame = frame;
    frame.classList.remove("is-coming");
    performance.mark(`shown-${state.version}`);
    document.body.dataset.shown = state.version;
  }));
};
const tell = (frame, message) => frame?.contentWindow?.postMessage({ to: "handbill-frame", ...message }, "*");
const tellAll = (message, except) => {
  for (const made of cards.values()) if (made.frame && made.frame !== except) tell(made.frame, message);
};
addEventListener("message", ({ source, data }) => {
  if (data?.from !== "handbill-frame") return;
  for (const made of cards.values()) {
    const frame = [...made.body.querySelectorAll("iframe")].find((each) => each.contentWindow === source);
    if (frame) return heard(made, frame, data);
  }
});
const heard = (made, frame, data) => {
  if (data.type === "ready") arrived(made, frame);
  if (data.type === "scroll") {
    made.top = data.top;
    if (byId("linked").checked && frame === made.frame) tellAll({ type: "scroll", ratio: data.ratio }, frame);
  }
  if (data.type === "link") { showTab("links"); panel.querySelector(`[data-link="${data.number}"]`)?.classList.add("is-meant"); panel.querySelector(".is-meant")?.scrollIntoView({ block: "nearest" }); }
  if (data.type === "key") pressed(data.key);
  if (data.type === "axe") { axeFound = data; if (tab === "access") drawPanel(); drawTabs(); }
};

// News

const refresh = async () => {
  const answer = await fetch(`/studio/${studio}/state?${query()}`);
  const told = await answer.json();
  say(answer.ok ? told.error : told.error ?? "The preview did not answer.");
  news = told.news ?? news;
  if (told.is_shown) {
    if (state?.version !== told.version) axeFound = null;
    state = told;
    byId("title").textContent = told.title || "Without a title";
    byId("status").textContent = told.error ? "last good picture" : told.took_ms ? `up to date · ${told.took_ms} ms` : "";
    byId("download").href = `/studio/${studio}/message.eml?${query()}`;
    sourceLines = null;
    drawWhom();
    drawTabs();
    drawPanel();
    fill();
  } else {
    byId("title").textContent = "Nothing to see yet";
  }
};
const say = (words) => {
  const box = byId("mistake");
  box.hidden = !words;
  if (!words) return;
  box.replaceChildren(el("strong", {}, "This cannot be shown as it stands. "), ...words.split("\n").map((line) => el("p", {}, line)));
};
const listen = () => {
  const events = new EventSource(`/studio/${studio}/events`);
  events.onmessage = ({ data }) => { if (data !== String(news)) refresh(); };
  events.onerror = () => { byId("status").textContent = "the preview has ended, or is away"; };
};

// As whom

const drawWhom = () => {
  const who = byId("who"), when = byId("when"), language = byId("language");
  const chosen = JSON.stringify(whom.values);
  const options = state.groups.map((group) => el("option", { value: JSON.stringify(group.values) }, group.name));
  if (![...options].some((option) => option.value === chosen)) options.push(el("option", { value: chosen }, "as typed"));
  who.replaceChildren(...options);
  who.value = chosen;
  when.replaceChildren(...state.moments.map((moment) => el("option", { value: moment.at }, moment.name)));
  when.value = whom.at;
  when.parentElement.hidden = state.moments.length < 2;
  language.replaceChildren(...["", ...state.languages].map((code) => el("option", { value: code }, code || "its own")));
  language.value = whom.language;
  language.parentElement.hidden = !state.languages.length;
  if (byId("values").contains(document.activeElement)) return;
  byId("values").replaceChildren(...state.fields.map((name) => el("label", {}, `${name} `, el("input", {
    value: whom.values[name] ?? "", size: "9", autocomplete: "off", spellcheck: "false", "data-field": name,
    onchange: (event) => { whom.values = { ...whom.values, [name]: event.target.value }; if (!event.target.value) delete whom.values[name]; refresh(); },
  }))));
};
byId("who").addEventListener("change", (event) => { whom.values = JSON.parse(event.target.value); refresh(); });
byId("when").addEventListener("change", (event) => { whom.at = event.target.value; refresh(); });
byId("language").addEventListener("change", (event) => { whom.language = event.target.value; refresh(); });
byId("remote").addEventListener("change", fill);

// Panels

const TABS = {
  findings: { name: "Findings", count: () => state.findings.length, draw: () => findings() },
  inbox: { name: "Inbox", draw: () => inbox() },
  links: { name: "Links", count: () => webLinks().length, draw: () => links() },
  images: { name: "Pictures", count: () => state.panels.images.length, draw: () => images() },
  notes: { name: "Notes", count: () => state.panels.notes.length, draw: () => notes() },
  size: { name: "Size", draw: () => size() },
  access: { name: "Access", count: () => axeFound?.violations?.length ?? null, draw: () => access() },
  readers: { name: "Readers", count: () => state.groups.length, draw: () => readers() },
};
const drawTabs = () => {
  byId("tabs").replaceChildren(...Object.entries(TABS).map(([id, each]) => {
    const count = each.count?.() ?? null;
    const isGrave = id === "findings" && state.findings.some((finding) => finding.is_error);
    return el("button", {
      type: "button", role: "tab", id: `tab-${id}`, "aria-selected": String(id === tab), "aria-controls": "panel",
      tabindex: id === tab ? "0" : "-1", onclick: () => showTab(id),
    }, each.name, count ? el("span", { class: `count${isGrave ? " grave" : ""}` }, String(count)) : null);
  }));
};
const showTab = (id) => { tab = id; keep("tab", id); drawTabs(); drawPanel(); };
const drawPanel = () => {
  panel.setAttribute("aria-labelledby", `tab-${tab}`);
  panel.replaceChildren(...[TABS[tab].draw()].flat());
};
byId("tabs").addEventListener("keydown", (event) => {
  const ids = Object.keys(TABS), at = ids.indexOf(tab);
  const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: ids.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  showTab(ids[(next + ids.length) % ids.length]);
  byId(`tab-${tab}`).focus();
});
const nothing = (words) => el("p", { class: "quiet" }, words);
const item = (onclick, ...children) => el("li", {}, el("button", { type: "button", class: "item", onclick }, ...children));

const findings = () => {
  if (!state.findings.length) return nothing(state.is_checked ? "Nothing to mend." : "Looking …");
  return el("ol", { class: "items" }, ...state.findings.map((finding) => {
    const words = finding.where.match(/[“"](.+?)…?["”]/)?.[1];
    return item(() => { if (words) tellAll({ type: "find", words }); place(finding, words); },
      el("span", { class: `badge ${finding.is_error ? "error" : "warning"}` }, finding.is_error ? "error" : "warning"),
      el("code", {}, finding.code), el("span", { class: "where" }, finding.where), el("span", {}, finding.message), el("em", {}, finding.hint));
  }));
};
const place = async (finding, words) => {
  sourceLines ??= (await (await fetch(`/studio/${studio}/source`)).json()).lines ?? [];
  const plain = (text) => text.replace(/[*_`[\]^]/g, "").replace(/\s+/g, " ");
  const wanted = plain(words ?? "").slice(0, 24);
  const address = finding.message.match(/(?:#|https?:|mailto:)[^\s,;]+/)?.[0];
  const holds = (each) => wanted && plain(each).includes(wanted);
  const best = sourceLines.findIndex((each) => address && each.includes(address) && holds(each));
  const line = best >= 0 ? best : sourceLines.findIndex(holds);
  if (line < 0) return;
  const from = Math.max(0, line - 2), lines = sourceLines.slice(from, line + 3);
  dialog.replaceChildren(el("h2", { id: "dialog-title" }, `${byId("source").textContent}, line ${line + 1}`),
    el("pre", { class: "lines" }, ...lines.map((text, at) => el("span", { class: from + at === line ? "here" : "" }, `${String(from + at + 1).padStart(4)}  ${text}\n`))),
    el("p", {}, finding.message), el("form", { method: "dialog" }, el("button", {}, "Close")));
  dialog.showModal();
};

const inbox = () => {
  const { sender, address, phone, desk, subject, preheader } = state.panels.inbox;
  const line = (name, cut) => el("figure", { class: `inbox ${name.toLowerCase()}` }, el("figcaption", { class: "quiet" }, name),
    el("div", { class: "row" }, el("span", { class: "from" }, sender), el("span", { class: "subject" }, cut.subject), el("span", { class: "pre" }, cut.preheader || "no preheader")));
  return [line("Phone", phone), line("Desk", desk), el("dl", { class: "facts" },
    ...[["From", address], ["Subject", `${subject} (${[...subject].length} signs)`], ["Preheader", preheader ? `${preheader} (${[...preheader].length} signs)` : "none"]]
      .flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]))];
};

const webLinks = () => state.panels.links.filter((link) => link.kind === "web" || link.kind === "mail");
const links = () => {
  const found = webLinks();
  if (!found.length) return nothing("No links.");
  return el("ol", { class: "items" }, ...found.map((link) => {
    const made = item(() => tellAll({ type: "link", number: link.number }), el("strong", {}, link.words || "without words"), el("span", { class: "address" }, link.href),
      link.refcode ? el("code", {}, link.refcode) : null);
    made.dataset.link = link.number;
    return made;
  }));
};

const images = () => {
  if (!state.panels.images.length) return nothing("No pictures.");
  return el("ol", { class: "items" }, ...state.panels.images.map((image) => item(() => tellAll({ type: "image", number: image.number }),
    el("strong", {}, image.alt === null ? "no alternative text" : image.alt || "decorative"),
    el("span", { class: "quiet" }, image.is_inline
      ? `in the message, ${bytes(image.bytes)}, ${image.width} × ${image.height} ${image.type.split("/")[1]}, shown ${image.shown_width ?? "?"} wide`
      : image.src.slice(0, 120)))));
};

const notes = () => {
  if (!state.panels.notes.length) return nothing("No notes.");
  return el("ol", { class: "items" }, ...state.panels.notes.map((note) => {
    const grave = note.number === null || !note.cited.length;
    return el("li", { class: "pair" },
      el("button", { type: "button", class: "item", onclick: () => tellAll({ type: "goto", id: note.id }) },
        el("strong", {}, note.number === null ? "missing" : String(note.number)), el("span", {}, note.words || "There is no such note.")),
      ...note.cited.map((reference) => el("button", { type: "button", class: "item from", onclick: () => tellAll({ type: "goto", id: reference.id }) },
        el("span", { class: "quiet" }, `cited in “${reference.near}”`))),
      grave && !note.cited.length ? el("span", { class: "badge warning" }, "nobody cites it") : null);
  }));
};

const size = () => {
  const { html, limit, text, message, pictures, styles, styles_limit } = state.panels.size;
  const meter = (name, value, most, words) => el("div", { class: "meter" }, el("label", {}, name, el("meter", { min: "0", max: String(most), high: String(most * 0.9), value: String(value) })),
    el("span", { class: "quiet" }, words));
  return [meter("HTML", html, limit, `${bytes(html)} of ${bytes(limit)}, where Gmail clips`), meter("Styles", styles, styles_limit, `${bytes(styles)} of ${bytes(styles_limit)}, what Gmail reads`),
    el("dl", { class: "facts" }, ...[["Plain text", bytes(text)], ["Pictures", bytes(pictures)], ["Whole message", bytes(message)]].flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]))];
};

const access = () => {
  const frame = [...cards.values()].find((made) => made.frame)?.frame;
  if (!frame) return nothing("Open a view to look for obstacles in.");
  if (!axeFound) { tell(frame, { type: "axe" }); return nothing("Looking for obstacles …"); }
  if (!axeFound.violations) return nothing(`It could not be looked at: ${axeFound.problem ?? "axe-core is not there"}.`);
  if (!axeFound.violations.length) return nothing("axe-core finds no obstacle.");
  return el("ol", { class: "items" }, ...axeFound.violations.map((each) => item(() => tell(frame, { type: "select", selector: each.places[0].target }),
    el("span", { class: "badge warning" }, each.impact ?? "minor"), el("code", {}, each.id), el("span", {}, each.help), el("span", { class: "quiet" }, each.places.map((where) => where.html).join("\n")))));
};

const readers = () => el("div", { class: "grid" }, ...state.groups.map((group) => {
  const wanted = query();
  for (const name of [...wanted.keys()]) if (name.startsWith("as.")) wanted.delete(name);
  for (const [name, value] of Object.entries(group.values)) wanted.set(`as.${name}`, value);
  wanted.set("v", state.version);
  const choose = () => { whom.values = { ...group.values }; refresh(); };
  return el("figure", { class: "small" }, el("figcaption", {}, el("button", { type: "button", class: "plain", onclick: choose }, group.name)),
    el("iframe", { sandbox: "allow-scripts", referrerpolicy: "no-referrer", title: `The letter for: ${group.name}`, tabindex: "-1", src: `/frames/${frameKey}/${studio}/light?${wanted}` }));
}));

const messageParts = () => [
  el("table", { class: "headers" }, el("caption", { class: "quiet" }, "Headers"), el("tbody", {}, ...state.panels.headers.map((header) => el("tr", {},
    el("th", { scope: "row" }, header.name), el("td", {}, el("code", {}, header.value), header.means ? el("p", { class: "quiet" }, header.means) : null))))),
  el("details", {}, el("summary", {}, "The message as it travels"), el("pre", { tabindex: "0" }, state.raw)),
];

// Acts

byId("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(state.html);
  byId("status").textContent = "HTML copied";
});
byId("test")?.addEventListener("click", () => {
  const field = el("input", { type: "email", id: "address", required: true, value: kept("test", ""), autocomplete: "email" });
  const answer = el("p", { role: "status" });
  const send = async (event) => {
    event.preventDefault();
    keep("test", field.value);
    answer.textContent = "Sending …";
    const done = await fetch(`/studio/${studio}/test`, {
      method: "POST", headers: { "Content-Type": "application/json", "X-Handbill-Token": token }, body: JSON.stringify({ address: field.value }),
    });
    const told = await done.json();
    answer.textContent = told.error ?? (told.accepted ? told.outbox ? `Written to ${told.outbox}` : `Accepted for ${field.value}` : `${told.state}: ${told.reason ?? "not accepted"}`);
  };
  dialog.replaceChildren(el("h2", { id: "dialog-title" }, "Send a test"),
    el("form", { onsubmit: send }, el("p", {}, "One copy, marked as a test in its subject; otherwise it is what readers would get, by the same way."),
      el("label", { for: "address" }, "To "), field, el("p", { class: "acts" }, el("button", { class: "main" }, "Send"), el("button", { type: "button", onclick: () => dialog.close() }, "Close")), answer));
  dialog.showModal();
});
byId("help").addEventListener("click", () => {
  const rows = [...VIEWS.map((view) => [view.key, view.name]), ["← →", "between panels"], ["Esc", "close"], ["?", "these keys"]];
  dialog.replaceChildren(el("h2", { id: "dialog-title" }, "Keys"), el("dl", { class: "keys" }, ...rows.flatMap(([key, name]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, name)])),
    el("form", { method: "dialog" }, el("button", {}, "Close")));
  dialog.showModal();
});
const pressed = (key) => {
  if (key === "?") return byId("help").click();
  const view = VIEWS.find((each) => each.key === key);
  if (view) toggle(view.id);
};
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
  if (event.target.closest("input, select, textarea")) return;
  pressed(event.key);
});

drawViews();
await refresh();
drawStage();
listen();
