// The panels beside the message.

import { baseUrl, byId, definitionList, el, emptyText, formatBytes, formatCount, get, kind, post, readSetting, saveSetting, state, viewAsQuery } from "./common.js";
import { changesPanel, resetChanges } from "./changes.js";
import { countFindings, findingsPanel, hasErrors, onFindingsChange, updateFindings } from "./findings.js";
import { findFirstFrame, frameUrl, imageUrl, onFrameMessage, sendToAllFrames, sendToFrame } from "./views.js";
import { viewAs } from "./view_as.js";
import { isPanelOpen, setPanelOpen } from "./panel_box.js";

const panel = byId("panel");
let tab = readSetting("tab", "findings");
let accessibility = null, linkResults = null, spamResult = null;

const TABS = {
  findings: { name: "Findings", count: countFindings, draw: () => findingsPanel() },
  inbox: { name: "Inbox", draw: () => inboxPanel() },
  links: { name: "Links", count: () => findLinks().length, draw: () => linksPanel() },
  images: { name: "Images", count: () => state.server.panels.images.length, draw: () => imagesPanel() },
  ...(kind === "message" ? { attachments: { name: "Attachments", count: () => state.server.panels.attachments.length, draw: () => attachmentsPanel() } }
    : { notes: { name: "Notes", count: () => state.server.panels.notes.length, draw: () => notesPanel() } }),
  headers: { name: "Headers", draw: () => headersPanel() },
  size: { name: "Size", draw: () => sizePanel() },
  accessibility: { name: "Accessibility", count: () => accessibility?.violations?.length ?? null, draw: () => accessibilityPanel() },
  ...(kind === "message" ? {} : { recipients: { name: "Recipients", count: () => state.server.groups.length, draw: () => recipientsPanel() } }),
  ...(kind === "article" ? { changes: { name: "Changes", draw: () => changesPanel() } } : {}),
};
if (!TABS[tab]) tab = "findings";

