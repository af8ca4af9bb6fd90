// Actions: copy the HTML, send a test, send or schedule a campaign, manage a campaign.

import { baseUrl, byId, closeButton, closeRow, definitionList, dialog, el, emptyText, formatCount, get, post, readSetting, saveSetting, showDialog, state, viewAsQuery, warningText } from "./common.js";
import { findingText } from "./findings.js";
import { OPTION_KEYS, VIEWS } from "./view_options.js";

byId("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(state.server.html);
  byId("status").textContent = "HTML copied";
});

// Write the article as Markdown beside its source, to correct there what was guessed.
byId("markdown")?.addEventListener("click", () => {
  const status = el("p", { role: "status" });
  const save = el("button", { type: "button", class: "primary", id: "markdown-save", onclick: async () => {
    save.disabled = true;
    const copy = await post(`${baseUrl}/markdown`);
    if (copy.error) { save.disabled = false; return showFailure(status, copy.error); }
    const pictures = copy.picture_count ? `, with ${formatCount(copy.picture_count, "picture")} beside it` : "";
    showDialog("Saved as Markdown", el("p", { role: "status" }, "Wrote ", el("code", {}, copy.path), `${pictures}.`),
      copy.differences.length ? warningText(`The Markdown says something else than the source: ${copy.differences.join(", ")}. Compare the two.`) : null,
      el("p", {}, "Correct the article in that file and send it from there; the source stays as it is."),
      el("p", { class: "actions" }, el("a", { class: "button primary", href: copy.url }, "Preview the Markdown file"), closeButton()));
  } }, "Save");
  showDialog("Save as Markdown",
    el("p", {}, "Writes the article as a Markdown file beside its source, with its notes, the appeal and everything that was left out, so that you can correct what was guessed. No file is replaced."),
    el("p", { class: "actions" }, save, closeButton("Cancel")), status);
});

byId("test")?.addEventListener("click", () => {
  const address = el("input", { type: "email", id: "address", required: true, value: readSetting("test-address", ""), autocomplete: "email" });
  const status = el("p", { role: "status" });
  const send = async (event) => {
    event.preventDefault();
    saveSetting("test-address", address.value);
    status.textContent = "Sending …";
    const result = await post(`${baseUrl}/test?${viewAsQuery()}`, { address: address.value });
    status.textContent = result.error ?? testResult(result, address.value);
  };
  showDialog("Send a test", el("form", { onsubmit: send },
    el("p", {}, "Sends one message with the project’s sender. Only its subject is marked as a test."),
    el("label", { for: "address" }, "To "), address, el("p", { class: "actions" }, el("button", { class: "primary" }, "Send test"), closeButton()), status));
});
const testResult = (result, address) => {
  if (!result.accepted) return `${result.state}: ${result.reason ?? "not accepted"}`;
  return result.outbox ? `Written to ${result.outbox}` : `Accepted for ${address}`;
};

// Send or schedule: first the form, then a summary, then the campaign.

let form = { list: "", segment: "", local_time: "" };
byId("send")?.addEventListener("click", () => showForm());

