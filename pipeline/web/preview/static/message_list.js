// The list of messages: search while typing, delete one or all; both ask first.

import { byId, confirmStep, dialog, formatCount, post } from "./common.js";
import { refreshLive } from "./live.js";

const { folder, consequence } = byId("clear").dataset;
const change = async (action, form) => {
  const result = await post(`/folder/${folder}/${action}`, form);
  if (result.error) return result.error;
  dialog.close();
  refreshLive();
  return null;
};
byId("messages").addEventListener("click", ({ target }) => {
  const button = target.closest(".delete");
  if (!button) return;
  const subject = button.closest("li").querySelector("strong").textContent;
  confirmStep("Delete this message?", [`“${subject}”`, consequence.replace("They are", "It is")], "Delete", () => change("delete", { path: button.dataset.path }), () => dialog.close());
});
byId("clear").addEventListener("click", () => {
  const count = Number.parseInt(byId("count").textContent.replaceAll(",", ""), 10);
  const others = byId("message-search").value ? ["Also those that the search does not show."] : [];
  confirmStep(`Delete all ${formatCount(count, "message")}?`, [...others, consequence], "Delete all", () => change("clear"), () => dialog.close());
});
let timer = 0;
byId("message-search").addEventListener("input", ({ target }) => {
  clearTimeout(timer);
  timer = setTimeout(() => {
    history.replaceState(null, "", target.value ? `?q=${encodeURIComponent(target.value)}` : location.pathname);
    refreshLive();
  }, 150);
});
