import { variables } from "../clients/variables";
import { isNode, resolveNode, type SpecNode } from "../references";
import { listOperations } from "../spec-rules";
import type { CollectionRequest } from "./requests";

/** Makes a request for each operation of a service, from the first example of its spec. */
export function listServiceRequests(service: string, document: SpecNode): CollectionRequest[] {
  return listOperations(document).map(({ method, path, item, operation }) => {
    const schemes = listSchemes(document, operation);
    const parameters = [item.parameters, operation.parameters].flatMap((each) => (Array.isArray(each) ? (each as unknown[]) : []));
    const keys = parameters.flatMap((parameter) => {
      const { name, in: place, required } = resolveNode(document, parameter) ?? {};
      return place === "header" && required === true ? [[String(name), `{{${toVariable(String(name))}}}`] as const] : [];
    });
    const bearer = schemes.some(({ scheme }) => scheme === "bearer") ? { Authorization: "Bearer {{access_token}}" } : {};
    const body = findBody(document, operation);
    return {
      folder: service,
      name: String(operation.operationId),
      about: typeof operation.summary === "string" ? `${operation.summary}.` : "",
      method: method.toUpperCase(),
      url: `{{base_url}}${path}`,
      query: {},
      headers: { ...Object.fromEntries(keys), ...bearer },
      basic: schemes.some(({ scheme }) => scheme === "basic"),
      ...(body === undefined ? {} : { body }),
      keep: {},
    };
  });
}

function listSchemes(document: SpecNode, operation: SpecNode): SpecNode[] {
  const [first] = Array.isArray(operation.security) ? (operation.security as unknown[]) : [];
  const { securitySchemes: declared } = isNode(document.components) ? document.components : {};
  if (!isNode(first) || !isNode(declared)) return [];
  return Object.keys(first).flatMap((name): SpecNode[] => {
    const found = resolveNode(document, declared[name]);
    return found === undefined ? [] : [found];
  });
}

function findBody(document: SpecNode, operation: SpecNode): CollectionRequest["body"] {
  const content = resolveNode(document, operation.requestBody)?.content;
  const [entry] = Object.entries(isNode(content) ? content : {});
  if (entry === undefined) return undefined;
  const [type, media] = entry;
  if (!isNode(media)) return undefined;
  const [named] = isNode(media.examples) ? Object.values(media.examples) : [];
  const example = media.example ?? resolveNode(document, named)?.value ?? {};
  return { media: type.includes("json") ? "json" : "form", value: replaceKnown(example) };
}

/** Puts variables in the place of example values that differ from caller to caller. */
function replaceKnown(value: unknown, name = ""): unknown {
  if (isNode(value))
    return Object.fromEntries(Object.entries(value).map(([each, inner]) => [each, replaceKnown(inner, name === "password" ? name : each)]));
  const variable = toVariable(name);
  return known.includes(variable) ? `{{${variable}}}` : value;
}

const known = [...Object.values(variables).map(({ name }) => name), "access_token"];

/** `token` is the kept one. */
function toVariable(name: string): string {
  return name === "token" ? "access_token" : name.replaceAll("-", "_");
}
