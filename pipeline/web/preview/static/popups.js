// Popups: a button with aria-controls shows and hides the element next to it. One is open at a time.

const buttons = [...document.querySelectorAll("button[aria-expanded]")];
const popupOf = (button) => document.getElementById(button.getAttribute("aria-controls"));
const MARGIN = 8; // between a popup and the edge of the page

const setOpen = (button, isOpen) => {
  button.setAttribute("aria-expanded", String(isOpen));
  const popup = popupOf(button);
  popup.hidden = !isOpen;
  popup.style.translate = "";
  const { left, right } = popup.getBoundingClientRect(), edge = document.documentElement.clientWidth - MARGIN;
  if (isOpen && (right > edge || left < MARGIN)) popup.style.translate = `${right > edge ? Math.max(edge - right, MARGIN - left) : MARGIN - left}px`;
};
export const closePopups = () => buttons.forEach((button) => setOpen(button, false));
export const togglePopup = (id) => {
  const button = document.getElementById(id), isOpen = !popupOf(button).hidden;
  closePopups();
  setOpen(button, !isOpen);
  if (!isOpen) popupOf(button).querySelector("button:not([hidden]), select, a, input")?.focus();
};
for (const button of buttons) button.addEventListener("click", () => togglePopup(button.id));
addEventListener("click", ({ target }) => {
  for (const button of buttons) {
    const popup = popupOf(button);
    if (!popup.hidden && target.isConnected && !button.contains(target) && !popup.contains(target)) setOpen(button, false);
  }
});
addEventListener("blur", closePopups); // a click into a frame
addEventListener("keydown", (event) => {
  const open = buttons.find((button) => !popupOf(button).hidden);
  if (!open || event.key !== "Escape") return;
  event.preventDefault();
  closePopups();
  open.focus();
});
// A command ends with its popup; a setting leaves it open.
document.getElementById("menu")?.addEventListener("click", ({ target }) => { if (target.closest("button, a")) closePopups(); });
