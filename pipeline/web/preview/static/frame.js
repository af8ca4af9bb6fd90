// Runs inside a letter's frame, and is the only script that does. It tells the page where the letter is scrolled to and
// what was clicked, and does what the page asks: go to a place, show it, turn colours round, look for obstacles.
"use strict";
(() => {
  const page = window.parent;
  const view = document.querySelector('meta[name="handbill-view"]')?.content ?? "";
  const say = (type, more) => page.postMessage({ from: "handbill-frame", type, ...more }, "*");
  const root = document.scrollingElement ?? document.documentElement;

  // Forced dark of the gentler kind: light grounds become dark, dark words light; what is dark already stays.
  const turned = (colour, isGround) => {
    const parts = colour.match(/[\d.]+/g)?.map(Number);
    if (!parts || parts.length < 3 || parts[3] === 0) return null;
    const [r, g, b] = parts.map((part) => part / 255);
    const most = Math.max(r, g, b), least = Math.min(r, g, b), light = (most + least) / 2;
    if (isGround ? light < 0.5 : light > 0.6) return null;
    const span = most - least, strength = span === 0 ? 0 : span / (1 - Math.abs(2 * light - 1));
    const hue = span === 0 ? 0
      : most === r ? ((g - b) / span + 6) % 6 : most === g ? (b - r) / span + 2 : (r - g) / span + 4;
    const other = isGround ? Math.max(0.11, 1 - light) : Math.min(0.92, 1 - light);
    return `hsl(${hue * 60} ${Math.min(strength, isGround ? 0.12 : 0.7) * 100}% ${other * 100}%)`;
  };
  const darken = () => {
    const changes = [];
    for (const node of [document.documentElement, ...document.querySelectorAll("body, body *")]) {
      const style = getComputedStyle(node);
      changes.push([node, "background-color", turned(style.backgroundColor, true)]);
      changes.push([node, "color", turned(style.color, false)]);
      changes.push([node, "border-color", turned(style.borderTopColor, true)]);
    }
    for (const [node, name, colour] of changes) if (colour) node.style.setProperty(name, colour, "important");
    document.documentElement.style.setProperty("background-color", "#121212", "important");
  };
  if (view === "darkened") darken();

  let isLed = false;
  const ratio = () => {
    const room = root.scrollHeight - root.clientHeight;
    return room > 0 ? root.scrollTop / room : 0;
  };
  addEventListener("scroll", () => {
    if (!isLed) say("scroll", { ratio: ratio(), top: root.scrollTop });
    isLed = false;
  }, { passive: true });

  const show = (node) => {
    node.scrollIntoView({ block: "center" });
    const before = node.style.outline;
    node.style.outline = "3px solid #c2410c";
    node.style.outlineOffset = "3px";
    setTimeout(() => { node.style.outline = before; }, 1600);
  };
  const named = (name) => document.getElementById(name) ?? document.getElementsByName(name)[0];
  const holding = (words) => {
    const plain = (text) => text.replace(/\s+/g, " ").trim();
    const wanted = plain(words);
    if (!wanted) return null;
    let best = null;
    for (const node of document.body.querySelectorAll("*"))
      if (plain(node.textContent).includes(wanted)) best = node;
    return best;
  };

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!link) return;
    event.preventDefault();
    const href = link.getAttribute("href");
    if (href.startsWith("#")) {
      const target = named(decodeURIComponent(href.slice(1)));
      if (target) show(target.textContent ? target : target.parentElement ?? target);
    }
    say("link", { number: [...document.querySelectorAll("a[href]")].indexOf(link), href });
  });
  document.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey) say("key", { key: event.key });
  });

  const { nonce, src } = document.currentScript;
  const load = (name) => new Promise((done, failed) => {
    const script = document.createElement("script");
    Object.assign(script, { nonce, src: src.replace(/[^/]+$/, name), onload: done, onerror: failed });
    document.head.append(script);
  });
  const look = async () => {
    if (typeof axe === "undefined") await load("axe.min.js");
    const only = { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
    const rules = Object.fromEntries(
      ["region", "landmark-one-main", "bypass", "skip-link"].map((rule) => [rule, { enabled: false }]));
    const found = await axe.run(document, { runOnly: only, rules, resultTypes: ["violations"] });
    say("axe", {
      violations: found.violations.map((each) => ({
        id: each.id, impact: each.impact, help: each.help,
        places: each.nodes.slice(0, 12).map((node) => ({ target: node.target.join(" "), html: node.html.slice(0, 140) })),
      })),
    });
  };

  addEventListener("message", (event) => {
    if (event.source !== page || event.data?.to !== "handbill-frame") return;
    const { type, ...more } = event.data;
    if (type === "scroll") {
      const top = more.top ?? more.ratio * (root.scrollHeight - root.clientHeight);
      if (Math.abs(top - root.scrollTop) > 1) { isLed = true; root.scrollTop = top; }
    } else if (type === "goto") {
      const node = named(more.id);
      if (node) show(node.textContent ? node : node.parentElement ?? node);
    } else if (type === "find") {
      const node = holding(more.words);
      if (node) show(node);
      say("found", { words: more.words, isThere: Boolean(node) });
    } else if (type === "link") {
      const node = document.querySelectorAll("a[href]")[more.number];
      if (node) show(node);
    } else if (type === "image") {
      const node = document.querySelectorAll("img")[more.number];
      if (node) show(node);
    } else if (type === "select") {
      const node = document.querySelector(more.selector);
      if (node) show(node);
    } else if (type === "axe") {
      look().catch((problem) => say("axe", { violations: null, problem: String(problem) }));
    }
  });

  // At a glance, in a small frame: what this reader is asked for.
  const appeal = window.name === "appeal" ? document.querySelector(".ask, [data-appeal]") : null;
  if (appeal) addEventListener("load", () => { root.scrollTop = appeal.getBoundingClientRect().top - 40; });

  const ready = () => say("ready", { height: root.scrollHeight, width: root.scrollWidth, room: root.clientWidth });
  let isReady = false;
  const once = () => { if (!isReady) { isReady = true; ready(); } };
  if (document.readyState === "complete") once();
  else {
    addEventListener("load", once);
    setTimeout(once, 400); // pictures from the web may take their time
  }
})();
