// Filter the list of articles while a search text is typed.
const input = document.getElementById("article-search");
const items = [...document.querySelectorAll("#articles li")];
input?.addEventListener("input", () => {
  const query = input.value.trim().toLowerCase();
  for (const item of items) item.hidden = !item.textContent.toLowerCase().includes(query);
});
input?.focus();
