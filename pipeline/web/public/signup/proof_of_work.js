const field = document.getElementById("proof");
const bits = Number(field.dataset.bits), key = field.dataset.key, encoder = new TextEncoder();
const search = async () => {
  for (let number = 0; ; number += 1) {
    const digest = new DataView(await crypto.subtle.digest("SHA-256", encoder.encode(`${key}.${number}`)));
    if (digest.getUint32(0) >>> (32 - bits) === 0) { field.value = String(number); return; }
  }
};
if (globalThis.crypto?.subtle) {
  const found = search(), form = field.form;
  form.addEventListener("submit", (event) => {
    if (field.value) return;
    event.preventDefault();
    found.then(() => form.submit());
  });
}
