// Actions: copy the HTML, save as Markdown, send a test; the list of keys.

import { baseUrl, byId, closeButton, closeRow, confirmStep, dialog, el, formatCount, post, readSetting, saveSetting, showDialog, showFailure, state, viewAsQuery, warningText } from "./common.js";
import { failureList } from "./campaign.js";
import "./send.js";
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

const deleteButton = byId("delete");
deleteButton?.addEventListener("click", () => confirmStep("Delete this message?", ["It is gone for good."], "Delete", async () => {
  const { folder, path } = deleteButton.dataset, result = await post(`/folder/${folder}/delete`, { path });
  if (result.error) return result.error;
  location.href = `/folder/${folder}`;
  return null;
}, () => dialog.close()));

for (const id of ["test", "menu-test"]) byId(id)?.addEventListener("click", () => showTestForm());
const showTestForm = () => {
  const address = el("input", { type: "email", id: "address", required: true, value: readSetting("test-address", ""), autocomplete: "email" });
  const status = el("div", { role: "status", id: "test-status" });
  const send = async (event) => {
    event.preventDefault();
    saveSetting("test-address", address.value);
    status.replaceChildren("Sending …");
    const result = await post(`${baseUrl}/test?${viewAsQuery()}`, { address: address.value });
    status.replaceChildren(...testResult(result, address.value));
  };
  showDialog("Send a test", el("form", { onsubmit: send },
    el("p", {}, "Sends one message with the project’s sender. Only its subject is marked as a test."),
    el("label", { for: "address" }, "To "), address, el("p", { class: "actions" }, el("button", { class: "primary" }, "Send test"), closeButton()), status));
};
const testResult = (result, address) => {
  if (result.error) return [el("p", { class: "failure" }, result.error)];
  if (!result.accepted) return [el("p", { class: "failure" }, `Not accepted${result.reason ? `: ${result.reason}` : "."}`), failureList(result.failures)].filter(Boolean);
  return [el("p", {}, result.outbox ? `Written to ${result.outbox}` : `Accepted for ${address}`)];
};

export const showKeys = () => {
  const sections = [["Views", VIEWS.map((view) => [view.key, view.name])],
    ["Page", [...OPTION_KEYS, ["a", "view as"], ["b", "show or hide the panel"], ["↑ ↓", "previous or next panel"], ["Esc", "close"], ["?", "keyboard shortcuts"]]]];
  showDialog("Keyboard shortcuts", el("div", { class: "keys" }, sections.map(([name, rows]) => el("section", {}, el("h3", {}, name),
    el("dl", {}, rows.map(([key, text]) => el("div", {}, el("dt", {}, el("kbd", {}, key)), el("dd", {}, text))))))), closeRow());
};
byId("help").addEventListener("click", showKeys);
