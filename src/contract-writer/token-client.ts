import type { AnswerTemplate, RequestTemplate, Template } from "../client/plan";
import { extension } from "../codegen/clients/variables";
import type { OfferedGrant } from "./grants";
import type { ContractPlan } from "./plan";
import type { Field } from "./request";
import { assertionType, inventValue } from "./write-demo";

/** Says in the operation of the spec how a typed client asks for tokens, from which codegen makes the client and the collections. */
export function addTokenClient(plan: ContractPlan): void {
  const { operation, path, method } = plan.request;
  const offered = Object.entries(plan.grants.offered);
  const requests = Object.fromEntries(offered.map(([word, grant]) => [grant, makeRequest(plan, word, grant)]));
  Object.assign(operation, { [extension]: { requests, answer: makeAnswer(plan) } });
  const value = `getToken, ${offered.map(([, grant]) => grant).join(", ")}`;
  plan.decisions.push({
    what: "typed client",
    value,
    why: "from the credentials, grants and success above",
    at: { file: "spec", pointer: ["paths", path, method, extension] },
  });
}

function makeRequest(plan: ContractPlan, word: string, grant: OfferedGrant): RequestTemplate & { authorize?: string } {
  const { request, credentials } = plan;
  const values = listValues(plan, word, grant);
  const undeclared = [...values.keys()].filter((field) => !request.fields.includes(field));
  const placed = [...request.fields, ...undeclared].flatMap((field): { field: Field; value: Template }[] => {
    const value = values.get(field) ?? (inventValue(plan, field) as Template | undefined);
    return value === undefined ? [] : [{ field, value }];
  });
  const at = (place: Field["in"]): Record<string, Template> =>
    Object.fromEntries(placed.filter(({ field }) => field.in === place).map(({ field, value }) => [field.wire, value]));
  const bearer: Record<string, Template> = credentials.key === "bearer" ? { Authorization: "Bearer {clientId}:{clientSecret}" } : {};
  const [query, headers] = [at("query"), { ...at("header"), ...bearer }];
  const body = request.wrapper.reduceRight<Template>(
    (inner, { name, beside }) => ({ ...(beside as Record<string, Template>), [name]: inner }),
    at("body"),
  );
  return {
    ...(grant === "authorization_code" ? { authorize: "/authorize" } : {}),
    ...(credentials.methods[0] === "client_secret_basic" ? { basic: true } : {}),
    ...(Object.keys(query).length === 0 ? {} : { query }),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(request.mediaType === undefined ? {} : { body }),
  };
}

/** The fields that the engine reads, with their variables. */
function listValues({ credentials, grants }: ContractPlan, word: string, grant: OfferedGrant): Map<Field, Template> {
  const values = new Map<Field, Template>();
  const set = (field: Field | "bearer" | undefined, value: Template): unknown =>
    field !== undefined && field !== "bearer" && values.set(field, value);
  const { fields } = grants;
  const [method] = credentials.methods;
  const usesBasic = method === "client_secret_basic";
  if (!usesBasic || credentials.clientId?.required === true) set(credentials.clientId, "{clientId}");
  if (!usesBasic) set(credentials.key, "{clientId}:{clientSecret}");
  if (method === "client_secret_post") set(credentials.clientSecret, "{clientSecret}");
  if (method === "private_key_jwt") {
    set(credentials.assertion, "{assertion}");
    set(credentials.assertionType, (credentials.assertionType?.schema.enum?.[0] ?? assertionType) as string);
  }
  set(fields.grantType, word);
  const { scope } = fields;
  const isNeeded = scope?.required === true;
  if (isNeeded || grant === "client_credentials")
    set(scope, scope?.schema.type === "array" ? "{scope[]}" : isNeeded ? "{scope}" : "{scope?}");
  if (grant === "authorization_code") {
    set(fields.code, "{code}");
    set(fields.redirectUri, "{redirectUri}");
    set(fields.codeVerifier, "{codeVerifier}");
  }
  if (grant === "refresh_token") set(fields.refreshToken, "{refreshToken}");
  if (grant === "device_code") set(fields.deviceCode, "{deviceCode}");
  return values;
}

function makeAnswer({ success, policy, grants }: ContractPlan): AnswerTemplate {
  const { accessToken = "", expiresIn, expiresAt, refreshToken } = success.places;
  const refreshes = Object.values(grants.offered).includes("refresh_token") && refreshToken !== undefined;
  return {
    token: accessToken,
    ...(expiresIn !== undefined && success.lifetime.unit === 1 ? { expiresIn } : {}),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...((expiresIn ?? expiresAt) === undefined || success.lifetime.unit !== 1 ? { keepSeconds: policy.lifetimeSeconds } : {}),
    ...(refreshes ? { refreshToken } : {}),
  };
}
