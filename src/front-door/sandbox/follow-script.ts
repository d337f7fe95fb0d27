import { makeScript } from "../../pages/framework/script";

/**
 * Puts what is new into the page every two seconds while it is seen. It asks for the page itself, so there is one way to render an exchange. What a
 * person has opened stays open.
 */
export const followScript = makeScript(
  `
const live = document.getElementById("live");
const link = document.querySelector("[data-follow]");
const button = document.createElement("button");
let following = true;
button.type = "button";
button.className = "small quiet";
button.textContent = "Stop following";
button.addEventListener("click", () => {
  following = !following;
  button.textContent = following ? "Stop following" : "Follow";
});
link.replaceWith(button);
async function look() {
  if (!following || document.hidden) return;
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("live");
  if (fresh === null) return;
  for (const open of live.querySelectorAll("details[open]")) fresh.querySelector("#" + open.id)?.setAttribute("open", "");
  if (fresh.innerHTML === live.innerHTML) return;
  const focused = live.contains(document.activeElement) ? document.activeElement.closest("details")?.id : undefined;
  live.replaceChildren(...fresh.childNodes);
  if (focused) document.querySelector("#" + focused + " > summary")?.focus();
}
setInterval(() => look().catch(() => undefined), 2000);
`,
  { fetches: true },
);
