import { type Html, html } from "./html";

/** What scopes let a client do, in words (OIDC Core §5.4, §11). */
const words: ReadonlyMap<string, string> = new Map([
  ["openid", "Recognise your account"],
  ["email", "See your email address"],
  ["profile", "See your name, country and picture"],
  ["offline", "Keep this access while you are away"],
]);

/** A list of what the scopes allow; those that only a resource server understands stand there by name. */
export function scopeWords(scopes: readonly string[]): Html {
  const items = scopes.map((scope) => html`<li>${words.get(scope) ?? html`Use “<bdi>${scope}</bdi>”`}</li>`);
  return html`<ul class="list" role="list">
    ${items}
  </ul>`;
}
