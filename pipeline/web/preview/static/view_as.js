// View as: a group of recipients, a subscriber, or typed field values; another time; another language.

import { byId, closeRow, dialog, el, get, showDialog, state } from "./common.js";
import { closePopups } from "./popups.js";

let notify = () => {};
export const onViewAsChange = (callback) => { notify = callback; };

export const viewAs = (values, subscriber = "", subscriberName = "") => {
  Object.assign(state.viewAs, { values: { ...values }, subscriber, subscriberName });
  notify();
};
export const drawViewAs = () => {
  const { server, viewAs: current } = state, group = byId("view-as-group"), time = byId("view-as-time"), language = byId("view-as-language");
  const selected = current.subscriber ? `subscriber ${current.subscriber}` : JSON.stringify(current.values);
  const options = server.groups.map((each) => el("option", { value: JSON.stringify(each.values) }, each.name));
  if (current.subscriber) options.push(el("option", { value: selected }, current.subscriberName));
  else if (!options.some((option) => option.value === selected)) options.push(el("option", { value: selected }, "custom values"));
  group.replaceChildren(...options);
  group.value = selected;
  time.replaceChildren(...server.times.map((each) => el("option", { value: each.at }, each.name)));
  time.value = current.at;
  time.parentElement.hidden = server.times.length < 2;
  language.replaceChildren(...["", ...server.languages].map((code) => el("option", { value: code }, code || "article’s own")));
  language.value = current.language;
  language.parentElement.hidden = !server.languages.length;
  byId("view-as-name").textContent = describe();
  if (byId("field-values").contains(document.activeElement)) return;
  byId("field-values").replaceChildren(...server.fields.map((name) => el("label", {}, `${name} `, el("input", {
    value: current.values[name] ?? "", autocomplete: "off", spellcheck: "false", "data-field": name, onchange: setField,
  }))));
};
// What the button says: the recipient, and what else is not as usual.
const describe = () => {
  const chosen = (id) => byId(id).selectedOptions[0]?.textContent ?? "";
  const { at, language } = state.viewAs;
  return [chosen("view-as-group"), at ? chosen("view-as-time") : "", language].filter(Boolean).join(", ");
};
const setField = ({ target }) => {
  const values = { ...state.viewAs.values, [target.dataset.field]: target.value };
  if (!target.value) delete values[target.dataset.field];
  state.viewAs.values = values;
  notify();
};
byId("view-as-group").addEventListener("change", ({ target }) => {
  if (!target.value.startsWith("subscriber ")) viewAs(JSON.parse(target.value));
});
byId("view-as-time").addEventListener("change", ({ target }) => { state.viewAs.at = target.value; notify(); });
byId("view-as-language").addEventListener("change", ({ target }) => { state.viewAs.language = target.value; notify(); });
byId("find-subscriber")?.addEventListener("click", () => { closePopups(); showSubscriberSearch(); });

// Search subscribers by name or address.

const showSubscriberSearch = () => {
  const list = el("ol", { class: "items subscribers" }), status = el("p", { role: "status", class: "muted" }, "Type a part of a name or an email address.");
  let requests = 0;
  const search = async ({ target }) => {
    const request = ++requests;
    const found = await get(`/subscribers?q=${encodeURIComponent(target.value)}`);
    if (request !== requests) return;
    status.textContent = found.error ?? (found.subscribers.length || !target.value.trim() ? "" : "No subscriber found.");
    list.replaceChildren(...(found.subscribers ?? []).map(subscriberItem));
  };
  const subscriberItem = (subscriber) => el("li", {}, el("button", { type: "button", class: "item", onclick: () => {
    dialog.close();
    viewAs({}, subscriber.id, subscriber.name || subscriber.email);
  } }, el("strong", {}, subscriber.name || subscriber.email),
  el("span", { class: "muted" }, [subscriber.email, subscriber.state, ...subscriber.lists].join(" · ")),
  el("span", { class: "muted" }, Object.entries(subscriber.values).map(([name, value]) => `${name}: ${value}`).join(", "))));
  showDialog("View as a subscriber",
    el("label", { for: "subscriber-search" }, "Name or email address "), el("input", { type: "text", id: "subscriber-search", autocomplete: "off", oninput: search }),
    status, list, closeRow());
};
