// Runs in the frame of a message, as its only script. Reports scrolling and clicks to the page, and does what the page
// asks for: scroll to an element and highlight it, change colors, check accessibility.
"use strict";
(() => {
  const page = window.parent;
  const scheme = document.querySelector('meta[name="handbill-scheme"]')?.content ?? "";
  const send = (type, data) => page.postMessage({ from: "handbill-frame", type, ...data }, "*");
  const root = document.scrollingElement ?? document.documentElement;

  // Forced dark mode: light backgrounds become dark and dark text light; what is dark already stays.
  const darkenColor = (color, isBackground) => {
    const parts = color.match(/[\d.]+/g)?.map(Number);
    if (!parts || parts.length < 3 || parts[3] === 0) return null;
    const [r, g, b] = parts.map((part) => part / 255);
    const max = Math.max(r, g, b), min = Math.min(r, g, b), lightness = (max + min) / 2;
    if (isBackground ? lightness < 0.5 : lightness > 0.6) return null;
    const range = max - min, saturation = range === 0 ? 0 : range / (1 - Math.abs(2 * lightness - 1));
    const hue = range === 0 ? 0
      : max === r ? ((g - b) / range + 6) % 6 : max === g ? (b - r) / range + 2 : (r - g) / range + 4;
    const newLightness = isBackground ? Math.max(0.11, 1 - lightness) : Math.min(0.92, 1 - lightness);
    return `hsl(${hue * 60} ${Math.min(saturation, isBackground ? 0.12 : 0.7) * 100}% ${newLightness * 100}%)`;
  };
  const darkenPage = () => {
    const changes = [];
    for (const node of [document.documentElement, ...document.querySelectorAll("body, body *")]) {
      const style = getComputedStyle(node);
      changes.push([node, "background-color", darkenColor(style.backgroundColor, true)]);
      changes.push([node, "color", darkenColor(style.color, false)]);
      changes.push([node, "border-color", darkenColor(style.borderTopColor, true)]);
    }
    for (const [node, name, color] of changes) if (color) node.style.setProperty(name, color, "important");
    document.documentElement.style.setProperty("background-color", "#121212", "important");
  };
  if (scheme === "darkened") darkenPage();

  let isSyncing = false;
  const scrollRatio = () => {
    const range = root.scrollHeight - root.clientHeight;
    return range > 0 ? root.scrollTop / range : 0;
  };
  addEventListener("scroll", () => {
    if (!isSyncing) send("scroll", { ratio: scrollRatio(), top: root.scrollTop });
    isSyncing = false;
  }, { passive: true });

  const highlight = (node) => {
    if (!node) return;
    node.scrollIntoView({ block: "center" });
    const before = node.style.outline;
    node.style.outline = "3px solid #c2410c";
    node.style.outlineOffset = "3px";
    setTimeout(() => { node.style.outline = before; }, 4000);
  };
  const findAnchor = (name) => {
    const node = document.getElementById(name) ?? document.getElementsByName(name)[0];
    return node && !node.textContent ? node.parentElement ?? node : node;
  };
  const findText = (text) => {
    const normalize = (content) => content.replace(/\s+/g, " ").trim();
    const searched = normalize(text);
    if (!searched) return null;
    let innermost = null;
    for (const node of document.body.querySelectorAll("*"))
      if (normalize(node.textContent).includes(searched)) innermost = node;
    return innermost;
  };

  const findLink = (address) => address
    && [...document.querySelectorAll("a[href]")].find((link) => link.getAttribute("href").startsWith(address.replace(/…$/, ""))) || null;

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!link) return;
    event.preventDefault();
    const href = link.getAttribute("href");
    if (href.startsWith("#")) highlight(findAnchor(decodeURIComponent(href.slice(1))));
    send("link", { number: [...document.querySelectorAll("a[href]")].indexOf(link), href });
  });
  document.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey) send("key", { key: event.key });
  });

  const { nonce, src } = document.currentScript;
  const loadScript = (name) => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    Object.assign(script, { nonce, src: src.replace(/[^/]+$/, name), onload: resolve, onerror: reject });
    document.head.append(script);
  });
  const checkAccessibility = async () => {
    if (typeof axe === "undefined") await loadScript("axe.min.js");
    const runOnly = { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
    const rules = Object.fromEntries(
      ["region", "landmark-one-main", "bypass", "skip-link"].map((rule) => [rule, { enabled: false }]));
    const result = await axe.run(document, { runOnly, rules, resultTypes: ["violations"] });
    send("axe", {
      violations: result.violations.map((violation) => ({
        id: violation.id, impact: violation.impact, help: violation.help,
        elements: violation.nodes.slice(0, 12).map((node) => ({ selector: node.target.join(" "), html: node.html.slice(0, 140) })),
      })),
    });
  };

  const handlers = {
    scroll: ({ top, ratio }) => {
      const target = top ?? ratio * (root.scrollHeight - root.clientHeight);
      if (Math.abs(target - root.scrollTop) > 1) { isSyncing = true; root.scrollTop = target; }
    },
    anchor: ({ id }) => highlight(findAnchor(id)),
    text: ({ text }) => highlight(findText(text)),
    place: ({ text, href }) => highlight(findLink(href) ?? findText(text)),
    link: ({ number }) => highlight(document.querySelectorAll("a[href]")[number]),
    image: ({ number }) => highlight(document.querySelectorAll("img")[number]),
    element: ({ selector }) => highlight(document.querySelector(selector)),
    axe: () => checkAccessibility().catch((error) => send("axe", { violations: null, error: String(error) })),
  };
  addEventListener("message", ({ source, data }) => {
    if (source === page && data?.to === "handbill-frame") handlers[data.type]?.(data);
  });

  // In the small frames of the Recipients panel, scroll to the appeal.
  const appeal = window.name === "appeal" ? document.querySelector(".appeal, [data-appeal]") : null;
  if (appeal) addEventListener("load", () => { root.scrollTop = appeal.getBoundingClientRect().top - 40; });

  let isReady = false;
  const sendReady = () => {
    if (!isReady) send("ready", { height: root.scrollHeight, width: root.scrollWidth });
    isReady = true;
  };
  if (document.readyState === "complete") sendReady();
  else {
    addEventListener("load", sendReady);
    setTimeout(sendReady, 400); // remote images may take long
  }
})();
