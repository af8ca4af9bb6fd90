// The Findings panel: by what they endanger, each with all its places. A click shows the place in the message and its lines.

import { baseUrl, byId, el, emptyText, formatCount, kind, post, state } from "./common.js";
import { sendToAllFrames } from "./views.js";

let listed = [], fixed = [], openPlace = "";

// While a new version is checked, the findings of the last one stay; then those that are gone are shown as fixed.
export const updateFindings = () => {
  if (kind === "message") { checkMessage(); return; }
  if (!state.server.is_checked) return;
  const remaining = new Set(state.server.findings.flatMap(placeKeys));
  const gone = listed.flatMap((finding) => finding.places.filter((place) => !remaining.has(placeKey(finding, place))).map((place) => ({ finding, place })));
  const isSame = state.server.version === updateFindings.version;
  if (!isSame) fixed = updateFindings.version ? gone : [];
  updateFindings.version = state.server.version;
  listed = state.server.findings;
};
// A message does not change: it is checked once.
let isMessageAsked = false, isMessageChecked = false, messageError = "";
const checkMessage = async () => {
  if (isMessageAsked) return;
  isMessageAsked = true;
  const result = await post(`${baseUrl}/check`);
  listed = result.findings ?? [];
  messageError = result.error ?? "";
  isMessageChecked = true;
  redraw();
};
// Lines move with every change above them, so a place is known by its words.
const placeKey = (finding, place) => `${finding.code} ${place.where}`;
const placeKeys = (finding) => finding.places.map((place) => placeKey(finding, place));

export const countFindings = () => listed.length;
export const hasErrors = () => listed.some((finding) => finding.is_error);
export const findingsPanel = () => {
  if (kind === "campaign") return emptyText("Only articles and messages are checked: open the article, or run handbill check.");
  if (messageError) return emptyText(messageError);
  const isChecking = kind === "message" ? !isMessageChecked : !state.server.is_checked, stakes = [...new Set(listed.map((finding) => finding.stake))];
  return [
    isChecking ? el("p", { class: "muted checking", role: "status" }, "Checking …") : null,
    fixed.length && !isChecking ? el("div", { class: "fixed", role: "status" }, el("strong", {}, `${formatCount(fixed.length, "problem")} fixed`),
      el("ul", {}, fixed.slice(0, 5).map(({ finding, place }) => el("li", {}, el("code", {}, finding.code), ` ${place.where}`)))) : null,
    listed.length || isChecking ? null : emptyText("No problems found."),
    ...stakes.map((stake) => {
      const ofStake = listed.filter((finding) => finding.stake === stake);
      return el("section", { class: "stake" }, el("h3", {}, stake, el("span", { class: "muted" }, ` ${ofStake.length}`)), el("ol", { class: "findings" }, ofStake.map(findingItem)));
    }),
    droppedContent(),
  ];
};
export const findingText = (finding) => [badge(finding.severity), " ", el("strong", {}, finding.message), " ", el("span", { class: "muted hint-text" }, finding.hint), " ", el("code", { class: "muted" }, finding.code)];
const badge = (severity) => el("span", { class: `badge ${severity}` }, severity);
const findingItem = (finding) => el("li", { class: "finding" }, el("p", {}, findingText(finding)), el("ol", { class: "places" }, finding.places.map((place) => placeItem(finding, place))));
const placeItem = (finding, place) => {
  const key = placeKey(finding, place), isOpen = key === openPlace;
  const name = place.line ? `${place.file && place.file !== byId("source").textContent ? `${place.file}, ` : ""}line ${place.line}` : "";
  return el("li", {}, el("button", { type: "button", class: "place", "aria-expanded": String(isOpen), onclick: () => showPlace(key, place) },
    name ? el("span", { class: "line" }, name) : null, el("span", { class: "where" }, place.where)), isOpen ? linesOf(place) : null);
};
let redraw = () => {};
export const onFindingsChange = (callback) => { redraw = callback; };
const showPlace = (key, place) => {
  openPlace = openPlace === key ? "" : key;
  if (openPlace && (place.href || place.text)) sendToAllFrames({ type: "place", text: place.text, href: place.href });
  redraw();
  document.querySelector('.place[aria-expanded="true"]')?.focus();
};
const linesOf = (place) => place.lines.length
  ? el("pre", { class: "lines", tabindex: "0" }, place.lines.map(([number, text, isCurrent]) => el("span", { class: isCurrent ? "current" : "" }, `${String(number).padStart(4)}  ${text}\n`)))
  : el("p", { class: "muted no-lines" }, "No line of the source is known: the whole message, or a file without lines.");
const droppedContent = () => {
  const dropped = (state.server.dropped ?? []).filter((each) => !each.reason.startsWith("front-matter."));
  if (!dropped.length) return null;
  return el("details", { class: "more" }, el("summary", {}, `Left out of the source: ${dropped.length}`),
    el("dl", {}, dropped.map((each) => [each.reason, each.text])
      .flatMap(([reason, text]) => [el("dt", { class: "muted" }, reason), el("dd", {}, text)])));
};
