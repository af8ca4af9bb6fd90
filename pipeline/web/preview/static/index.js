// The list of articles: filtered while a search text is typed, also after it has updated itself.

import { byId } from "./common.js";
import { onLiveChange } from "./live.js";

const input = byId("article-search");
const filter = () => {
  const query = input.value.trim().toLowerCase();
  for (const item of document.querySelectorAll("#articles li")) item.hidden = !item.textContent.toLowerCase().includes(query);
};
input.addEventListener("input", filter);
onLiveChange(filter);
input.focus();
