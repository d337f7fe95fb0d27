import type { InnerRequest } from "../../server/inner-requests";
import { type Draft, listFields } from "./draft";

const secretName = /secret|password|api-?key|passwd|pin$/i;

/** Shorter texts stand in too many places, and are no secrets. */
const shortestSecret = 4;

/** Lists the secrets of a draft, which are shown nowhere but in its form. */
export function listSecrets(draft: Draft): string[] {
  const named = ["query.", "header.", "form."].flatMap((prefix) => listFields(draft, prefix));
  const found = [
    ...named.flatMap(([name, value]) => (secretName.test(name) ? [value] : [])),
    draft.password ?? "",
    ...findInJson(draft.body),
  ];
  return found.filter((secret) => secret.length >= shortestSecret);
}

function findInJson(body = ""): string[] {
  const found: string[] = [];
  try {
    JSON.parse(body, (name, value: unknown) => {
      if (typeof value === "string" && secretName.test(name)) found.push(value);
      // A secret may stand one level deeper: `{"password": {"value": …}}`.
      if (typeof value === "object" && value !== null && secretName.test(name)) {
        found.push(...Object.values(value).filter((each): each is string => typeof each === "string"));
      }
      return value;
    });
  } catch {
    return [];
  }
  return found;
}

/** Puts dots in place of secrets, in whatever way they are encoded. */
export function hideSecrets({ headers, path, body, ...rest }: InnerRequest, secrets: readonly string[]): InnerRequest {
  const forms = secrets.flatMap((secret) => [secret, encodeURIComponent(secret), new URLSearchParams({ "": secret }).toString().slice(1)]);
  const hide = (text: string): string => forms.reduce((shown, secret) => shown.replaceAll(secret, "••••••"), text);
  const shown = Object.entries(headers).map(([name, value]) => [name, /^basic /i.test(value) ? hideBasic(value) : hide(value)]);
  return { ...rest, path: hide(path), headers: Object.fromEntries(shown) as Record<string, string>, body: body && hide(body) };
}

/** Shows who a Basic credential names. */
function hideBasic(value: string): string {
  const [user = ""] = Buffer.from(value.slice("Basic ".length), "base64").toString("utf8").split(":", 1);
  return `Basic base64(${user}:••••••)`;
}
