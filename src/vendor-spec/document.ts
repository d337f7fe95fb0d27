/** The OpenAPI 3.0.3 document that this room makes: plain data, with what a written contract may hold and no more. */

/** The methods that a token endpoint can have, in lower case as OpenAPI writes them. */
export const methods = ["get", "post", "put", "patch", "delete"] as const;

export type HttpMethod = (typeof methods)[number];

export interface Schema {
  $ref?: string;
  type?: "string" | "number" | "integer" | "boolean" | "object" | "array";
  title?: string;
  description?: string;
  format?: string;
  nullable?: boolean;
  enum?: unknown[];
  default?: unknown;
  example?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  not?: Schema;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: boolean;
  exclusiveMaximum?: boolean;
  multipleOf?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minProperties?: number;
  maxProperties?: number;
  readOnly?: boolean;
  writeOnly?: boolean;
  deprecated?: boolean;
}

export interface Parameter {
  name: string;
  in: "query" | "header" | "path" | "cookie";
  description: string;
  required?: boolean;
  schema: Schema;
  example?: unknown;
}

export interface Media {
  schema: Schema;
  example?: unknown;
}

export interface Header {
  description: string;
  required?: boolean;
  schema: Schema;
}

export interface ResponseObject {
  description: string;
  headers?: Record<string, Header>;
  /** One media type, application/json; missing for an answer without a body. */
  content?: Record<string, Media>;
  "x-undocumented"?: true;
}

export interface Operation {
  tags: string[];
  operationId: string;
  summary: string;
  description: string;
  security: Record<string, string[]>[];
  parameters?: Parameter[];
  /** One media type: application/x-www-form-urlencoded or application/json. */
  requestBody?: { required: boolean; description: string; content: Record<string, Media> };
  responses: Record<string, ResponseObject>;
}

export type SecurityScheme =
  | { type: "http"; scheme: string; bearerFormat?: string; description?: string }
  | { type: "apiKey"; name: string; in: "query" | "header" | "cookie"; description?: string }
  | { type: "oauth2"; flows: Record<string, OauthFlow>; description?: string }
  | { type: "openIdConnect"; openIdConnectUrl: string; description?: string };

export interface OauthFlow {
  authorizationUrl?: string;
  tokenUrl?: string;
  refreshUrl?: string;
  scopes: Record<string, string>;
}

export interface OpenApiDocument {
  openapi: "3.0.3";
  info: { title: string; version: string; description: string; contact: { name: string }; license: { name: string } };
  servers: [{ url: "/" }];
  tags: [{ name: string; description: string }];
  paths: Record<string, Partial<Record<HttpMethod, Operation>>>;
  components: { schemas: Record<string, Schema>; securitySchemes?: Record<string, SecurityScheme> };
}
