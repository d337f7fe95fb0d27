import { type SpecNode, isNode } from "../references";
import type { Fault, Pointer } from "../spec-text";
import { extension, listVariables, variables } from "./variables";

const requestMembers = ["basic", "query", "headers", "body", "first", "assertion", "authorize"];
const places = ["token", "expiresIn", "expiresAt", "refreshToken"];

/** Finds what makes the `x-token-client` of an operation unusable. */
export function findClientFaults(where: string, operation: SpecNode, at: Pointer): Fault[] {
  if (!(extension in operation)) return [];
  const plan = operation[extension];
  const pointer = [...at, extension];
  const say = (message: string, ...below: string[]): Fault => ({
    pointer: [...pointer, ...below],
    message: `${where}: ${extension}: ${message}`,
  });
  if (!isNode(plan) || !isNode(plan.requests) || Object.keys(plan.requests).length === 0)
    return [say("has no requests; write one for each grant, such as `requests: { client_credentials: { basic: true } }`")];
  const requests = Object.entries(plan.requests).flatMap(([grant, request]) =>
    findRequestFaults(request).map((message) => say(`${grant}: ${message}`, "requests", grant)),
  );
  return [...requests, ...findAnswerFaults(plan.answer).map((message) => say(message, "answer"))];
}

function findRequestFaults(request: unknown): string[] {
  if (!isNode(request)) return ["is no object; write the members of the request, such as `body: { client_id: '{clientId}' }`"];
  const known = Object.keys(variables);
  const odd = Object.keys(request).filter((name) => !requestMembers.includes(name));
  const strange = [...new Set(listVariables(request).map(({ name }) => name))].filter((name) => !known.includes(name));
  return [
    ...odd.map((name) => `${name} is no member of a request; there are ${requestMembers.join(", ")}`),
    ...strange.map((name) => `{${name}} is no variable; there are ${known.join(", ")}`),
    ...(isNode(request.first) && (typeof request.first.path !== "string" || typeof request.first.take !== "string")
      ? ["first needs a path, and in take the place of the token in its answer, such as /token"]
      : []),
  ];
}

function findAnswerFaults(answer: unknown): string[] {
  if (!isNode(answer) || answer.token === undefined)
    return ["does not say where the token is; write `answer: { token: /access_token, expiresIn: /expires_in }`"];
  const odd = Object.keys(answer).filter((name) => !places.includes(name) && name !== "keepSeconds");
  const wrong = places.filter((name) => name in answer && !(typeof answer[name] === "string" && /^(?:\/|$)/.test(answer[name])));
  const { keepSeconds } = answer;
  return [
    ...odd.map((name) => `answer: ${name} is no member; there are ${places.join(", ")} and keepSeconds`),
    ...wrong.map((name) => `answer: ${name} is no JSON pointer; write one such as /access_token`),
    ...(keepSeconds === undefined || (typeof keepSeconds === "number" && keepSeconds > 0)
      ? []
      : ["answer: keepSeconds is no number of seconds; write one such as 900"]),
  ];
}
