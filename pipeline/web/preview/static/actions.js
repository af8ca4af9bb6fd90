// What can be done with the letter: copy, test, send, schedule.

import { byId, closing, counted, dialog, el, facts, get, keep, kept, known, nothing, post, query, showDialog, studio } from "./common.js";
import { findingLines } from "./panels.js";
import { VIEWS } from "./views.js";

byId("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(known.state.html);
  byId("status").textContent = "HTML copied";
});

byId("test")?.addEventListener("click", () => {
  const field = el("input", { type: "email", id: "address", required: true, value: kept("test", ""), autocomplete: "email" });
  const answer = el("p", { role: "status" });
  const send = async (event) => {
    event.preventDefault();
    keep("test", field.value);
    answer.textContent = "Sending …";
    const told = await post(`/studio/${studio}/test?${query()}`, { address: field.value });
    answer.textContent = told.error ?? (told.accepted ? told.outbox ? `Written to ${told.outbox}` : `Accepted for ${field.value}` : `${told.state}: ${told.reason ?? "not accepted"}`);
  };
  showDialog("Send a test", el("form", { onsubmit: send }, el("p", {}, "One copy, marked as a test in its subject; otherwise it is what readers would get, by the same way."),
    el("label", { for: "address" }, "To "), field, el("p", { class: "acts" }, el("button", { class: "main" }, "Send"), closing()), answer));
});

// Send or schedule. First what, to whom and when; then what would happen, with the count; only then the act.

let wish = { list: "", segment: "", wall: "" };
byId("send")?.addEventListener("click", () => askWhom());

const askWhom = async (problem = "") => {
  const told = await get(`/studio/${studio}/lists`);
  if (told.error) return showDialog("Send", el("p", {}, told.error), el("p", { class: "acts" }, closing()));
  if (!told.lists.length) {
    return showDialog("Send", nothing("There is no list yet. Make one: handbill subscribers import readers.csv --list weekly"), el("p", { class: "acts" }, closing()));
  }
  const list = el("select", { id: "send-list" }, told.lists.map((each) => el("option", { value: each.name, selected: each.name === wish.list }, `${each.name} (${each.count.toLocaleString("en")})`)));
  const segment = el("input", { id: "send-segment", value: wish.segment, placeholder: "everybody on it", autocomplete: "off", spellcheck: "false" });
  const wall = el("input", { type: "datetime-local", id: "send-at", value: wish.wall });
  const status = el("p", { role: "status", class: problem ? "grave" : "" }, problem);
  const next = async (event) => {
    event.preventDefault();
    wish = { list: list.value, segment: segment.value, wall: wall.value };
    status.className = "";
    status.textContent = "Counting and looking …";
    const offer = await post(`/studio/${studio}/offer`, wish);
    if (offer.error) { status.className = "grave"; status.textContent = offer.error; } else confirm(offer);
  };
  showDialog("Send or schedule", el("form", { class: "fields", onsubmit: next },
    el("label", { for: "send-list" }, "List"), list,
    el("label", { for: "send-segment" }, "Only"), el("div", {}, segment, el("p", { class: "quiet hint" }, "A segment, country in (\"GB\", \"IE\"); empty for all.")),
    el("label", { for: "send-at" }, "When"), el("div", {}, wall, el("p", { class: "quiet hint" }, `Clocks in ${told.zone}; empty for now.`)),
    el("p", { class: "acts" }, el("button", { class: "main", id: "send-next" }, "See what would happen"), closing()), status));
};

