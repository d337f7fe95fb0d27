/** The methods of HTTP that OpenAPI 3.0 knows, in lower case as it writes them (OpenAPI 3.0.3, Path Item Object). */
const httpMethods = ["get", "put", "post", "delete", "patch", "head", "options", "trace"] as const;

type HttpMethod = (typeof httpMethods)[number];

/** @returns whether a member of a path item is an operation */
export function isHttpMethod(name: string): name is HttpMethod {
  return (httpMethods as readonly string[]).includes(name);
}
