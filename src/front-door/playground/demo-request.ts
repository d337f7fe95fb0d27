import { callbackPath, type DemoFacts, type DemoRequest, toOwnRedirectUri } from "../../contracts/demo";
import type { PlacedContract } from "../../contracts/wire";
import { type CodeWish, issueConsentedCode } from "../../pages/authorize/consented-code";
import type { PageRequest } from "../../pages/framework/page";
import { makeSecret } from "../../secrets/secret";
import { type Draft, DraftError } from "./draft";
import type { PlaygroundPorts } from "./ports";

/** Stands in a form for what must be new for each request, such as an assertion. */
export interface Mark {
  text: string;
  /** Makes it real. */
  make: () => Promise<string>;
}

export interface MarkedRequest {
  request: DemoRequest;
  /** Those that must be sent first, since their answers are in it. */
  before: readonly DemoRequest[];
  marks: readonly Mark[];
}

/** Sends a request that goes before a demo's own. @returns the JSON object that answers it, and its status */
export type SendDemo = (request: DemoRequest, marks: readonly Mark[]) => Promise<{ status: number; body: unknown }>;

/**
 * Makes a contract's demo request for a form. What works once is a mark in it, such as `{assertion}`, and becomes real when the form
 * is sent: so the form can be sent again, and showing it changes nothing.
 * @returns undefined if the demo makes no request from these facts, because this is no demonstration
 */
export async function makeMarkedRequest(
  contract: PlacedContract,
  ports: PlaygroundPorts,
  send: SendDemo,
  now: number,
): Promise<MarkedRequest | undefined> {
  const { demo, issuer } = ports;
  const { id } = contract.demo.client;
  const marks: Mark[] = [];
  const sentBefore: DemoRequest[] = [];
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
    readAnswer: (before, member) => {
      const known = [...marks];
      sentBefore.push(before);
      return mark(member, async () => {
        const { status, body } = await send(before, known);
        const value = typeof body === "object" && body !== null ? (body as Record<string, unknown>)[member] : undefined;
        if (typeof value !== "string") throw new DraftError(`{${member}} could not be made: ${before.path} answered ${status}.`);
        return value;
      });
    },
  };
  try {
    return { request: await contract.demo.request(facts), before: sentBefore, marks };
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

/** Makes an authorization code of the demo's person. @throws Refusal, Unavailable */
export async function makeCode(ports: PlaygroundPorts, wish: CodeWish, now: PageRequest["now"]): Promise<string> {
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
