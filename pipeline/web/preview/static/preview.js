// The page: frames with the letter, panels beside them, and news of every change. No library, nothing to build.

import { byId, dialog, el, get, known, query, studio } from "./common.js";
import { drawStage, drawViews, fill, fillFrames, hear, toggleByKey } from "./views.js";
import { drawPanels, forget } from "./panels.js";
import { drawWhom, onWhom } from "./view_as.js";
import { showKeys } from "./actions.js";

const show = (told) => {
  say(told.error);
  known.news = told.news ?? known.news;
  if (!told.is_shown) {
    byId("title").textContent = "Nothing to see yet";
    return;
  }
  if (known.state?.version !== told.version) forget();
  known.state = { ...known.state, ...told };
  known.version = told.version;
  byId("title").textContent = told.title || "Without a title";
  byId("status").textContent = told.error ? "last good picture" : told.took_ms ? "up to date" : "";
  byId("status").title = told.took_ms ? `rendered in ${told.took_ms} ms` : "";
  byId("download").href = `/studio/${studio}/message.eml?${query()}`;
  drawWhom();
  drawPanels();
  fill();
};
const refresh = async () => show(await get(`/studio/${studio}/state?${query()}`));
// The same picture: only its findings, or a mistake made since, are new.
const refreshBriefly = async () => {
  const told = await get(`/studio/${studio}/state?brief&${query()}`);
  return told.version === known.state.version ? show(told) : refresh();
};

const say = (words) => {
  const box = byId("mistake");
  box.hidden = !words;
  if (!words) return;
  box.replaceChildren(el("strong", {}, "This cannot be shown as it stands. "), ...words.split("\n").map((line) => el("p", {}, line)));
};
const listen = () => {
  const events = new EventSource(`/studio/${studio}/events`);
  events.onmessage = ({ data }) => {
    const [news, version] = data.split(" ").map(Number);
    if (news === known.news) return;
    known.news = news;
    if (version && version === known.state?.version) return refreshBriefly();
    known.version = version; // the frames need not wait for what is known of it
    fillFrames();
    refresh();
  };
  events.onerror = () => { byId("status").textContent = "the preview has ended, or is away"; };
};

onWhom(() => { fillFrames(); refresh(); });
byId("remote").addEventListener("change", fill);

const pressed = (key) => key === "?" ? showKeys() : toggleByKey(key);
hear("key", ({ key }) => pressed(key));
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
  if (event.target.closest("input, select, textarea")) return;
  pressed(event.key);
});

drawViews();
await refresh();
drawStage();
listen();
