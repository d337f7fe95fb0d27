import { asObject, asText, type JsonObject } from "./json";

export const form = "application/x-www-form-urlencoded";
export const json = "application/json";

/** What one side of an operation sends, as one media type of the two that the server speaks. */
export interface ChosenMedia {
  type: typeof form | typeof json;
  schema: unknown;
  example: unknown;
  /** As the vendor named it. */
  vendorType: string;
}

/** Finds what a reference in the bundled document leads to. */
type Follow = (node: unknown) => JsonObject;

/** Chooses the media type of a request: a form before JSON (RFC 6749 §4.4.2), and what can be sent as one of them. */
export function chooseRequestMedia(content: JsonObject, follow: Follow): ChosenMedia | undefined {
  return (
    choose(content, follow, form, (type) => type === form) ??
    choose(content, follow, json, isJson) ??
    choose(content, follow, form, (type) => type.endsWith("/form-data")) ??
    choose(content, follow, form, (type) => type === "application/*")
  );
}

/** Chooses the media type of an answer, which is JSON here. */
export function chooseResponseMedia(content: JsonObject, follow: Follow): ChosenMedia | undefined {
  return choose(content, follow, json, (type) => type === json) ?? choose(content, follow, json, isJson);
}

function choose(
  content: JsonObject,
  follow: Follow,
  type: ChosenMedia["type"],
  accepts: (type: string) => boolean,
): ChosenMedia | undefined {
  const vendorType = Object.keys(content).find((key) => accepts(normalizeType(key)));
  if (vendorType === undefined) return undefined;
  const media = asObject(content[vendorType]);
  const examples = Object.values(asObject(media.examples)).map((example) => follow(example).value);
  return { type, schema: media.schema, example: media.example ?? examples.find((example) => example !== undefined), vendorType };
}

function isJson(type: string): boolean {
  return (
    type === json || type === "*/*" || type === "text/json" || /^application\/(?:[\w.-]+\+)?json$/.test(type) || type === "application/*"
  );
}

function normalizeType(type: string): string {
  return asText(type.split(";")[0])?.toLowerCase() ?? "";
}
