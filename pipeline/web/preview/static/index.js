// The index narrows to what is typed.
const field = document.getElementById("find");
const items = [...document.querySelectorAll("#articles li")];
field?.addEventListener("input", () => {
  const wanted = field.value.trim().toLowerCase();
  for (const item of items) item.hidden = !item.textContent.toLowerCase().includes(wanted);
});
field?.focus();
