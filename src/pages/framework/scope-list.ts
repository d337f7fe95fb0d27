import { type Html, html } from "./html";

/** What a scope lets a client do (OIDC Core §5.4, §11). */
const descriptions: ReadonlyMap<string, string> = new Map([
  ["openid", "Recognise your account"],
  ["email", "See your email address"],
  ["profile", "See your name, country and picture"],
  ["offline", "Keep this access while you are away"],
]);

/** Renders what the scopes allow. A scope that only a resource server understands is shown by its name. */
export function renderScopeList(scopes: readonly string[]): Html {
  const items = scopes.map((scope) => html`<li>${descriptions.get(scope) ?? html`Use “<bdi>${scope}</bdi>”`}</li>`);
  return html`<ul class="list" role="list">
    ${items}
  </ul>`;
}