const showForm = async (error = "") => {
  const lists = await get(`${baseUrl}/lists`);
  if (lists.error) return showDialog("Send", el("p", {}, lists.error), closeRow());
  if (!lists.lists.length) {
    return showDialog("Send", emptyText("No lists yet. To create one: handbill subscribers import subscribers.csv --list weekly"), closeRow());
  }
  const list = el("select", { id: "send-list" }, lists.lists.map((each) => el("option", { value: each.name, selected: each.name === form.list }, `${each.name} (${each.count.toLocaleString("en")})`)));
  const segment = el("input", { id: "send-segment", value: form.segment, placeholder: "everybody on the list", autocomplete: "off", spellcheck: "false" });
  const time = el("input", { type: "datetime-local", id: "send-time", value: form.local_time });
  const status = el("p", { role: "status", class: error ? "failure" : "" }, error);
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
const showFailure = (status, message) => { status.className = "failure"; status.textContent = message; };

const showSummary = (summary) => {
  const recipients = formatCount(summary.count, "recipient");
  const repeat = el("input", { type: "checkbox", id: "send-repeat" });
  const status = el("p", { role: "status" });
  const send = el("button", { type: "button", class: "primary", id: "send-confirm", disabled: Boolean(summary.blocking || summary.repeats), onclick: async () => {
    send.disabled = true;
    status.textContent = summary.when ? "Scheduling …" : "Composing every message, then sending …";
    const campaign = await post(`${baseUrl}/campaign`, { ...form, digest: summary.digest, count: String(summary.count), allow_repeat: repeat.checked ? "yes" : "" });
    if (campaign.error) showFailure(status, campaign.error); else showCampaign(campaign);
  } }, confirmLabel(summary, recipients));
  repeat.addEventListener("change", () => { send.disabled = Boolean(summary.blocking) || !repeat.checked; });
  const count = (severity) => summary.findings.filter((finding) => finding.severity === severity).length;
  const counts = ["error", "warning", "note"].filter(count).map((severity) => formatCount(count(severity), severity)).join(", ");
  const back = el("button", { type: "button", id: "send-back", onclick: () => showForm() }, "Back");
  showDialog(summary.when ? "Schedule this newsletter?" : "Send this newsletter?",
    el("p", { class: "total" }, el("strong", {}, summary.count.toLocaleString("en")), ` ${summary.count === 1 ? "recipient" : "recipients"}${summary.delivers_mail ? "" : " (messages are written to the outbox)"}`),
    definitionList([["Subject", summary.subject], ["List", summary.list], ["Segment", summary.segment || "everybody on the list"],
      ["Sender", summary.delivers_mail ? summary.sender : `${summary.sender}; no mail is sent`], ["Send at", summary.when || "now"], ["Findings", counts || "No problems found."]]),
    summary.note ? warningText(summary.note) : null,
    summary.findings.length ? el("details", { open: Boolean(summary.blocking) }, el("summary", {}, "Findings"),
      el("ol", { class: "findings" }, summary.findings.map((finding) => el("li", { class: "finding" }, findingText(finding))))) : null,
    summary.blocking ? warningText(`Fix ${formatCount(summary.blocking, "problem")} before sending.`) : null,
    summary.when && !summary.workers.length ? noWorkerWarning() : null,
    summary.needs_approval ? el("p", {}, "The campaign is a draft until it is approved.") : null,
    summary.repeats ? warningText(summary.repeats, el("br"), el("label", {}, repeat, " Send it to them again")) : null,
    el("p", { class: "actions" }, send, back, closeButton("Cancel")), status);
  back.focus();
};
const confirmLabel = (summary, recipients) => {
  if (summary.when) return `Schedule for ${recipients}`;
  return summary.delivers_mail ? `Send to ${recipients}` : `Write ${formatCount(summary.count, "message")}`;
};
const noWorkerWarning = () => warningText(el("strong", {}, "No worker is running"), ", so scheduled campaigns will not be sent. To start one: ", el("code", {}, "handbill worker"));

const showCampaign = async (campaign) => {
  const { is_running: isRunning } = campaign;
  const needsWorker = campaign.state === "scheduled" && !isRunning && !campaign.workers?.length;
  showDialog(campaign.subject, el("p", { role: "status", id: "campaign-state", class: "total" }, el("strong", {}, isRunning ? "sending" : campaign.state), campaign.reason ? ` (${campaign.reason})` : ""),
    campaign.counts ? el("p", { id: "campaign-counts" }, campaign.counts) : null,
    campaign.responses?.length ? el("div", { id: "campaign-responses" }, el("p", { class: "muted" }, "What came back:"), el("ul", {}, ...campaign.responses.map((text) => el("li", {}, text)))) : null,
    campaign.send_error ? warningText(campaign.send_error) : null,
    needsWorker ? noWorkerWarning() : null,
    campaign.state === "draft" ? el("p", {}, "This is a draft. It is sent once this edition is approved.") : null,
    ["paused", "failed"].includes(campaign.state) ? el("p", {}, "To resume: ", el("code", {}, `handbill campaigns resume ${campaign.campaign}`)) : null,
    campaign.outbox && !campaign.delivers_mail ? el("p", {}, `Written to ${campaign.outbox}; no mail was sent. `, el("a", { href: "/folder/outbox" }, "View messages")) : null,
    el("p", { class: "actions" }, campaignButtons(campaign), closeButton()), el("p", { role: "status", id: "campaign-status" }));
  if (campaign.state !== "sending" && !isRunning) return;
  await new Promise((done) => setTimeout(done, 700));
  if (!dialog.open) return;
  const current = await get(`/campaigns/${campaign.campaign}`);
  showCampaign(current.error ? { ...campaign, send_error: current.error } : current);
};

// Cancelling needs a second click, because it cannot be undone.
const changeCampaign = async (campaign, action) => {
  const changed = await post(`/campaigns/${campaign.campaign}/${action}`, { digest: campaign.digest });
  if (changed.error) byId("campaign-status").textContent = changed.error; else showCampaign(changed);
};
const campaignButtons = (campaign) => {
  const isSending = campaign.state === "sending" || campaign.is_running;
  const button = (action, label) => el("button", { type: "button", id: `campaign-${action}`, onclick: () => changeCampaign(campaign, action) }, label);
  const cancel = el("button", { type: "button", id: "campaign-cancel", onclick: () => {
    cancel.replaceWith(button("cancel", "Cancel campaign for good"));
    byId("campaign-cancel").focus();
  } }, "Cancel…");
  return [campaign.state === "draft" ? button("approve", "Approve") : null, isSending ? button("pause", "Pause") : null,
    ["draft", "scheduled", "paused"].includes(campaign.state) && !isSending ? cancel : null];
};
const campaignButton = byId("campaign");
campaignButton?.addEventListener("click", async () => {
  const campaign = await get(`/campaigns/${campaignButton.dataset.campaign}`);
  if (campaign.error) showDialog("Campaign", el("p", {}, campaign.error), closeRow()); else showCampaign(campaign);
});

export const showKeys = () => {
  const sections = [["Views", VIEWS.map((view) => [view.key, view.name])],
    ["Page", [...OPTION_KEYS, ["a", "view as"], ["b", "show or hide the panel"], ["↑ ↓", "previous or next panel"], ["Esc", "close"], ["?", "keyboard shortcuts"]]]];
  showDialog("Keyboard shortcuts", el("div", { class: "keys" }, sections.map(([name, rows]) => el("section", {}, el("h3", {}, name),
    el("dl", {}, rows.map(([key, text]) => el("div", {}, el("dt", {}, el("kbd", {}, key)), el("dd", {}, text))))))), closeRow());
};
byId("help").addEventListener("click", showKeys);
