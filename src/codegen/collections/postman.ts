import { type Collection, type CollectionRequest, formatUrl, listCollectionVariables } from "./requests";
import { writePostmanSigning, writePostmanTests } from "./scripts";

const schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";

/** Writes a collection in Postman's format 2.1. */
export function writePostmanCollection(collection: Collection): string {
  const { name, about, requests } = collection;
  const variables = listCollectionVariables(collection).map((each) => `* \`${each.name}\`: ${each.about}`);
  const description = [about, "", "Variables of the environment:", "", ...variables].join("\n");
  const groups = [...new Set(requests.map(({ folder }) => folder))];
  const item = groups.map((folder) => ({ name: folder, item: requests.filter((each) => each.folder === folder).map(writeItem) }));
  return `${JSON.stringify({ info: { name: `Polymint, ${name}`, description, schema }, item }, null, 2)}\n`;
}

/** Writes the environment of a collection, with values that a person replaces. */
export function writePostmanEnvironment(collection: Collection): string {
  const values = listCollectionVariables(collection).map(({ name, value, isSecret, about }) => {
    return { key: name, value, type: isSecret ? "secret" : "default", enabled: true, description: about };
  });
  return `${JSON.stringify({ name: `Polymint, ${collection.name}`, values, _postman_variable_scope: "environment" }, null, 2)}\n`;
}

function writeItem(request: CollectionRequest): object {
  const { name, about, method, url, query, headers, basic, body, claims } = request;
  const search = toPairs(query);
  const [host = "", ...path] = url.split("/");
  return {
    name,
    event: [
      ...(claims === undefined ? [] : [{ listen: "prerequest", script: { type: "text/javascript", exec: writePostmanSigning(claims) } }]),
      { listen: "test", script: { type: "text/javascript", exec: writePostmanTests(request) } },
    ],
    request: {
      description: about,
      method,
      header: toPairs({ ...headers, ...(body?.media === "json" ? { "Content-Type": "application/json" } : {}) }),
      url: { raw: formatUrl(request), host: [host], path, ...(search.length > 0 && { query: search }) },
      auth: basic
        ? { type: "basic", basic: [makeText("username", "{{client_id}}"), makeText("password", "{{client_secret}}")] }
        : { type: "noauth" },
      ...(body === undefined ? {} : { body: writeBody(body) }),
    },
  };
}

function makeText(key: string, value: string): object {
  return { key, value, type: "string" };
}

function writeBody({ media, value }: NonNullable<CollectionRequest["body"]>): object {
  if (media === "json") return { mode: "raw", raw: JSON.stringify(value, null, 2), options: { raw: { language: "json" } } };
  return { mode: "urlencoded", urlencoded: toPairs(value as Record<string, unknown>) };
}

function toPairs(members: Readonly<Record<string, unknown>>): object[] {
  return Object.entries(members).map(([name, value]) => {
    const disabled = name.startsWith("~");
    return { key: disabled ? name.slice(1) : name, value: String(value), ...(disabled && { disabled }) };
  });
}
