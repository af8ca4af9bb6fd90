// As whom one looks at the letter, and when: a group, somebody from the roll, or values typed in.

import { byId, closing, dialog, el, get, known, showDialog } from "./common.js";

let changed = () => {};
export const onWhom = (call) => { changed = call; };

export const lookAs = (values, reader = "", readerName = "") => {
  Object.assign(known.whom, { values: { ...values }, reader, readerName });
  changed();
};
export const drawWhom = () => {
  const { state, whom } = known, who = byId("who"), when = byId("when"), language = byId("language");
  const chosen = whom.reader ? `reader ${whom.reader}` : JSON.stringify(whom.values);
  const options = state.groups.map((group) => el("option", { value: JSON.stringify(group.values) }, group.name));
  if (whom.reader) options.push(el("option", { value: chosen }, whom.readerName));
  else if (!options.some((option) => option.value === chosen)) options.push(el("option", { value: chosen }, "as typed"));
  who.replaceChildren(...options);
  who.value = chosen;
  when.replaceChildren(...state.moments.map((moment) => el("option", { value: moment.at }, moment.name)));
  when.value = whom.at;
  when.parentElement.hidden = state.moments.length < 2;
  language.replaceChildren(...["", ...state.languages].map((code) => el("option", { value: code }, code || "its own")));
  language.value = whom.language;
  language.parentElement.hidden = !state.languages.length;
  if (byId("values").contains(document.activeElement)) return;
  byId("values").replaceChildren(...state.fields.map((name) => el("label", {}, `${name} `, el("input", {
    value: whom.values[name] ?? "", size: "7", autocomplete: "off", spellcheck: "false", "data-field": name, onchange: typed,
  }))));
};
const typed = ({ target }) => {
  const values = { ...known.whom.values, [target.dataset.field]: target.value };
  if (!target.value) delete values[target.dataset.field];
  known.whom.values = values;
  changed();
};
byId("who").addEventListener("change", ({ target }) => {
  if (!target.value.startsWith("reader ")) lookAs(JSON.parse(target.value));
});
byId("when").addEventListener("change", ({ target }) => { known.whom.at = target.value; changed(); });
byId("language").addEventListener("change", ({ target }) => { known.whom.language = target.value; changed(); });
byId("person")?.addEventListener("click", () => findPerson());

// Somebody from the roll: what is typed is looked for in names and addresses.

export const findPerson = () => {
  const list = el("ol", { class: "items people" }), status = el("p", { role: "status", class: "quiet" }, "Write a part of a name or an address.");
  let asked = 0;
  const look = async ({ target }) => {
    const mine = ++asked;
    const told = await get(`/people?q=${encodeURIComponent(target.value)}`);
    if (mine !== asked) return;
    status.textContent = told.error ?? (told.people.length || !target.value.trim() ? "" : "Nobody of that name or address.");
    list.replaceChildren(...(told.people ?? []).map((person) => el("li", {}, el("button", { type: "button", class: "item", onclick: () => {
      dialog.close();
      lookAs({}, person.id, person.name || person.email);
    } }, el("strong", {}, person.name || person.email), el("span", { class: "quiet" }, [person.email, person.state, ...person.lists].join(" · ")),
    el("span", { class: "quiet" }, Object.entries(person.values).map(([name, value]) => `${name}: ${value}`).join(", "))))));
  };
  showDialog("As somebody from the roll",
    el("label", { for: "person-words" }, "Name or address "), el("input", { type: "text", id: "person-words", autocomplete: "off", oninput: look }),
    status, list, el("p", { class: "acts" }, closing()));
};
