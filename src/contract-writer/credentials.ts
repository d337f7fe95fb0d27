import type { AuthMethod } from "../engine/client";
import type { LocatedDecision } from "./decision";
import { resolveRef, type SecurityScheme } from "./document";
import type { Field, VendorRequest } from "./request";
import { findNamed, isNamed, joinWords } from "./words";

/** Where a request carries its credentials. */
export interface Credentials {
  methods: [AuthMethod, ...AuthMethod[]];
  clientId: Field | undefined;
  clientSecret: Field | undefined;
  /** Carries `clientId:secret` in one; `bearer` if it is the token of `Authorization: Bearer`. */
  key: Field | "bearer" | undefined;
  assertion: Field | undefined;
  assertionType: Field | undefined;
  /** Whether the certificate of the connection counts. */
  certificate: boolean;
}

const idNames = [
  ...["clientid", "appid", "applicationid", "clientkey", "appkey", "consumerkey", "consumerid", "apikeyid", "accesskeyid", "keyid"],
  ...[
    "apikey",
    "accesskey",
    "publickey",
    "key",
    "xclientid",
    "xapikey",
    "partnerid",
    "merchantid",
    "username",
    "user",
    "email",
    "login",
    "accountid",
    "id",
  ],
];
const secretNames = [
  ...["clientsecret", "appsecret", "applicationsecret", "consumersecret", "apisecret", "apikeysecret", "secretkey", "secretaccesskey"],
  ...["clientsecretkey", "accesskeysecret", "keysecret", "secret", "xclientsecret", "xapisecret", "password", "passwd", "privatekey"],
];
/** Beside HTTP Basic, which carries the client's own, these are a person's (RFC 6749 §4.3.2). */
const personNames = ["username", "password", "user", "login", "passwd"];
/** Names of a secret beside a client id, and of a whole credential without one. */
const keyNames = ["apikey", "xapikey", "accesskey", "apitoken", "key", "securitytoken"];

/** Infers how clients authenticate, from the security schemes of the operation and the names of its fields. */
export function inferCredentials(request: VendorRequest, decisions: LocatedDecision[]): Credentials {
  const schemes = listSchemes(request);
  const demandsBasic = schemes.some(isBasic);
  const given = request.fields.filter(
    (field) => field.in !== "path" && !isProjectKey(field) && !(demandsBasic && isNamed(field.name, personNames)),
  );
  const fields = [...given, ...listKeyHeaders(request, schemes)];
  const { clientId, clientSecret, key } = findSecret(fields);
  const assertion = findNamed(fields, ["clientassertion", "assertion"]);
  const basic = demandsBasic && clientSecret?.required !== true;
  const bearer = schemes.some(({ type, scheme }) => type === "http" && scheme?.toLowerCase() === "bearer");
  const found = { clientId, clientSecret, assertion, assertionType: findNamed(fields, ["clientassertiontype"]) };
  const certificate = mentionsCertificates(request, schemes);
  const onlyBearer = bearer && !basic && clientSecret === undefined && key === undefined && assertion === undefined;
  const posts = clientSecret !== undefined || key !== undefined || onlyBearer;
  const methods: AuthMethod[] = [
    ...(basic ? (["client_secret_basic"] as const) : []),
    ...(posts ? (["client_secret_post"] as const) : []),
    ...(assertion === undefined ? [] : (["private_key_jwt"] as const)),
  ];
  const [first = "client_secret_basic", ...others] = methods;
  const mutual: AuthMethod[] = certificate ? ["tls_client_auth", "self_signed_tls_client_auth"] : [];
  const credentials: Credentials = {
    ...found,
    methods: [first, ...others, ...mutual],
    key: onlyBearer ? "bearer" : key,
    certificate,
  };
  decisions.push(...explainCredentials(credentials, { basic, schemes, clientSecret }));
  return credentials;
}

/** An optional key in the URL names a project to a gateway; a secret does not belong there (RFC 6749 §2.3.1). */
function isProjectKey({ name, in: place, required }: Field): boolean {
  return place === "query" && !required && isNamed(name, keyNames);
}

