import type { Spec } from "./api";

/** Lower-case, as OpenAPI names them. */
const methods = ["get", "put", "post", "delete", "patch", "head", "options", "trace"] as const;

/** What must be known of an operation to mount it. */
export interface MountableOperation {
  id: string;
  path: string;
  method: (typeof methods)[number];
  /** The only media type that its body may have; undefined for an operation without a body. */
  mediaType: string | undefined;
  /** Whether the spec declares 406, the answer to a caller that does not accept JSON. */
  declaresNotAcceptable: boolean;
}

interface OperationObject {
  operationId: string;
  requestBody?: { content: Record<string, unknown> };
  responses: Record<string, unknown>;
}

/** Lists a spec's operations; codegen has made sure that each has an id and at most one request media type. */
export function listOperations(spec: Spec): MountableOperation[] {
  return Object.entries(spec.paths).flatMap(([path, item]: [string, Partial<Record<string, OperationObject>>]) =>
    methods.flatMap((method) => {
      const operation = item[method];
      if (operation === undefined) return [];
      return {
        id: operation.operationId,
        path,
        method,
        mediaType: Object.keys(operation.requestBody?.content ?? {})[0],
        declaresNotAcceptable: "406" in operation.responses,
      };
    }),
  );
}

/** The first path of a spec; a contract's spec has its token endpoint there. */
export function firstPath(spec: Spec): string {
  const [path = ""] = Object.keys(spec.paths);
  return path;
}
