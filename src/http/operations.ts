import type { Spec } from "./api";

/** One operation of a spec, as far as mounting it needs to know. */
export interface MountableOperation {
  id: string;
  path: string;
  /** Lower-case. */
  method: string;
  /** The one media type its body may have; undefined for an operation without a body. */
  mediaType: string | undefined;
  /** Whether the spec has an answer for a caller that does not accept JSON. */
  declaresNotAcceptable: boolean;
}

const methods = ["get", "put", "post", "delete", "patch", "head", "options", "trace"] as const;

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
