// The dialog of a campaign: its data, its progress, and what can be done with it.

import { byId, closeButton, closeRow, confirmStep, definitionList, dialog, el, formatCount, get, post, showDialog, warningText } from "./common.js";

const POLL_MS = 700;
export const noWorkerWarning = () => warningText(el("strong", {}, "No worker is running"), ", so scheduled campaigns will not be sent. To start one: ", el("code", {}, "handbill worker"));
// What servers answered, in their own words.
export const failureList = (lines) => lines?.length ? el("pre", { class: "lines failures", tabindex: "0" }, lines.join("\n")) : null;

export const showCampaign = async (campaign) => {
  const { is_running: isRunning } = campaign;
  const needsWorker = campaign.state === "scheduled" && !isRunning && !campaign.workers?.length;
  showDialog(campaign.subject, el("p", { role: "status", id: "campaign-state", class: "total" }, el("strong", {}, isRunning ? "sending" : campaign.state), campaign.reason && !isRunning ? ` (${campaign.reason})` : ""),
    campaign.total_count ? el("progress", { max: String(campaign.total_count), value: String(campaign.total_count - campaign.open_count), "aria-label": "Progress" }) : null,
    campaign.counts ? el("p", { id: "campaign-counts" }, campaign.counts) : null,
    definitionList([[campaign.is_planned ? "Send at" : "Began", campaign.when], ["List", campaign.list ?? "recipients named one by one"], ...(campaign.segment ? [["Segment", campaign.segment]] : []), ["Sender", campaign.sender]]),
    failureList(campaign.failures),
    campaign.responses?.length ? el("div", { id: "campaign-responses" }, el("p", { class: "muted" }, "What came back:"), el("ul", {}, ...campaign.responses.map((text) => el("li", {}, text)))) : null,
    campaign.send_error ? warningText(campaign.send_error) : null,
    needsWorker ? noWorkerWarning() : null,
    campaign.state === "draft" ? el("p", {}, "This is a draft. It is sent once this edition is approved.") : null,
    campaign.outbox && !campaign.delivers_mail ? el("p", {}, `Written to ${campaign.outbox}; no mail was sent. `, el("a", { href: "/folder/outbox" }, "View messages")) : null,
    el("p", { class: "actions" }, campaignButtons(campaign), closeButton()), el("p", { role: "status", id: "campaign-status" }));
  if (campaign.state !== "sending" && !isRunning) return;
  await new Promise((done) => setTimeout(done, POLL_MS));
  if (!dialog.open || !byId("campaign-state")) return; // closed, or asking something
  const current = await get(`/campaigns/${campaign.campaign}`);
  if (dialog.open && byId("campaign-state")) showCampaign(current.error ? { ...campaign, send_error: current.error } : current);
};

const changeCampaign = async (campaign, action) => {
  const changed = await post(`/campaigns/${campaign.campaign}/${action}`, { digest: campaign.digest });
  if (changed.error) return changed.error;
  showCampaign(changed);
  return null;
};
const campaignButtons = (campaign) => {
  const isSending = campaign.state === "sending" || campaign.is_running;
  const button = (action, label, onclick) => el("button", { type: "button", id: `campaign-${action}`, onclick }, label);
  const ask = (action, title, text, label) => confirmStep(title, text, label, () => changeCampaign(campaign, action), () => showCampaign(campaign));
  const pause = async () => { const error = await changeCampaign(campaign, "pause"); if (error) byId("campaign-status").textContent = error; };
  const open = formatCount(campaign.open_count, "recipient"), goesTo = campaign.list ? `list ${campaign.list}${campaign.segment ? `, ${campaign.segment}` : ""}` : "the named recipients";
  const data = definitionList([["Subject", campaign.subject], ["List", campaign.list ?? "recipients named one by one"], [campaign.is_planned ? "Send at" : "Began", campaign.when], ["So far", campaign.counts || "nothing was sent"]]);
  return [
    campaign.state === "draft" ? button("approve", "Approve…", () => ask("approve", "Approve this edition?", [`It will be sent to ${goesTo} at its time: ${campaign.when}.`, data], "Approve")) : null,
    isSending ? button("pause", "Pause", pause) : null,
    ["paused", "failed"].includes(campaign.state) && !isSending ? button("resume", "Resume…", () => ask("resume", "Resume sending?", [campaign.open_count ? `Sends to the remaining ${open}.` : `Sends to ${goesTo}.`, data], "Resume")) : null,
    ["draft", "scheduled", "paused"].includes(campaign.state) && !isSending ? button("cancel", "Cancel…", () => ask("cancel", "Cancel this campaign?", [
      campaign.accepted_count ? `${formatCount(campaign.accepted_count, "message")} went out; the remaining ${open} will get none. A cancelled campaign cannot be resumed.`
        : "Nobody will get it. A cancelled campaign cannot be resumed.", data], "Cancel the campaign")) : null,
  ];
};
const campaignButton = byId("campaign");
campaignButton?.addEventListener("click", async () => {
  const campaign = await get(`/campaigns/${campaignButton.dataset.campaign}`);
  if (campaign.error) showDialog("Campaign", el("p", {}, campaign.error), closeRow()); else showCampaign(campaign);
});
