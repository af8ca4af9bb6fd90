// What has changed since the last test, or since the version that was approved or sent.

import { byId, el, get, nothing, query, studio } from "./common.js";

let versions = null, chosen = "", parts = null, askedFor = "";

export const forgetChanges = () => { versions = parts = null; };
export const changes = () => {
  const place = el("div", { id: "changes" }, nothing("Looking …"));
  fill(place);
  return place;
};
const fill = async (place) => {
  versions ??= await get(`/studio/${studio}/versions`);
  if (versions.error) return place.replaceChildren(nothing(versions.error));
  const all = versions.versions;
  if (!all.length) return place.replaceChildren(nothing("Nothing of this letter was kept yet. Send a test: from then on, what you change stands here."));
  if (!all.some((version) => version.campaign === chosen)) chosen = all[0].campaign;
  const wanted = `${chosen}?${query()}`;
  if (!parts || askedFor !== wanted) {
    askedFor = wanted;
    parts = await get(`/studio/${studio}/differences/${wanted}`);
    if (askedFor !== wanted) return;
  }
  place.replaceChildren(choose(all), ...drawn(all.find((version) => version.campaign === chosen)));
};
const WORDS = { test: "Test sent", approved: "Approved" };
const choose = (all) => el("label", { class: "since" }, "Since ", el("select", { id: "since", onchange: ({ target }) => {
  chosen = target.value;
  parts = null;
  fill(byId("changes"));
} }, all.map((version) => el("option", { value: version.campaign, selected: version.campaign === chosen },
  `${WORDS[version.what] ?? `Campaign, ${version.what}`}, ${version.at}${version.is_same ? ", as it stands" : ""}`))));
const drawn = (version) => {
  if (parts.error) return [nothing(parts.error)];
  if (!parts.parts.length) {
    return [nothing(version.is_same ? "Not an octet has changed." : "For this reader nothing has changed in what is read.")];
  }
  return parts.parts.map((part) => el("section", { class: "part" }, el("h3", {}, part.part),
    el("div", { class: "diff", tabindex: "0", role: "group", "aria-label": part.part }, part.lines.map((line) => line === null ? el("p", { class: "gap" }, "⋯") : el("p", {}, line.map(([sign, words]) =>
      sign === "=" ? words : el(sign === "-" ? "del" : "ins", {}, words)))))));
};
