import type { IncomingMessage, ServerResponse } from "node:http";
import type { Pair } from "../bad-input/draft";
import { secretsIn } from "../bad-input/secrets";

/** Shorter texts stand in a log by accident; so does the beginning of a secret that is as short as that. */
const stem = 12;

/** Remembers every secret it is shown, and finds them in texts. */
export interface SecretLedger {
  add(secrets: readonly string[]): void;
  size(): number;
  /** The secrets that stand in a text. */
  findIn(text: string): string[];
}

export function makeSecretLedger(): SecretLedger {
  const byStem = new Map<string, Set<string>>();
  let count = 0;
  return {
    add: (secrets) => {
      // As it would stand in a line of JSON.
      for (const secret of secrets.map((each) => JSON.stringify(each).slice(1, -1)).filter(({ length }) => length >= stem)) {
        const start = secret.slice(0, stem);
        const known = byStem.get(start) ?? new Set();
        byStem.set(start, known.add(secret));
        count += 1;
      }
    },
    size: () => count,
    findIn: (text) => {
      const found = new Set<string>();
      for (let at = 0; at + stem <= text.length; at += 1)
        for (const secret of byStem.get(text.slice(at, at + stem)) ?? []) if (text.startsWith(secret, at)) found.add(secret);
      return [...found];
    },
  };
}

/** Shows a ledger the secrets of one exchange, whichever way they go, without touching it. */
export function watchExchange(ledger: SecretLedger, request: IncomingMessage, response: ServerResponse): void {
  const sent: Buffer[] = [];
  before(request, "emit", (event, chunk) => {
    if (event === "data") sent.push(Buffer.from(chunk as Uint8Array));
    if (event === "end") ledger.add(secretsOfRequest(request, Buffer.concat(sent).toString("utf8")));
  });
  ledger.add(secretsOfRequest(request, ""));
  before(response, "end", (chunk) => {
    const text = typeof chunk === "string" || chunk instanceof Uint8Array ? Buffer.from(chunk as string).toString("utf8") : "";
    ledger.add(secretsOfResponse(response, text));
  });
}

type Method = (this: unknown, ...all: unknown[]) => unknown;

/** Looks at what a method is called with. */
function before(target: object, name: string, look: (...all: unknown[]) => void): void {
  const method = Reflect.get(target, name) as Method;
  const looking: Method = function (...all) {
    look(...all);
    return method.apply(this, all);
  };
  Reflect.set(target, name, looking);
}

/** As they are written in the list of names that are secret. */
const spelled: Readonly<Record<string, string>> = { authorization: "Authorization", cookie: "Cookie" };

function secretsOfRequest({ rawHeaders, url = "" }: IncomingMessage, body: string): string[] {
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  const headers = names.map((name, index): Pair => [spelled[name] ?? name, rawHeaders[2 * index + 1] ?? ""]);
  const query = [...new URLSearchParams(url.split("?", 2)[1] ?? "")];
  return secretsIn({ method: "POST", path: "", query, headers, body: { as: "form", members: membersOf(body) } });
}

/** What the server gives away: tokens and codes, and cookies. */
const given = ["access_token", "refresh_token", "id_token", "token", "device_code", "user_code"];

function secretsOfResponse(response: ServerResponse, body: string): string[] {
  const members = membersOf(body).filter(([name]) => given.includes(name));
  const location = response.getHeader("location");
  const code = typeof location === "string" ? new URLSearchParams(location.split("?", 2)[1]).get("code") : null;
  const cookies = [response.getHeader("set-cookie") ?? []].flat().map((cookie): Pair => ["Cookie", String(cookie).split(";", 1)[0] ?? ""]);
  const query = [...members.map(([, value]): Pair => ["token", value]), ...(code === null ? [] : [["code", code] as const])];
  return secretsIn({ method: "POST", path: "", query, headers: cookies });
}

/** Every text in a body by its path, be it JSON or a form. */
function membersOf(body: string): Pair[] {
  try {
    return textsIn(JSON.parse(body) as unknown);
  } catch {
    return body.startsWith("<") ? [] : [...new URLSearchParams(body)];
  }
}

function textsIn(value: unknown, path = ""): Pair[] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => textsIn(each, path === "" ? name : `${path}.${name}`));
}