// Results for an earlier version are dropped; the results of link checks remain valid.
export const resetPanels = () => { accessibility = spamResult = null; resetChanges(); };
export const drawPanels = () => { updateFindings(); drawTabs(); drawPanel(); };
const drawTabs = () => {
  const hadFocus = byId("tabs").contains(document.activeElement);
  byId("tabs").replaceChildren(...Object.entries(TABS).map(([id, each]) => {
    const count = each.count?.() ?? null;
    return el("button", {
      type: "button", role: "tab", id: `tab-${id}`, "aria-selected": String(id === tab), "aria-controls": "panel",
      tabindex: id === tab ? "0" : "-1", onclick: () => { if (id === tab && isPanelOpen()) setPanelOpen(false); else showTab(id); },
    }, icon(id), el("span", {}, each.name), count ? el("span", { class: `count${id === "findings" && hasErrors() ? " failure" : ""}` }, String(count)) : null);
  }));
  if (hadFocus) byId(`tab-${tab}`).focus();
};
const icon = (id) => {
  const namespace = "http://www.w3.org/2000/svg", svg = document.createElementNS(namespace, "svg"), use = document.createElementNS(namespace, "use");
  use.setAttribute("href", `#icon-${id}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
};
const showTab = (id) => { tab = id; saveSetting("tab", id); setPanelOpen(true); drawTabs(); drawPanel(); panel.scrollTop = 0; };
const drawPanel = () => {
  const top = panel.scrollTop;
  panel.setAttribute("aria-labelledby", `tab-${tab}`);
  byId("panel-title").textContent = TABS[tab].name;
  panel.replaceChildren(...[TABS[tab].draw()].flat().filter(Boolean));
  panel.scrollTop = top;
};
onFindingsChange(() => { drawTabs(); drawPanel(); });
byId("tabs").addEventListener("keydown", (event) => {
  const ids = Object.keys(TABS), current = ids.indexOf(tab);
  const next = { ArrowRight: current + 1, ArrowDown: current + 1, ArrowLeft: current - 1, ArrowUp: current - 1, Home: 0, End: ids.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  showTab(ids[(next + ids.length) % ids.length]);
  byId(`tab-${tab}`).focus();
});
const item = (onclick, ...children) => el("li", {}, el("button", { type: "button", class: "item", onclick }, ...children));
const badge = (severity, text = severity) => el("span", { class: `badge ${severity}` }, text);

const inboxPanel = () => {
  const { sender, address, phone, desktop, subject, preheader } = state.server.panels.inbox;
  const line = (name, cut) => el("figure", { class: `inbox ${name.toLowerCase()}` }, el("figcaption", { class: "muted" }, name),
    el("div", { class: "row" }, el("span", { class: "avatar", "aria-hidden": "true" }, [...sender][0] ?? "?"),
      el("span", { class: "sender" }, sender), el("time", { "aria-hidden": "true" }, "09:00"),
      el("span", { class: "summary" }, el("span", { class: "subject" }, cut.subject), " ", el("span", { class: "preheader" }, cut.preheader || "no preheader"))));
  const withLength = (text) => `${text} (${formatCount([...text].length, "character")})`;
  return [line("Phone", phone), line("Desktop", desktop), definitionList([["From", address], ["Subject", withLength(subject)],
    ["Preheader", preheader ? withLength(preheader) : "none"]])];
};

// Links: requested only when the button is clicked.

const findLinks = () => state.server.panels.links.filter((link) => link.kind === "web" || link.kind === "mail");
const linksPanel = () => {
  const links = findLinks();
  if (!links.length) return emptyText("No links.");
  const hosts = new Set(links.filter((link) => link.kind === "web").map((link) => link.host)).size;
  const check = !hosts ? null : el("div", { class: "toolbar" },
    el("button", { type: "button", id: "check-links", onclick: checkLinks }, linkResults ? "Check links again" : "Check links"),
    el("span", { class: "muted", role: "status", id: "link-status" }, linkResults?.error ?? (linkResults ? "" : `${formatCount(hosts, "host")}; one request at a time.`)));
  return [check, el("ol", { class: "items" }, links.map((link) => {
    const entry = item(() => sendToAllFrames({ type: "link", number: link.number }), el("strong", {}, link.text || "no link text"), linkResult(link),
      el("span", { class: "address" }, link.href), link.reference_code ? el("code", {}, link.reference_code) : null);
    entry.dataset.link = link.number;
    return entry;
  }))];
};
const linkResult = (link) => {
  if (!linkResults?.results || link.kind !== "web") return null;
  const result = linkResults.results[link.href.split("#")[0]];
  if (!result) return badge("note", "not checked");
  const [worst] = result.findings;
  return el("span", { class: "result" }, worst ? badge(worst.severity, String(result.status ?? "no response")) : badge("ok", String(result.status)),
    worst ? el("span", {}, ` ${worst.message}`) : null);
};
const checkLinks = async () => {
  byId("check-links").disabled = true;
  byId("link-status").textContent = "Checking …";
  linkResults = await post(`${baseUrl}/links`);
  if (tab === "links") drawPanel();
};
onFrameMessage("link", ({ number }) => {
  showTab("links");
  const entry = panel.querySelector(`[data-link="${number}"]`);
  entry?.classList.add("is-selected");
  entry?.scrollIntoView({ block: "nearest" });
});

const imagesPanel = () => {
  const { images } = state.server.panels;
  if (!images.length) return emptyText("No images.");
  const describe = (image) => image.is_embedded
    ? `embedded, ${formatBytes(image.size_bytes)}, ${image.width_px} × ${image.height_px} ${image.media_type.split("/")[1]}, displayed ${image.display_width ?? "?"} wide`
    : image.src.slice(0, 120) || "the image is missing";
  return el("ol", { class: "items" }, images.map((image) => item(() => sendToAllFrames({ type: "image", number: image.number }),
    image.is_embedded ? el("img", { class: "thumbnail", alt: "", src: imageUrl(image.src.replace(/^cid:/, "")) }) : null,
    el("strong", {}, image.alt === null ? "no alt text" : image.alt || "decorative"), el("span", { class: "muted" }, describe(image)))));
};

const headersPanel = () => el("dl", { class: "headers" }, state.server.panels.headers.flatMap((header) => [el("dt", {}, header.name),
  el("dd", {}, el("code", {}, header.value), header.description ? el("p", { class: "muted" }, header.description) : null)]));
const attachmentsPanel = () => {
  const { attachments } = state.server.panels;
  if (!attachments.length) return emptyText("No attachments.");
  return el("ol", { class: "items" }, attachments.map((each) => el("li", {}, el("a", { class: "item", href: `${baseUrl}/attachments/${each.number}`, download: each.name },
    el("strong", {}, each.name), el("span", { class: "muted" }, `${each.media_type}, ${formatBytes(each.size_bytes)}`)))));
};
const notesPanel = () => {
  const { notes } = state.server.panels, missing = (state.server.warnings ?? []).filter((each) => each.code === "note.missing");
  if (!notes.length && !missing.length) return emptyText("No notes.");
  const goTo = (id) => () => sendToAllFrames({ type: "anchor", id });
  return el("ol", { class: "items" }, missing.map((each) => el("li", { class: "note-item" }, badge("warning", "missing"), el("span", {}, ` ${each.message}`))),
    notes.map((note) => el("li", { class: "note-item" },
      el("button", { type: "button", class: "item", onclick: goTo(note.id) },
        el("strong", { class: "number" }, note.number === null ? "missing" : String(note.number)), el("span", {}, note.text || "This note does not exist.")),
      note.references.map((reference) => el("button", { type: "button", class: "item reference", onclick: goTo(reference.id) },
        el("span", { class: "muted" }, `in “${reference.context}”`))),
      note.references.length ? null : badge("warning", "no reference"))));
};

const sizePanel = () => {
  const { html, html_limit, text, message, images, styles, styles_limit, clipped_after } = state.server.panels.size;
  const meter = (name, value, max, description) => el("div", { class: "meter" }, el("label", {}, name, el("meter", { min: "0", max: String(max), high: String(max * 0.9), value: String(value) })),
    el("span", { class: "muted" }, description));
  return [meter("HTML", html, html_limit, `${formatBytes(html)}; Gmail clips at ${formatBytes(html_limit)}`),
    clipped_after ? el("button", { type: "button", class: "item clipped", onclick: () => sendToAllFrames({ type: "text", text: clipped_after }) },
      badge("error", "clipped"), el("span", {}, `Gmail shows nothing after “…${clipped_after}”`)) : null,
    meter("Styles", styles, styles_limit, `${formatBytes(styles)}; Gmail reads up to ${formatBytes(styles_limit)}`),
    definitionList([["Plain text", formatBytes(text)], ["Images", formatBytes(images)], ["Complete message", formatBytes(message)]]), spamSection()];
};
const spamSection = () => {
  const score = spamResult?.score, section = (...children) => el("section", { class: "part" }, el("h3", {}, "Spam filter"), ...children, check);
  const check = el("button", { type: "button", id: "check-spam", onclick: checkSpam }, spamResult ? "Check again" : "Check with the local spam filter");
  if (!spamResult) return section();
  if (!score) return section(el("p", { class: "muted" }, spamResult.error ?? "No SpamAssassin or rspamd found on this machine."));
  const severity = score.points >= score.threshold ? "error" : score.points >= 2 ? "warning" : "ok";
  return section(el("p", {}, badge(severity, formatCount(score.points, "point")), ` ${score.filter}; spam from ${score.threshold} points.`),
    score.rules.length ? definitionList(score.rules.map(([name, points]) => [String(points), el("code", {}, name)])) : el("p", { class: "muted" }, "No rule matched."));
};
const checkSpam = async () => {
  const button = byId("check-spam");
  button.disabled = true;
  button.textContent = "Checking …";
  spamResult = await post(`${baseUrl}/spam?${viewAsQuery()}`);
  if (tab === "size") drawPanel();
};

const accessibilityPanel = () => {
  const frame = findFirstFrame();
  if (!frame) return emptyText("Open a view to check.");
  if (!accessibility) { sendToFrame(frame, { type: "axe" }); return emptyText("Checking …"); }
  if (!accessibility.violations) return emptyText(`The check failed: ${accessibility.error ?? "axe-core is missing"}.`);
  if (!accessibility.violations.length) return emptyText("No problems found by axe-core.");
  return el("ol", { class: "items" }, accessibility.violations.map((violation) => item(() => sendToFrame(frame, { type: "element", selector: violation.elements[0].selector }),
    badge("warning", violation.impact ?? "minor"), el("code", {}, violation.id), el("span", {}, violation.help), el("span", { class: "muted" }, violation.elements.map((element) => element.html).join("\n")))));
};
onFrameMessage("axe", (result) => { accessibility = result; if (tab === "accessibility") drawPanel(); drawTabs(); });

const recipientsPanel = () => el("div", { class: "grid" }, state.server.groups.map((group) => {
  const query = viewAsQuery();
  for (const name of [...query.keys()]) if (name.startsWith("field.") || name === "subscriber") query.delete(name);
  for (const [name, value] of Object.entries(group.values)) query.set(`field.${name}`, value);
  const isCurrent = !state.viewAs.subscriber && JSON.stringify(state.viewAs.values) === JSON.stringify(group.values);
  return el("figure", { class: isCurrent ? "is-current" : "" },
    el("figcaption", {}, el("button", { type: "button", class: "plain", "aria-pressed": String(isCurrent), onclick: () => viewAs(group.values) }, group.name)),
    el("div", { class: "thumbnail-frame" }, el("iframe", { name: "appeal", sandbox: "allow-scripts", referrerpolicy: "no-referrer", loading: "lazy", title: `Message for ${group.name}`, tabindex: "-1", src: frameUrl("full", "light", query) })));
}));
