// The preview page: frames that show the message, panels beside them, and updates after every change. No build step.

import { baseUrl, byId, dialog, el, get, state, viewAsQuery } from "./common.js";
import { drawViewButtons, handleOptionKey } from "./view_options.js";
import { drawViews, onFrameMessage, updateFrames, updateViews } from "./views.js";
import { isPanelOpen, setPanelOpen } from "./panel_box.js";
import { drawPanels, resetPanels } from "./panels.js";
import { togglePopup } from "./popups.js";
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
  showStatus();
  if (byId("markdown")) byId("markdown").hidden = !server.is_worth_a_copy;
  byId("download").href = `${baseUrl}/message.eml?${viewAsQuery()}`;
  drawViewAs();
  drawPanels();
  updateViews();
};
const showStatus = () => {
  const { error, render_ms: duration } = state.server;
  byId("status").textContent = error ? "last working version" : duration ? "up to date" : "";
  byId("status").classList.toggle("failure", Boolean(error));
  byId("status").title = duration ? `rendered in ${duration} ms` : "";
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
// Only a visible page listens: a browser opens six connections to a server at most, in all its windows.
let events = null, retry = 0;
const stopListening = () => { clearTimeout(retry); events?.close(); events = null; };
const listen = () => {
  stopListening();
  if (document.hidden) return;
  events = new EventSource(`${baseUrl}/events`);
  events.addEventListener("later", () => { // another page needs the connection
    stopListening();
    retry = setTimeout(listen, 10_000 + 5_000 * Math.random());
  });
  events.onmessage = ({ data }) => {
    const [revision, version] = data.split(" ").map(Number), session = data.split(" ")[2];
    if (state.session && session !== state.session) return location.reload(); // the preview was started again
    state.session = session;
    if (revision === state.revision) { if (state.server) showStatus(); return; }
    state.revision = revision;
    if (version && version === state.server?.version) return refreshFindings();
    state.version = version; // the frames need not wait for the panels
    updateFrames();
    refresh();
  };
  events.onerror = () => {
    byId("status").textContent = "The preview has stopped.";
    byId("status").classList.add("failure");
    if (events?.readyState !== EventSource.CLOSED) return; // the browser connects again
    stopListening();
    retry = setTimeout(listen, 3_000);
  };
};

onViewAsChange(() => { updateFrames(); refresh(); });
byId("remote-images").addEventListener("change", updateViews);

const handleKey = (key) => {
  if (key === "?") showKeys();
  else if (key === "a") togglePopup("view-as");
  else if (key === "b") setPanelOpen(!isPanelOpen());
  else handleOptionKey(key);
};
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
document.addEventListener("visibilitychange", listen);
addEventListener("pagehide", stopListening);
addEventListener("pageshow", ({ persisted }) => { if (persisted) listen(); });
