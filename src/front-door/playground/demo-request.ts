import { callbackPath, type DemoFacts, type DemoRequest, toOwnRedirectUri } from "../../contracts/demo";
import type { PlacedContract } from "../../contracts/wire";
import { issueConsentedCode } from "../../pages/authorize/consented-code";
import { makeSecret } from "../../secrets/secret";
import type { Peer } from "../../http/peer";
import { type Draft, DraftError } from "./draft";
import type { PlaygroundPorts } from "./ports";

/** Stands in a form for what must be new for each request, such as an assertion. */
interface Mark {
  text: string;
  /** Makes it real. */
  make: () => Promise<string>;
}

export interface MarkedRequest {
  request: DemoRequest;
  marks: readonly Mark[];
}

/** Sends a demo's first request. @returns the JSON object that answers it, and its status */
export type SendDemo = (request: DemoRequest, peer: Peer) => Promise<{ status: number; body: unknown }>;

/**
 * Makes a contract's demo request for a form. What works once is a mark in it, such as `{assertion}`, and becomes real when the form
 * is sent: so the form can be sent again, and showing it changes nothing.
 * @returns undefined if the demo makes no request from these facts, because this is no demonstration
 */
export async function makeMarkedRequest(
  contract: PlacedContract,
  ports: PlaygroundPorts,
  send: SendDemo,
  { peer, now }: { peer: Peer; now: number },
): Promise<MarkedRequest | undefined> {
  const { demo, issuer } = ports;
  const { id } = contract.demo.client;
  const marks: Mark[] = [];
  const mark = (name: string, make: Mark["make"]): string => {
    const same = marks.filter(({ text }) => text.startsWith(`{${name}`)).length;
    const text = same === 0 ? `{${name}}` : `{${name} ${same + 1}}`;
    if (demo === undefined) return "";
    marks.push({ text, make });
    return text;
  };
  const facts: DemoFacts = {
    ...describeDemo(id, issuer, demo),
    assertion: (audience) => mark("assertion", () => Promise.resolve(demo?.signAssertion?.(id, audience, now) ?? "")),
    code: (wish) => mark("code", () => makeCode(ports, { clientId: id, ...wish }, now)),
    readAnswer: (before, member) =>
      mark(member, async () => {
        const { status, body } = await send(before, peer);
        const value = typeof body === "object" && body !== null ? (body as Record<string, unknown>)[member] : undefined;
        if (typeof value !== "string") throw new DraftError(`{${member}} could not be made: ${before.path} answered ${status}.`);
        return value;
      }),
  };
  try {
    return { request: await contract.demo.request(facts), marks };
  } catch {
    return undefined;
  }
}

function describeDemo(clientId: string, issuer: string, demo: PlaygroundPorts["demo"]) {
  const user = demo?.user ?? { email: "", password: "", identityId: "" };
  return {
    url: issuer,
    issuer,
    clientId: demo === undefined ? "" : clientId,
    secret: demo?.secrets[clientId] ?? "",
    person: demo?.person ?? { email: "", password: "" },
    callback: toOwnRedirectUri(callbackPath, issuer),
    user: { ...user, identityType: "CORPORATE" as const },
  };
}

/** Makes an authorization code of the demo's person. */
async function makeCode(ports: PlaygroundPorts, wish: Parameters<typeof issueConsentedCode>[1], now: number): Promise<string> {
  const found = await ports.people.byEmail(ports.demo?.person?.email ?? "");
  if (found === undefined) throw new Error("the demonstration has no person");
  const code = makeSecret("authorization_code");
  await issueConsentedCode(ports, wish, { personId: found.person.id, passwordHash: found.passwordHash }, now, code);
  return code;
}

/** Puts what is new in place of the marks that a draft has. @throws DraftError if one cannot be made, Refusal, Unavailable */
export async function fillMarks(draft: Draft, marks: readonly Mark[]): Promise<Draft> {
  let filled = draft;
  for (const { text, make } of marks) {
    if (!Object.values(filled).some((value) => value?.includes(text))) continue;
    const real = await make();
    filled = Object.fromEntries(Object.entries(filled).map(([name, value]) => [name, value?.replaceAll(text, real)]));
  }
  return filled;
}
