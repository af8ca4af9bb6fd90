// Send or schedule: first the form, then a summary, then, if mail is sent at once, a last question, then the campaign.

import { baseUrl, byId, closeButton, closeRow, confirmStep, definitionList, el, emptyText, formatCount, get, post, showDialog, showFailure, warningText } from "./common.js";
import { noWorkerWarning, showCampaign } from "./campaign.js";
import { findingText } from "./findings.js";

let form = { list: "", segment: "", local_time: "" };
byId("send")?.addEventListener("click", () => showForm());

const showForm = async () => {
  const lists = await get(`${baseUrl}/lists`);
  if (lists.error) return showDialog("Send", el("p", {}, lists.error), closeRow());
  if (!lists.lists.length) {
    return showDialog("Send", emptyText("No lists yet. To create one: ", el("code", {}, "handbill subscribers import subscribers.csv --list weekly")), closeRow());
  }
  const list = el("select", { id: "send-list" }, lists.lists.map((each) => el("option", { value: each.name, selected: each.name === form.list }, `${each.name} (${each.count.toLocaleString("en")})`)));
  const segment = el("input", { id: "send-segment", value: form.segment, placeholder: "everybody on the list", autocomplete: "off", spellcheck: "false" });
  const time = el("input", { type: "datetime-local", id: "send-time", value: form.local_time });
  const status = el("p", { role: "status" });
  const submit = async (event) => {
    event.preventDefault();
    form = { list: list.value, segment: segment.value, local_time: time.value };
    status.className = "";
    status.textContent = "Counting recipients and checking …";
    const summary = await post(`${baseUrl}/summary`, form);
    if (summary.error) showFailure(status, summary.error); else showSummary(summary);
  };
  showDialog("Send or schedule", el("form", { class: "fields", onsubmit: submit },
    el("label", { for: "send-list" }, "List"), list,
    el("label", { for: "send-segment" }, "Segment"), el("div", {}, segment, el("p", { class: "muted hint" }, "For example country in (\"GB\", \"IE\"). Leave empty for the whole list.")),
    el("label", { for: "send-time" }, "Send at"), el("div", {}, time, el("p", { class: "muted hint" }, `Time zone: ${lists.time_zone}. Leave empty to send now.`)),
    el("p", { class: "actions" }, el("button", { class: "primary", id: "send-review" }, "Review"), closeButton("Cancel")), status));
};

const showSummary = (summary, allowRepeat = false) => {
  const repeat = el("input", { type: "checkbox", id: "send-repeat", checked: allowRepeat });
  const status = el("p", { role: "status" });
  const isFinal = summary.delivers_mail && !summary.when;
  const start = async (target) => {
    target.textContent = summary.when ? "Scheduling …" : "Composing every message, then sending …";
    const campaign = await post(`${baseUrl}/campaign`, { ...form, digest: summary.digest, count: String(summary.count), allow_repeat: repeat.checked ? "yes" : "" });
    if (campaign.error) return campaign.error;
    showCampaign(campaign);
    return null;
  };
  const isBlocked = () => Boolean(summary.blocking) || (Boolean(summary.repeats) && !repeat.checked);
  const send = el("button", { type: "button", class: "primary", id: "send-confirm", disabled: isBlocked(), onclick: async () => {
    if (isFinal) return askAgain(summary, start, () => showSummary(summary, repeat.checked));
    send.disabled = true;
    const error = await start(status);
    if (error) showFailure(status, error);
  } }, confirmLabel(summary));
  repeat.addEventListener("change", () => { send.disabled = isBlocked(); });
  const back = el("button", { type: "button", id: "send-back", onclick: () => showForm() }, "Back");
  showDialog(summary.when ? "Schedule this newsletter?" : "Send this newsletter?",
    el("p", { class: "total" }, el("strong", {}, summary.count.toLocaleString("en")), ` ${summary.count === 1 ? "recipient" : "recipients"}${summary.delivers_mail ? "" : " (messages are written to the outbox)"}`),
    definitionList([["Subject", summary.subject], ["From", summary.from], ["List", summary.list], ["Segment", summary.segment || "everybody on the list"],
      ["For example", sampleText(summary)], ["Sender", summary.delivers_mail ? summary.sender : `${summary.sender}; no mail is sent`],
      ["Send at", summary.when || "now"], ["Sent before", earlierList(summary.earlier)], ["Findings", countFindings(summary)]]),
    ...[summary.note, summary.open_program].filter(Boolean).map((text) => warningText(text)),
    summary.findings.length ? el("details", { open: Boolean(summary.blocking) }, el("summary", {}, "Show findings"),
      el("ol", { class: "findings" }, summary.findings.map((finding) => el("li", { class: "finding" }, findingText(finding))))) : null,
    summary.blocking ? warningText(`Fix ${formatCount(summary.blocking, "problem")} before sending.`) : null,
    summary.when && !summary.workers.length ? noWorkerWarning() : null,
    summary.needs_approval ? el("p", {}, "The campaign is a draft until it is approved.") : null,
    summary.repeats ? warningText(summary.repeats, el("br"), el("label", {}, repeat, " Send it to them again")) : null,
    el("p", { class: "actions" }, send, back, closeButton("Cancel")), status);
  back.focus();
};
const sampleText = ({ sample, count }) => el("ul", { class: "plain-list" }, sample.map((each) => el("li", {}, each)), count > sample.length ? el("li", { class: "muted" }, `and ${(count - sample.length).toLocaleString("en")} more`) : null);
const countFindings = ({ findings }) => {
  const count = (severity) => findings.filter((finding) => finding.severity === severity).length;
  return ["error", "warning", "note"].filter(count).map((severity) => formatCount(count(severity), severity)).join(", ") || "No problems found.";
};
const NAMES = { test: "Test", approved: "Approved" };
const earlierList = (earlier) => {
  if (!earlier.length) return "never, not even as a test";
  const shown = earlier.slice(0, 4).map((version) => el("li", {}, `${version.at}: ${NAMES[version.kind] ?? version.kind}`,
    version.list ? `, list ${version.list}` : "", version.counts ? `, ${version.counts}` : "", el("span", { class: "muted" }, version.is_current ? ", this version" : ", another version")));
  return el("ul", { class: "plain-list" }, shown, earlier.length > shown.length ? el("li", { class: "muted" }, `and ${earlier.length - shown.length} more`) : null);
};
const confirmLabel = (summary) => {
  const recipients = formatCount(summary.count, "recipient");
  if (summary.when) return `Schedule for ${recipients}`;
  return summary.delivers_mail ? `Send to ${recipients}…` : `Write ${formatCount(summary.count, "message")}`;
};
const askAgain = (summary, start, goBack) => {
  const recipients = formatCount(summary.count, "recipient");
  confirmStep(`Send to ${recipients} now?`, ["An email that is sent cannot be recalled.",
    definitionList([["Subject", summary.subject], ["From", summary.from], ["List", `${summary.list}${summary.segment ? `, ${summary.segment}` : ""}`], ["Sender", summary.sender]])],
  `Send to ${recipients} now`, start, goBack);
};
