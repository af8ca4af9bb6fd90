// The Changes panel: what has changed since the last test, or since the version that was approved or sent.

import { baseUrl, byId, el, emptyText, get, viewAsQuery } from "./common.js";

let versions = null, selected = "", differences = null, requestedPath = "";

export const resetChanges = () => { versions = differences = null; };
export const changesPanel = () => {
  const container = el("div", { id: "changes" }, emptyText("Loading …"));
  update(container);
  return container;
};
const update = async (container) => {
  versions ??= await get(`${baseUrl}/versions`);
  if (versions.error) return container.replaceChildren(emptyText(versions.error));
  const list = versions.versions;
  if (!list.length) return container.replaceChildren(emptyText("No earlier version yet. Send a test; changes made after it are listed here."));
  if (!list.some((version) => version.campaign === selected)) selected = list[0].campaign;
  const path = `${selected}?${viewAsQuery()}`;
  if (!differences || requestedPath !== path) {
    requestedPath = path;
    differences = await get(`${baseUrl}/differences/${path}`);
    if (requestedPath !== path) return;
  }
  container.replaceChildren(versionSelect(list), ...differenceSections(list.find((version) => version.campaign === selected)));
};
const LABELS = { test: "Test sent", approved: "Approved" };
const versionSelect = (list) => el("label", { class: "since" }, "Changes since ", el("select", { id: "since", onchange: ({ target }) => {
  selected = target.value;
  differences = null;
  update(byId("changes"));
} }, list.map((version) => el("option", { value: version.campaign, selected: version.campaign === selected },
  `${LABELS[version.kind] ?? `Campaign, ${version.kind}`}, ${version.at}${version.is_current ? ", current version" : ""}`))));
const differenceSections = (version) => {
  if (differences.error) return [emptyText(differences.error)];
  if (!differences.parts.length) {
    return [emptyText(version.is_current ? "No changes." : "No visible changes for this recipient.")];
  }
  return differences.parts.map((part) => el("section", { class: "part" }, el("h3", {}, part.part),
    el("div", { class: "diff", tabindex: "0", role: "group", "aria-label": part.part }, part.lines.map((line) =>
      line === null ? el("p", { class: "gap" }, "⋯") : el("p", {}, line.map(diffRun))))));
};
const diffRun = ([operation, text]) => operation === "=" ? text : el(operation === "-" ? "del" : "ins", {}, text);