const confirm = (offer) => {
  const people = offer.delivers_mail ? counted(offer.count, "person", "people") : counted(offer.count, "reader");
  const verb = offer.when ? "Schedule" : offer.delivers_mail ? "Send" : "Write";
  const again = el("input", { type: "checkbox", id: "send-again" });
  const status = el("p", { role: "status" });
  const go = el("button", { type: "button", class: "main", id: "send-go", disabled: Boolean(offer.hindrances || offer.repeats), onclick: async () => {
    go.disabled = true;
    status.textContent = offer.when ? "Writing it down …" : "Composing every message once, then sending …";
    const done = await post(`/studio/${studio}/campaign`, { ...wish, digest: offer.digest, count: String(offer.count), again: again.checked ? "yes" : "" });
    if (done.error) { status.className = "grave"; status.textContent = done.error; } else follow(done);
  } }, `${verb} ${offer.delivers_mail && !offer.when ? "to" : "for"} ${people} by ${offer.sender}`);
  again.addEventListener("change", () => { go.disabled = Boolean(offer.hindrances) || !again.checked; });
  const count = (severity) => offer.findings.filter((finding) => finding.severity === severity).length;
  const found = ["error", "warning", "note"].filter(count).map((severity) => counted(count(severity), severity)).join(", ");
  const back = el("button", { type: "button", id: "send-back", onclick: () => askWhom() }, "Back");
  showDialog(offer.when ? "Schedule this letter?" : "Send this letter?",
    el("p", { class: "tally" }, el("strong", {}, offer.count.toLocaleString("en")), offer.delivers_mail ? ` ${offer.count === 1 ? "person" : "people"}` : ` ${offer.count === 1 ? "letter" : "letters"} to the outbox`),
    facts([["Subject", offer.subject], ["To", offer.segment ? `${offer.list}, only ${offer.segment}` : `everybody on ${offer.list}`],
      ["By", offer.delivers_mail ? offer.sender : `${offer.sender}; nobody is mailed`], ["When", offer.when || "now"], ["Findings", found || "nothing to mend"]]),
    offer.note ? el("p", { class: "loud" }, offer.note) : null,
    offer.findings.length ? el("details", { open: Boolean(offer.hindrances) }, el("summary", {}, "The findings"),
      el("ol", { class: "items" }, offer.findings.map((finding) => el("li", { class: "item" }, findingLines(finding))))) : null,
    offer.hindrances ? el("p", { class: "loud" }, `${counted(offer.hindrances, "finding")} must be mended before it can be sent.`) : null,
    offer.when && !offer.workers.length ? el("p", { class: "loud" }, el("strong", {}, "No worker is alive"), ": nothing will be sent until one runs. Start it: ", el("code", {}, "handbill worker")) : null,
    offer.needs_approval ? el("p", {}, "It will be a draft until somebody approves of it.") : null,
    offer.repeats ? el("p", { class: "loud" }, offer.repeats, el("br"), el("label", {}, again, " Mail it to them again all the same")) : null,
    el("p", { class: "acts" }, go, back, closing("Cancel")), status);
  back.focus();
};

const follow = async (campaign) => {
  const isScheduled = campaign.state === "scheduled" && !campaign.is_here, stuck = isScheduled && !campaign.workers?.length;
  showDialog(campaign.subject, el("p", { role: "status", id: "campaign-state", class: "tally" }, el("strong", {}, campaign.is_here ? "sending" : campaign.state), campaign.reason ? ` (${campaign.reason})` : ""),
    campaign.counts ? el("p", { id: "campaign-counts" }, campaign.counts) : null,
    campaign.problem ? el("p", { class: "loud" }, campaign.problem) : null,
    stuck ? el("p", { class: "loud" }, el("strong", {}, "No worker is alive"), ": nothing will be sent until one runs. Start it: ", el("code", {}, "handbill worker")) : null,
    campaign.state === "draft" ? el("p", {}, "A draft: somebody must approve of it, of this very edition.") : null,
    ["paused", "failed"].includes(campaign.state) ? el("p", {}, "Go on: ", el("code", {}, `handbill campaigns resume ${campaign.campaign}`)) : null,
    campaign.outbox ? el("p", {}, `Written to ${campaign.outbox}; nobody was mailed. `, el("a", { href: "/room/outbox" }, "Look at them")) : null,
    el("p", { class: "acts" }, moves(campaign), closing()), el("p", { role: "status", id: "move-status" }));
  if (campaign.state !== "sending" && !campaign.is_here) return;
  await new Promise((done) => setTimeout(done, 700));
  if (!dialog.open) return;
  const told = await get(`/campaigns/${campaign.campaign}`);
  follow(told.error ? { ...campaign, problem: told.error } : told);
};

// What a person may do with a campaign; calling it off asks again, since it cannot be undone.
const move = async (campaign, act) => {
  const told = await post(`/campaigns/${campaign.campaign}/${act}`, { digest: campaign.digest });
  if (told.error) byId("move-status").textContent = told.error; else follow(told);
};
const moves = (campaign) => {
  const { state } = campaign, isGoing = state === "sending" || campaign.is_here;
  const button = (act, words) => el("button", { type: "button", id: `move-${act}`, onclick: () => move(campaign, act) }, words);
  const cancel = el("button", { type: "button", id: "move-cancel", onclick: () => {
    cancel.replaceWith(button("cancel", "Call it off for good"));
    byId("move-cancel").focus();
  } }, "Call it off …");
  return [state === "draft" ? button("approve", "Approve") : null, isGoing ? button("pause", "Pause") : null,
    ["draft", "scheduled", "paused"].includes(state) && !isGoing ? cancel : null];
};
const standing = byId("standing");
standing?.addEventListener("click", async () => {
  const told = await get(`/campaigns/${standing.dataset.campaign}`);
  if (told.error) showDialog("Campaign", el("p", {}, told.error), el("p", { class: "acts" }, closing())); else follow(told);
});

export const showKeys = () => {
  const rows = [...VIEWS.map((view) => [view.key, view.name]), ["← →", "between panels"], ["Esc", "close"], ["?", "these keys"]];
  showDialog("Keys", el("dl", { class: "keys" }, rows.map(([key, name]) => el("div", {}, el("dt", {}, el("kbd", {}, key)), el("dd", {}, name)))), el("p", { class: "acts" }, closing()));
};
byId("help").addEventListener("click", showKeys);
