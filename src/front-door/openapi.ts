import { inlineRefs } from "../http/inline-refs";
import type { Spec } from "../http/api";

/** The parts of an OpenAPI 3 document that the pages show. */
interface Document extends Spec {
  info?: { title?: string; description?: string };
  paths: Readonly<Record<string, Readonly<Record<string, OperationObject | undefined>> & { parameters?: unknown }>>;
}

interface OperationObject {
  operationId?: string;
  summary?: string;
  description?: string;
  parameters?: readonly ParameterObject[];
  requestBody?: { content?: Readonly<Record<string, MediaObject>> };
  responses?: Readonly<Record<string, ResponseObject>>;
}

interface MediaObject {
  schema?: SchemaObject;
  example?: unknown;
  examples?: Readonly<Record<string, { value?: unknown }>>;
}

export interface ParameterObject {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
}

export interface ResponseObject {
  description?: string;
  headers?: Readonly<Record<string, unknown>>;
  /** The vendor's document does not name the status. */
  "x-undocumented"?: boolean;
}

interface SchemaObject {
  type?: string;
  description?: string;
  properties?: Readonly<Record<string, SchemaObject>>;
  required?: readonly string[];
  allOf?: readonly SchemaObject[];
  anyOf?: readonly SchemaObject[];
  oneOf?: readonly SchemaObject[];
}

/** A member of a body. Required is what every form of the body requires. */
export interface BodyField {
  name: string;
  required: boolean;
  type: string;
  description: string;
}

export interface ShownOperation {
  id: string;
  method: string;
  path: string;
  summary: string;
  description: string;
  mediaType: string | undefined;
  parameters: readonly ParameterObject[];
  fields: readonly BodyField[];
  /** The first body that the document shows; undefined if it shows none. */
  example: unknown;
  responses: readonly (readonly [status: string, response: ResponseObject])[];
}

const methods = ["get", "put", "post", "delete", "patch"];

/** @returns the title and the description of a spec */
export function readInfo(spec: Spec): { title: string; description: string } {
  const { info = {} } = spec as Document;
  return { title: info.title ?? "", description: info.description ?? "" };
}

/** Lists what a spec says of each operation, with every reference replaced by its target. */
export function listShownOperations(spec: Spec): ShownOperation[] {
  return Object.entries(inlineRefs(spec as Document).paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [showOperation(method, path, operation, (item.parameters ?? []) as readonly ParameterObject[])];
    }),
  );
}

function showOperation(method: string, path: string, operation: OperationObject, shared: readonly ParameterObject[]): ShownOperation {
  const [[mediaType, media] = []] = Object.entries(operation.requestBody?.content ?? {});
  return {
    id: operation.operationId ?? "",
    method: method.toUpperCase(),
    path,
    summary: operation.summary ?? "",
    description: operation.description ?? "",
    mediaType,
    parameters: [...shared, ...(operation.parameters ?? [])],
    fields: listFields(media?.schema),
    example: media?.example ?? Object.values(media?.examples ?? {})[0]?.value,
    responses: Object.entries(operation.responses ?? {}),
  };
}

function listFields(schema: SchemaObject = {}): BodyField[] {
  const { properties = {}, required = [], allOf = [], anyOf = [], oneOf = [] } = schema;
  const own = Object.entries(properties).map(([name, { type = "any", description = "" }]) => ({
    name,
    required: required.includes(name),
    type,
    description,
  }));
  const forms = [...anyOf, ...oneOf].map(listFields);
  const inForms = forms.flat().map((field) => ({
    ...field,
    required: forms.every((form) => form.some(({ name, required: needed }) => name === field.name && needed)),
  }));
  const all = [...own, ...allOf.flatMap(listFields), ...inForms];
  return all.filter(({ name }, index) => all.findIndex((other) => other.name === name) === index);
}
