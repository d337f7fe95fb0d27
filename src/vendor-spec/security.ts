import type { DecisionLog } from "./decision";
import type { OauthFlow, SecurityScheme } from "./document";
import { asArray, asObject, asStrings, asText, cutQuery, isObject, type JsonObject } from "./json";

interface Security {
  security: Record<string, string[]>[];
  securitySchemes: Record<string, SecurityScheme>;
}

/** Translates what the operation, or else the whole document, demands of a caller, and the schemes that this names. */
export function translateSecurity(
  operation: JsonObject,
  root: JsonObject,
  schemes: JsonObject,
  pointer: readonly string[],
  log: DecisionLog,
): Security {
  const demanded = asArray(operation.security ?? root.security).filter(isObject);
  const securitySchemes: Record<string, SecurityScheme> = {};
  const security: Record<string, string[]>[] = [];
  for (const demand of demanded) {
    const names = Object.keys(demand).filter((name) => name !== "__proto__");
    const known = names.filter((name) => {
      const scheme = translateScheme(asObject(schemes[name]));
      if (scheme !== undefined) securitySchemes[name] = scheme;
      else
        log.decide(
          [...pointer, "security"],
          "security",
          "left out",
          `${name}: OpenAPI 3.0 cannot describe this scheme, or the file does not`,
        );
      return scheme !== undefined;
    });
    if (known.length > 0 || names.length === 0) security.push(Object.fromEntries(known.map((name) => [name, []])));
  }
  return { security, securitySchemes };
}

function translateScheme(scheme: JsonObject): SecurityScheme | undefined {
  const text = asText(scheme.description);
  const description = text === undefined ? {} : { description: text };
  const place = asText(scheme.in);
  switch (scheme.type) {
    case "http":
      return { type: "http", scheme: (asText(scheme.scheme) ?? "basic").toLowerCase(), ...description };
    case "apiKey":
      if (place !== "query" && place !== "header" && place !== "cookie") return undefined;
      return { type: "apiKey", name: asText(scheme.name) ?? "api_key", in: place, ...description };
    case "oauth2":
      return { type: "oauth2", flows: translateFlows(asObject(scheme.flows)), ...description };
    case "openIdConnect":
      return { type: "openIdConnect", openIdConnectUrl: asText(scheme.openIdConnectUrl) ?? "/", ...description };
    default:
      return undefined;
  }
}

const flowUrls = {
  implicit: ["authorizationUrl"],
  password: ["tokenUrl"],
  clientCredentials: ["tokenUrl"],
  authorizationCode: ["authorizationUrl", "tokenUrl"],
};

function translateFlows(flows: JsonObject): Record<string, OauthFlow> {
  const kept = Object.entries(flowUrls).filter(([name]) => isObject(flows[name]));
  return Object.fromEntries(
    kept.map(([name, urls]) => {
      const flow = asObject(flows[name]);
      const scopes = Object.entries(asObject(flow.scopes)).map(([scope, text]) => [scope, asText(text) ?? scope] as const);
      const own = urls.map((url) => [url, asText(flow[url]) ?? "/"] as const);
      return [name, { ...Object.fromEntries(own), scopes: Object.fromEntries(scopes) }];
    }),
  );
}

/** Names the grants of the flows whose `tokenUrl` is this path: a file that does not list them elsewhere means these. */
export function listFlows(root: JsonObject, path: string): { grant: string; scopes: string[] }[] {
  const grants: Record<string, string> = {
    clientCredentials: "client_credentials",
    authorizationCode: "authorization_code",
    password: "password",
  };
  const schemes = Object.values(asObject(asObject(root.components).securitySchemes)).map(asObject);
  return schemes.flatMap((scheme) =>
    Object.entries(asObject(scheme.flows)).flatMap(([name, value]) => {
      const flow = asObject(value);
      const grant = grants[name];
      const isHere = cutQuery(asText(flow.tokenUrl) ?? "").endsWith(path);
      return grant !== undefined && isHere ? [{ grant, scopes: asStrings(Object.keys(asObject(flow.scopes))) }] : [];
    }),
  );
}
