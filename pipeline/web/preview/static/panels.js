// The panels beside the letter: what there is to know of it.

import { byId, bytes, closing, counted, el, facts, get, keep, kept, kind, known, nothing, post, query, showDialog, studio } from "./common.js";
import { changes, forgetChanges } from "./changes.js";
import { firstFrame, frameUrl, hear, pictureUrl, tell, tellAll } from "./views.js";
import { lookAs } from "./view_as.js";

const panel = byId("panel");
let tab = kept("tab", "findings");
let sourceLines = null, axeFound = null, linkAnswers = null, spam = null;

const TABS = {
  findings: { name: "Findings", count: () => known.state.findings.length, draw: () => findings() },
  inbox: { name: "Inbox", draw: () => inbox() },
  links: { name: "Links", count: () => webLinks().length, draw: () => links() },
  images: { name: "Pictures", count: () => known.state.panels.images.length, draw: () => images() },
  notes: { name: "Notes", count: () => known.state.panels.notes.length, draw: () => notes() },
  size: { name: "Size", draw: () => size() },
  access: { name: "Access", count: () => axeFound?.violations?.length ?? null, draw: () => access() },
  readers: { name: "Readers", count: () => known.state.groups.length, draw: () => readers() },
  ...(kind === "article" ? { changes: { name: "Changes", draw: () => changes() } } : {}),
};
if (!TABS[tab]) tab = "findings";

// Forget what was found out about another picture; what the web said of an address still holds.
export const forget = () => { axeFound = sourceLines = spam = null; forgetChanges(); };
export const drawPanels = () => { drawTabs(); drawPanel(); };
const drawTabs = () => {
  const hadFocus = byId("tabs").contains(document.activeElement);
  byId("tabs").replaceChildren(...Object.entries(TABS).map(([id, each]) => {
    const count = each.count?.() ?? null;
    const isGrave = id === "findings" && known.state.findings.some((finding) => finding.is_error);
    return el("button", {
      type: "button", role: "tab", id: `tab-${id}`, "aria-selected": String(id === tab), "aria-controls": "panel",
      tabindex: id === tab ? "0" : "-1", onclick: () => showTab(id),
    }, each.name, count ? el("span", { class: `count${isGrave ? " grave" : ""}` }, String(count)) : null);
  }));
  if (hadFocus) byId(`tab-${tab}`).focus();
};
export const showTab = (id) => { tab = id; keep("tab", id); drawTabs(); drawPanel(); panel.scrollTop = 0; };
const drawPanel = () => {
  const top = panel.scrollTop;
  panel.setAttribute("aria-labelledby", `tab-${tab}`);
  panel.replaceChildren(...[TABS[tab].draw()].flat().filter(Boolean));
  panel.scrollTop = top;
};
byId("tabs").addEventListener("keydown", (event) => {
  const ids = Object.keys(TABS), at = ids.indexOf(tab);
  const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: ids.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  showTab(ids[(next + ids.length) % ids.length]);
  byId(`tab-${tab}`).focus();
});
const item = (onclick, ...children) => el("li", {}, el("button", { type: "button", class: "item", onclick }, ...children));
export const badge = (severity, words = severity) => el("span", { class: `badge ${severity}` }, words);

const findings = () => {
  const { state } = known;
  if (kind !== "article") return nothing("Checks look at articles: open the one this was made of, or run handbill check.");
  const found = state.findings.length ? el("ol", { class: "items" }, state.findings.map(finding))
    : nothing(state.is_checked ? "Nothing to mend." : "Looking …");
  return [found, leftOut()];
};
export const findingLines = (finding) => [badge(finding.severity), el("code", {}, finding.code), el("span", { class: "where" }, finding.where),
  el("span", {}, finding.message), el("em", {}, finding.hint)];
