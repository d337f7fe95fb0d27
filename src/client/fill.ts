import type { RequestTemplate, Template } from "./plan";

/** The values of variables. */
export type Variables = Readonly<Record<string, string | undefined>>;

const whole = /^\{(\w+)(\[\])?(\?)?\}$/;

/**
 * Puts values in the place of variables.
 * @returns undefined for a member that is to be left out
 * @throws Error naming a variable that has no value
 */
export function fill(template: Template, variables: Variables): unknown {
  if (Array.isArray(template)) return template.map((each: Template) => fill(each, variables));
  if (typeof template === "object" && template !== null) return fillMembers(template as Record<string, Template>, variables);
  if (typeof template !== "string") return template;
  const [, name = "", list, optional] = whole.exec(template) ?? [];
  if (optional !== undefined && variables[name] === undefined) return undefined;
  if (list !== undefined) return demand(name, variables).split(" ");
  if (optional !== undefined) return variables[name];
  return template.replaceAll(/\{(\w+)\}/g, (_found, each: string) => demand(each, variables));
}

/** Fills the members of an object, those left out excepted. */
function fillMembers(template: Readonly<Record<string, Template>>, variables: Variables): Record<string, unknown> {
  const filled = Object.entries(template).map(([name, each]): [string, unknown] => [name, fill(each, variables)]);
  return Object.fromEntries(filled.filter(([, value]) => value !== undefined));
}

function demand(name: string, variables: Variables): string {
  const value = variables[name];
  if (value === undefined) throw new Error(`${name} is missing: give it to the factory of the client, or to \`exchange\``);
  return value;
}

/** Puts values in the place of a path's parameters. */
export function fillPath(path: string, variables: Variables): string {
  return path.replaceAll(/\{(\w+)\}/g, (_found, name: string) => encodeURIComponent(demand(name, variables)));
}

/** Makes the request of a template. @param url without the query */
export function makeRequest(
  url: string,
  template: RequestTemplate & { method: string; media: "json" | "form" },
  variables: Variables,
): Request {
  const { basic, query = {}, headers = {}, body, media, method } = template;
  const own = new Headers(fillMembers(headers, variables) as Record<string, string>);
  if (basic === true) own.set("Authorization", `Basic ${encodeBasic(demand("clientId", variables), demand("clientSecret", variables))}`);
  const search = new URLSearchParams(fillMembers(query, variables) as Record<string, string>).toString();
  const content = body === undefined ? undefined : fill(body, variables);
  if (content !== undefined && media === "json") own.set("Content-Type", "application/json");
  // No redirect is followed: it could take the credentials in headers and body to another server.
  const init = { method, headers: own, redirect: "manual", ...encodeBody(content, media) } as const;
  return new Request(search === "" ? url : `${url}?${search}`, init);
}

function encodeBody(content: unknown, media: "json" | "form"): { body?: string | URLSearchParams } {
  if (content === undefined) return {};
  return { body: media === "json" ? JSON.stringify(content) : new URLSearchParams(content as Record<string, string>) };
}

/** RFC 7617 §2.1: UTF-8. */
function encodeBasic(user: string, password: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(`${user}:${password}`)));
}
