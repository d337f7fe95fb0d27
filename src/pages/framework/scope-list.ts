import { type Html, html } from "./html";

/** What a scope lets a client do (OIDC Core §5.4). */
const descriptions: ReadonlyMap<string, string> = new Map([
  ["openid", "Recognise your account"],
  ["email", "See your email address"],
  ["profile", "See your name, country and picture"],
]);

/**
 * Renders what the scopes allow. A scope that only a resource server understands is shown by its name.
 * @param refreshScope the scope with which the client gets refresh tokens (OIDC Core §11), where it can get them
 */
export function renderScopeList(scopes: readonly string[], refreshScope?: string): Html {
  const describe = (scope: string) => (scope === refreshScope ? "Keep this access while you are away" : descriptions.get(scope));
  const items = scopes.map((scope) => html`<li>${describe(scope) ?? html`Use “<bdi>${scope}</bdi>”`}</li>`);
  return html`<ul class="list" role="list">
    ${items}
  </ul>`;
}