const finding = (each) => {
  const words = each.where.match(/[“"](.+?)…?["”]/)?.[1];
  return item(() => { if (words) tellAll({ type: "find", words }); place(each, words); }, ...findingLines(each));
};
const leftOut = () => {
  const { warnings = [] } = known.state, dropped = (known.state.dropped ?? []).filter((each) => !each.reason.startsWith("front-matter."));
  if (!dropped.length && !warnings.length) return null;
  return el("details", { class: "more" }, el("summary", {}, `Left out, or doubtful, in the source: ${dropped.length + warnings.length}`),
    el("dl", {}, [...warnings.map((each) => [each.code, each.message]), ...dropped.map((each) => [each.reason, each.text])]
      .flatMap(([why, words]) => [el("dt", { class: "quiet" }, why), el("dd", {}, words)])));
};
const place = async (each, words) => {
  sourceLines ??= (await get(`/studio/${studio}/source`)).lines ?? [];
  const plain = (text) => text.replace(/[*_`[\]^]/g, "").replace(/\s+/g, " ");
  const wanted = plain(words ?? "").slice(0, 24);
  const address = each.message.match(/(?:#|https?:|mailto:)[^\s,;]+/)?.[0];
  const holds = (line) => wanted && plain(line).includes(wanted);
  const best = sourceLines.findIndex((line) => address && line.includes(address) && holds(line));
  const line = best >= 0 ? best : sourceLines.findIndex(holds);
  if (line < 0) return;
  const from = Math.max(0, line - 2), lines = sourceLines.slice(from, line + 3);
  showDialog(`${byId("source").textContent}, line ${line + 1}`,
    el("pre", { class: "lines", tabindex: "0" }, lines.map((text, at) => el("span", { class: from + at === line ? "here" : "" }, `${String(from + at + 1).padStart(4)}  ${text}\n`))),
    el("p", {}, each.message), el("p", { class: "acts" }, closing()));
};

const inbox = () => {
  const { sender, address, phone, desk, subject, preheader } = known.state.panels.inbox;
  const line = (name, cut) => el("figure", { class: `inbox at-${name.toLowerCase()}` }, el("figcaption", { class: "quiet" }, name),
    el("div", { class: "row" }, el("span", { class: "face", "aria-hidden": "true" }, [...sender][0] ?? "?"),
      el("span", { class: "from" }, sender), el("time", { "aria-hidden": "true" }, "09:00"),
      el("span", { class: "what" }, el("span", { class: "subject" }, cut.subject), " ", el("span", { class: "pre" }, cut.preheader || "no preheader"))));
  return [line("Phone", phone), line("Desk", desk), facts([["From", address], ["Subject", `${subject} (${[...subject].length} signs)`],
    ["Preheader", preheader ? `${preheader} (${[...preheader].length} signs)` : "none"]])];
};

// Links; what the web says of them only if it is asked.

const webLinks = () => known.state.panels.links.filter((link) => link.kind === "web" || link.kind === "mail");
const links = () => {
  const found = webLinks();
  if (!found.length) return nothing("No links.");
  const hosts = new Set(found.filter((link) => link.kind === "web").map((link) => link.host)).size;
  const ask = kind !== "article" || !hosts ? null : el("div", { class: "ask" },
    el("button", { type: "button", id: "ask-web", onclick: askWeb }, linkAnswers ? "Ask the web again" : "Ask the web after them"),
    el("span", { class: "quiet", role: "status", id: "web-status" }, linkAnswers?.error ?? (linkAnswers ? "" : `${counted(hosts, "host")}, one address at a time.`)));
  return [ask, el("ol", { class: "items" }, found.map((link) => {
    const made = item(() => tellAll({ type: "link", number: link.number }), el("strong", {}, link.words || "without words"), answer(link),
      el("span", { class: "address" }, link.href), link.refcode ? el("code", {}, link.refcode) : null);
    made.dataset.link = link.number;
    return made;
  }))];
};
const answer = (link) => {
  if (!linkAnswers?.answers || link.kind !== "web") return null;
  const told = linkAnswers.answers[link.href.split("#")[0]];
  if (!told) return badge("note", "not asked");
  const worst = told.findings[0];
  return el("span", { class: "answer" }, worst ? badge(worst.severity, String(told.status ?? "no answer")) : badge("fine", String(told.status)),
    worst ? el("span", {}, ` ${worst.message}`) : null);
};
const askWeb = async () => {
  byId("ask-web").disabled = true;
  byId("web-status").textContent = "Asking …";
  linkAnswers = await post(`/studio/${studio}/links`);
  if (tab === "links") drawPanel();
};
hear("link", ({ number }) => {
  showTab("links");
  const meant = panel.querySelector(`[data-link="${number}"]`);
  meant?.classList.add("is-meant");
  meant?.scrollIntoView({ block: "nearest" });
});

const images = () => {
  const found = known.state.panels.images;
  if (!found.length) return nothing("No pictures.");
  const words = (image) => image.is_inline
    ? `in the message, ${bytes(image.bytes)}, ${image.width} × ${image.height} ${image.type.split("/")[1]}, shown ${image.shown_width ?? "?"} wide`
    : image.src.slice(0, 120) || "no picture: it was lost";
  return el("ol", { class: "items" }, found.map((image) => item(() => tellAll({ type: "image", number: image.number }),
    image.is_inline ? el("img", { class: "thumb", alt: "", src: pictureUrl(image.src.replace(/^cid:/, "")) }) : null,
    el("strong", {}, image.alt === null ? "no alternative text" : image.alt || "decorative"), el("span", { class: "quiet" }, words(image)))));
};

const notes = () => {
  const found = known.state.panels.notes, missing = (known.state.warnings ?? []).filter((each) => each.code === "note.missing");
  if (!found.length && !missing.length) return nothing("No notes.");
  return el("ol", { class: "items" }, missing.map((each) => el("li", { class: "pair" }, badge("warning", "missing"), el("span", {}, ` ${each.message}`))),
    found.map((note) => el("li", { class: "pair" },
      el("button", { type: "button", class: "item", onclick: () => tellAll({ type: "goto", id: note.id }) },
        el("strong", { class: "number" }, note.number === null ? "missing" : String(note.number)), el("span", {}, note.words || "There is no such note.")),
      note.cited.map((reference) => el("button", { type: "button", class: "item from", onclick: () => tellAll({ type: "goto", id: reference.id }) },
        el("span", { class: "quiet" }, `cited in “${reference.near}”`))),
      note.cited.length ? null : badge("warning", "nobody cites it"))));
};

const size = () => {
  const { html, limit, text, message, pictures, styles, styles_limit, cut_near } = known.state.panels.size;
  const meter = (name, value, most, words) => el("div", { class: "meter" }, el("label", {}, name, el("meter", { min: "0", max: String(most), high: String(most * 0.9), value: String(value) })),
    el("span", { class: "quiet" }, words));
  return [meter("HTML", html, limit, `${bytes(html)} of ${bytes(limit)}, where Gmail clips`),
    cut_near ? el("button", { type: "button", class: "item cut", onclick: () => tellAll({ type: "find", words: cut_near }) },
      badge("error", "clipped"), el("span", {}, `Gmail shows nothing after “…${cut_near}”`)) : null,
    meter("Styles", styles, styles_limit, `${bytes(styles)} of ${bytes(styles_limit)}, what Gmail reads`),
    facts([["Plain text", bytes(text)], ["Pictures", bytes(pictures)], ["Whole message", bytes(message)]]), spamPart()];
};
const spamPart = () => {
  const score = spam?.score, heading = el("h3", {}, "Spam filter");
  const ask = el("button", { type: "button", id: "ask-spam", onclick: askSpam }, spam ? "Ask it again" : "Ask the one on this machine");
  if (!spam) return el("section", { class: "part" }, heading, ask);
  if (!score) return el("section", { class: "part" }, heading, el("p", { class: "quiet" }, spam.error ?? "Neither SpamAssassin nor rspamd answers on this machine."), ask);
  const kindOf = score.points >= score.least ? "error" : score.points >= 2 ? "warning" : "fine";
  return el("section", { class: "part" }, heading, el("p", {}, badge(kindOf, `${score.points} points`), ` ${score.filter}; ${score.least} make it spam.`),
    score.rules.length ? facts(score.rules.map(([name, points]) => [String(points), el("code", {}, name)])) : el("p", { class: "quiet" }, "No rule speaks against it."), ask);
};
const askSpam = async () => {
  const button = byId("ask-spam");
  button.disabled = true;
  button.textContent = "Asking …";
  spam = await post(`/studio/${studio}/spam?${query()}`);
  if (tab === "size") drawPanel();
};

const access = () => {
  const frame = firstFrame();
  if (!frame) return nothing("Open a view to look for obstacles in.");
  if (!axeFound) { tell(frame, { type: "axe" }); return nothing("Looking for obstacles …"); }
  if (!axeFound.violations) return nothing(`It could not be looked at: ${axeFound.problem ?? "axe-core is not there"}.`);
  if (!axeFound.violations.length) return nothing("axe-core finds no obstacle.");
  return el("ol", { class: "items" }, axeFound.violations.map((each) => item(() => tell(frame, { type: "select", selector: each.places[0].target }),
    badge("warning", each.impact ?? "minor"), el("code", {}, each.id), el("span", {}, each.help), el("span", { class: "quiet" }, each.places.map((where) => where.html).join("\n")))));
};
hear("axe", (data) => { axeFound = data; if (tab === "access") drawPanel(); drawTabs(); });

const readers = () => el("div", { class: "grid" }, known.state.groups.map((group) => {
  const wanted = query();
  for (const name of [...wanted.keys()]) if (name.startsWith("as.") || name === "reader") wanted.delete(name);
  for (const [name, value] of Object.entries(group.values)) wanted.set(`as.${name}`, value);
  const isChosen = !known.whom.reader && JSON.stringify(known.whom.values) === JSON.stringify(group.values);
  return el("figure", { class: isChosen ? "small is-chosen" : "small" },
    el("figcaption", {}, el("button", { type: "button", class: "plain", "aria-pressed": String(isChosen), onclick: () => lookAs(group.values) }, group.name)),
    el("div", { class: "pane" }, el("iframe", { name: "appeal", sandbox: "allow-scripts", referrerpolicy: "no-referrer", loading: "lazy", title: `The letter for: ${group.name}`, tabindex: "-1", src: frameUrl("light", wanted) })));
}));
