// Text with colors and search: HTML, and the source of a message. Linear in its length, whatever it contains.

import { el } from "./common.js";

const MAX_COLORED = 400_000, MAX_MATCHES = 1000;

const span = (name, text) => el("span", { class: `token-${name}` }, text);
export const colorHtml = (text) => {
  if (text.length > MAX_COLORED) return [text];
  const parts = [];
  let at = 0;
  while (at < text.length) {
    const start = text.indexOf("<", at);
    if (start < 0) break;
    if (start > at) parts.push(text.slice(at, start));
    const isComment = text.startsWith("<!--", start), end = text.indexOf(isComment ? "-->" : ">", start);
    if (end < 0) { at = start; break; }
    at = end + (isComment ? 3 : 1);
    const piece = text.slice(start, at);
    parts.push(isComment ? span("comment", piece) : span("tag", piece));
  }
  return [...parts, text.slice(at)];
};
export const colorMessage = (text) => {
  if (text.length > MAX_COLORED) return [text];
  let isHeader = true;
  return text.split("\n").flatMap((line) => {
    if (!line.trim()) isHeader = false;
    else if (line.startsWith("--")) isHeader = true; // the headers of a part follow
    const name = isHeader ? line.match(/^[A-Za-z0-9-]{1,60}:/)?.[0] : "";
    if (line.startsWith("--")) return [span("comment", `${line}\n`)];
    return name ? [span("tag", name), `${line.slice(name.length)}\n`] : [`${line}\n`];
  });
};

// A search field for the text in *container*; the matches are marked by ranges, so that the text stays as it is.
export const searchField = (container, name) => {
  const count = el("span", { class: "muted", role: "status" });
  let ranges = [], current = 0;
  const show = () => {
    if (!globalThis.Highlight) return;
    CSS.highlights.set("search", new Highlight(...ranges));
    CSS.highlights.set("search-current", new Highlight(...ranges.slice(current, current + 1)));
    ranges[current]?.startContainer.parentElement.scrollIntoView({ block: "center", inline: "nearest" });
  };
  const find = (query) => {
    ranges = findRanges(container, query);
    current = 0;
    count.textContent = query ? `${ranges.length ? 1 : 0} of ${ranges.length}${ranges.length === MAX_MATCHES ? "+" : ""}` : "";
    show();
  };
  const step = (by) => {
    if (!ranges.length) return;
    current = (current + by + ranges.length) % ranges.length;
    count.textContent = `${current + 1} of ${ranges.length}`;
    show();
  };
  const input = el("input", {
    type: "search", class: "find", placeholder: "Search", "aria-label": `Search ${name}`, autocomplete: "off", spellcheck: "false",
    oninput: ({ target }) => find(target.value),
    onkeydown: (event) => { if (event.key === "Enter") { event.preventDefault(); step(event.shiftKey ? -1 : 1); } },
  });
  return [count, input];
};
const findRanges = (container, query) => {
  const searched = query.toLowerCase(), ranges = [];
  if (!searched) return ranges;
  const walker = document.createTreeWalker(container, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node && ranges.length < MAX_MATCHES; node = walker.nextNode()) {
    const text = node.data.toLowerCase();
    for (let at = text.indexOf(searched); at >= 0 && ranges.length < MAX_MATCHES; at = text.indexOf(searched, at + searched.length)) {
      if (at + searched.length > node.length) break; // lower case can be longer
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + searched.length);
      ranges.push(range);
    }
  }
  return ranges;
};
