import { makeScript } from "../../pages/framework/script";

/** Asks again by itself while its box is ticked: the box makes sure that the page changes only for a person who wants it. */
export const poll = makeScript(`
const form = document.getElementById("poll");
if (form) {
  const label = document.createElement("label");
  label.className = "check";
  const box = document.createElement("input");
  box.type = "checkbox"; box.name = "auto"; box.value = "on"; box.checked = form.dataset.auto === "on";
  label.append(box, " Ask by itself every " + form.dataset.interval + " seconds");
  form.querySelector(".actions").before(label);
  setInterval(() => { if (box.checked) form.requestSubmit(); }, Number(form.dataset.interval) * 1000 + 250);
}
`);