interface FoundSecret {
  clientId?: Field | undefined;
  clientSecret?: Field | undefined;
  key?: Field | undefined;
}

function findSecret(fields: readonly Field[]): FoundSecret {
  const clientSecret = findNamed(fields, secretNames);
  if (clientSecret !== undefined) {
    const clientId = findNamed(
      fields.filter((field) => field !== clientSecret),
      idNames,
    );
    return clientId === undefined ? { key: clientSecret } : { clientId, clientSecret };
  }
  const key = findNamed(fields, keyNames);
  const clientId = findNamed(
    fields.filter((field) => field !== key),
    idNames,
  );
  if (key === undefined) return { clientId };
  return clientId === undefined ? { key } : { clientId, clientSecret: key };
}

function listSchemes({ document, operation }: VendorRequest): SecurityScheme[] {
  const demanded = (operation.security ?? document.security ?? []).flatMap((each) => Object.keys(each));
  const declared = document.components?.securitySchemes ?? {};
  return [...new Set(demanded)].flatMap((name) => (declared[name] === undefined ? [] : [resolveRef(document, declared[name])]));
}

function isBasic({ type, scheme, name, description = "" }: SecurityScheme): boolean {
  if (type === "http") return scheme?.toLowerCase() === "basic";
  return type === "apiKey" && isNamed(name ?? "", ["authorization"]) && !/bearer|signature|hmac/i.test(description);
}

/** The headers and query parameters that security schemes declare: each is a key, whatever its name is. */
function listKeyHeaders(request: VendorRequest, schemes: readonly SecurityScheme[]): Field[] {
  return schemes.flatMap(({ type, name, in: place }): Field[] => {
    if (type !== "apiKey" || name === undefined || isNamed(name, ["authorization"])) return [];
    if (place !== "header" && place !== "query") return [];
    if (request.fields.some((field) => field.name.toLowerCase() === name.toLowerCase())) return [];
    const renamed = isNamed(name, [...idNames, ...secretNames, ...keyNames]) ? name : "apikey";
    return [{ name: renamed, wire: name, in: place, schema: { type: "string" }, required: false, shown: [] }];
  });
}

function mentionsCertificates({ operation }: VendorRequest, schemes: readonly SecurityScheme[]): boolean {
  const text = [operation.description, operation.summary, ...schemes.map(({ type, description = "" }) => `${type} ${description}`)];
  return /mutual.?tls|\bmtls\b|client certificate|tls_client_auth/i.test(text.join(" "));
}

interface Reasons {
  basic: boolean;
  schemes: readonly SecurityScheme[];
  clientSecret: Field | undefined;
}

function explainCredentials(credentials: Credentials, { basic, schemes, clientSecret }: Reasons): LocatedDecision[] {
  const { methods, clientId, key, assertion, certificate } = credentials;
  const why = [
    ...(basic ? ["the operation demands HTTP Basic"] : []),
    ...(clientSecret === undefined ? [] : [`${clientSecret.wire} and ${clientId === undefined ? "" : clientId.wire} are fields`]),
    ...(clientSecret?.required === true && schemes.some(isBasic) ? ["Basic is left out because the secret is a required field"] : []),
    ...(key === undefined ? [] : [`${key === "bearer" ? "the bearer token" : key.wire} is the only credential`]),
    ...(assertion === undefined ? [] : [`${assertion.name} is a field`]),
    ...(certificate ? ["the text speaks of mutual TLS"] : []),
  ];
  const none = "nothing in the file says how clients authenticate, and RFC 6749 §2.3.1 obliges a server to take Basic";
  const decisions: LocatedDecision[] = [
    {
      what: "credentials",
      value: methods.join(", "),
      why: why.length === 0 || (!basic && methods[0] === "client_secret_basic") ? none : joinWords(why),
      at: { file: "policy", text: "authMethods:" },
    },
  ];
  if (key !== undefined) {
    const name = key === "bearer" ? "the bearer token" : key.wire;
    const reason = "a client has an id and a secret here, and the request has one field for both";
    decisions.push({ what: "key", value: `${name} carries clientId:secret`, why: reason, at: { file: "read", text: "splitKey(" } });
  }
  return decisions;
}
