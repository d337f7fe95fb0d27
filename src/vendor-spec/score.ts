import { asArray, asObject, asText, cutQuery, type JsonObject } from "./json";
import type { Located, Looker } from "./look";

/** How much an operation looks like a token endpoint. */
export interface Score {
  points: number;
  /** Whether anything says so beside names: a grant_type, a token in the answer, a tokenUrl. */
  essential: boolean;
  reasons: string[];
}

interface OperationLook {
  looker: Looker;
  location: string;
  path: string;
  method: string;
  item: JsonObject;
  operation: JsonObject;
  /** What the security schemes of the document name as token endpoints (RFC 6749 §3.2). */
  tokenUrls: readonly string[];
}

const accessToken = /^(?:access[_-]?token|accessToken)$/i;
const otherToken = /^(?:token|id_?token|auth_?token|bearer_?token|api_?token|jwt|jwt_?token|session_?token|authentication_?token)$/i;
const credential =
  /^(?:client_?id|client_?secret|client_?assertion|assertion|secret|api_?key|user_?name|password|code|refresh_?token|scopes?)$/i;
const otherPurpose =
  /revoke|revocation|introspect|user-?info|token-?info|tokens?\/(?:info|verify|validate|check)|logout|log-out|sign-?out|invalidate|delete|register|authorize|device_?auth/i;

/** Scores an operation by its request, its success, its path, and the `tokenUrl`s of the document. */
export async function scoreOperation(look: OperationLook): Promise<Score> {
  const score: Score = { points: 0, essential: false, reasons: [] };
  const add = (points: number, reason: string, essential = false): void => {
    score.points += points;
    if (points > 0) score.reasons.push(reason);
    score.essential ||= essential;
  };
  scoreNames(look, add);
  const asked = await listRequestNames(look);
  if (asked.some((name) => /^grant_?type$/i.test(name))) add(5, "the request has grant_type", true);
  const credentials = asked.filter((name) => credential.test(name));
  if (credentials.length > 0) add(1, `the request has ${credentials.slice(0, 2).join(" and ")}`);
  const given = await listSuccessNames(look);
  const token = given.find((name) => accessToken.test(name)) ?? given.find((name) => otherToken.test(name));
  if (token !== undefined) add(accessToken.test(token) ? 4 : 2, `the answer has ${token}`, true);
  return score;
}

function scoreNames(
  { path, method, operation, tokenUrls }: OperationLook,
  add: (points: number, reason: string, essential?: boolean) => void,
): void {
  const url = cutQuery(path);
  if (url !== "/" && tokenUrls.some((tokenUrl) => trimUrl(tokenUrl).endsWith(url))) add(4, "a security scheme names it as tokenUrl", true);
  if (/token\/?$/i.test(url)) add(2, "its path ends in token");
  else if (/token/i.test(url)) add(1, "its path has token");
  if (/oauth|auth|login|log-in|sign-?in|session/i.test(url)) add(1, "its path has auth, login or session");
  if (method === "post") add(1, "POST");
  else if (method !== "get") add(-3, "another method");
  const names = `${path} ${asText(operation.operationId) ?? ""}`;
  if (otherPurpose.test(names)) add(-8, "another purpose");
  if (/refresh/i.test(names)) add(-3, "refresh alone");
}

function trimUrl(url: string): string {
  return cutQuery(url).replace(/\/$/, "");
}

async function listRequestNames({ looker, location, item, operation }: OperationLook): Promise<string[]> {
  const body = await looker.findBodyProperties({ node: operation.requestBody, location });
  const parameters = [...asArray(item.parameters), ...asArray(operation.parameters)];
  const named = await Promise.all(parameters.map(async (node) => asObject((await looker.follow({ node, location })).node)));
  return [...body.keys(), ...named.filter((parameter) => parameter.in === "query").map(({ name }) => asText(name) ?? "")];
}

async function listSuccessNames({ looker, location, operation }: OperationLook): Promise<string[]> {
  const responses = asObject(operation.responses);
  const success = Object.keys(responses).filter((status) => /^2/.test(status));
  const statuses = success.length > 0 ? success : ["default"];
  const found = await Promise.all(
    statuses.map((status) => looker.findBodyProperties({ node: responses[status], location } satisfies Located)),
  );
  return found.flatMap((names) => [...names.keys()]);
}
