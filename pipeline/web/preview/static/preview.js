// The preview page: frames that show the message, panels beside them, and updates after every change. No build step.

import { baseUrl, byId, dialog, el, get, state, viewAsQuery } from "./common.js";
import { drawViewButtons, drawViews, onFrameMessage, toggleViewByKey, updateFrames, updateViews } from "./views.js";
import { drawPanels, resetPanels } from "./panels.js";
import { drawViewAs, onViewAsChange } from "./view_as.js";
import { showKeys } from "./actions.js";

const update = (server) => {
  showError(server.error);
  state.revision = server.revision ?? state.revision;
  if (!server.is_rendered) {
    byId("title").textContent = "Not rendered yet";
    return;
  }
  if (state.server?.version !== server.version) resetPanels();
  state.server = { ...state.server, ...server };
  state.version = server.version;
  byId("title").textContent = server.title || "Untitled";
  byId("status").textContent = server.error ? "last working version" : server.render_ms ? "up to date" : "";
  byId("status").title = server.render_ms ? `rendered in ${server.render_ms} ms` : "";
  byId("download").href = `${baseUrl}/message.eml?${viewAsQuery()}`;
  drawViewAs();
  drawPanels();
  updateViews();
};
const refresh = async () => update(await get(`${baseUrl}/state?${viewAsQuery()}`));
// The rendering is the same; only its findings, or an error, are new.
const refreshFindings = async () => {
  const server = await get(`${baseUrl}/state?brief&${viewAsQuery()}`);
  return server.version === state.server.version ? update(server) : refresh();
};

const showError = (message) => {
  const box = byId("error");
  box.hidden = !message;
  if (!message) return;
  box.replaceChildren(el("strong", {}, "This article cannot be rendered. "), ...message.split("\n").map((line) => el("p", {}, line)));
};
const listen = () => {
  const events = new EventSource(`${baseUrl}/events`);
  events.onmessage = ({ data }) => {
    const [revision, version] = data.split(" ").map(Number);
    if (revision === state.revision) return;
    state.revision = revision;
    if (version && version === state.server?.version) return refreshFindings();
    state.version = version; // the frames need not wait for the panels
    updateFrames();
    refresh();
  };
  events.onerror = () => { byId("status").textContent = "The preview has stopped or cannot be reached."; };
};

onViewAsChange(() => { updateFrames(); refresh(); });
byId("remote-images").addEventListener("change", updateViews);

const handleKey = (key) => key === "?" ? showKeys() : toggleViewByKey(key);
onFrameMessage("key", ({ key }) => handleKey(key));
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
  if (event.target.closest("input, select, textarea")) return;
  handleKey(event.key);
});

drawViewButtons();
await refresh();
drawViews();
listen();
