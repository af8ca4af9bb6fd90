// The box of the panels: open or closed, and how wide. On a narrow page it is at the bottom, and closed at first.

import { byId, readSetting, saveSetting } from "./common.js";
import { isNarrow } from "./view_options.js";

const box = byId("panels"), resizer = byId("panel-resizer");
const SMALLEST = 220, LARGEST = 640, STEP = 20;
let width = readSetting("panel-width", 300), isOpenWide = readSetting("panel-open", true), isOpenNarrow = false;

export const isPanelOpen = () => isNarrow() ? isOpenNarrow : isOpenWide;
export const setPanelOpen = (isOpen) => {
  if (isNarrow()) isOpenNarrow = isOpen;
  else { isOpenWide = isOpen; saveSetting("panel-open", isOpen); }
  draw();
};
const draw = () => {
  box.classList.toggle("is-closed", !isPanelOpen());
  byId("panel-box").style.setProperty("--panel-width", `${width}px`);
  byId("tabs").setAttribute("aria-orientation", isNarrow() ? "horizontal" : "vertical");
  resizer.setAttribute("aria-valuenow", String(width));
};
const setWidth = (value) => {
  width = Math.round(Math.min(LARGEST, innerWidth * 0.6, Math.max(SMALLEST, value)));
  saveSetting("panel-width", width);
  draw();
};
resizer.addEventListener("keydown", (event) => {
  const value = { ArrowLeft: width + STEP, ArrowRight: width - STEP, Home: SMALLEST, End: LARGEST }[event.key];
  if (value === undefined) return;
  event.preventDefault();
  setWidth(value);
});
resizer.addEventListener("pointerdown", (event) => {
  const from = event.clientX, before = width;
  const move = (moved) => setWidth(before + from - moved.clientX);
  resizer.setPointerCapture(event.pointerId); // also over frames
  resizer.addEventListener("pointermove", move);
  resizer.addEventListener("lostpointercapture", () => resizer.removeEventListener("pointermove", move), { once: true });
});
byId("panel-close").addEventListener("click", () => { setPanelOpen(false); byId("tabs").querySelector('[aria-selected="true"]')?.focus(); });
matchMedia("(max-width: 900px)").addEventListener("change", draw);
draw();
