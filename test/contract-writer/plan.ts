import type { OpenApiDocument, Operation, ResponseObject, Schema } from "../../src/contract-writer/document";
import { type ContractPlan, planContract } from "../../src/contract-writer/plan";

export interface OperationParts {
  /** Members of the body, or a whole schema. */
  body?: Record<string, Schema>;
  required?: string[];
  /** Members of the success. */
  success?: Record<string, Schema>;
  successRequired?: string[];
  /** The members of each error, by status; null for one without a body. */
  errors?: Record<string, Record<string, Schema> | null>;
  errorsRequired?: string[];
  operation?: Partial<Operation>;
  securitySchemes?: Record<string, { type: string; scheme?: string; name?: string; in?: string }>;
  path?: string;
}

export const text: Schema = { type: "string" };

function makeObject(properties: Record<string, Schema>, required: string[] = []): Schema {
  return { type: "object", properties, ...(required.length > 0 && { required }) };
}

function answer(schema: Schema | undefined): ResponseObject {
  return { description: "An answer.", ...(schema && { content: { "application/json": { schema } } }) };
}

/** Plans a contract of a document with one operation. By default that is as RFC 6749 has it. */
export function plan(parts: OperationParts): ContractPlan {
  const { path = "/oauth/token", body = { client_id: text, client_secret: text }, errors = {} } = parts;
  const success = parts.success ?? { access_token: text, token_type: text, expires_in: { type: "integer" } };
  const operation: Operation = {
    operationId: "issueAcmeToken",
    description: "Issues a token.",
    security: Object.keys(parts.securitySchemes ?? {}).map((name) => ({ [name]: [] })),
    requestBody: { required: true, content: { "application/json": { schema: makeObject(body, parts.required) } } },
    responses: {
      "200": answer(makeObject(success, parts.successRequired)),
      ...Object.fromEntries(
        Object.entries(errors).map(([status, members]) => [
          status,
          answer(members === null ? undefined : makeObject(members, parts.errorsRequired)),
        ]),
      ),
    },
    ...parts.operation,
  };
  const document: OpenApiDocument = {
    openapi: "3.0.3",
    info: { title: "Acme", version: "1" },
    paths: { [path]: { post: operation } },
    components: { securitySchemes: parts.securitySchemes ?? {} },
  };
  return planContract({ name: "acme", document, method: "post", path, decisions: [] });
}

/** What was decided, by what it is about. */
export function decided({ decisions }: ContractPlan, what: string): string | undefined {
  return decisions.find((decision) => decision.what === what)?.value;
}
