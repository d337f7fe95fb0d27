import type { AnswerTemplate, GrantTemplate, TokenPlan } from "../../client/plan";
import { type SpecNode, isNode, resolveNode } from "../references";
import { listOperations } from "../spec-rules";
import { describeVariable, extension, listVariables } from "./variables";

/** How a contract is asked for tokens. */
export interface ClientPlan extends TokenPlan {
  operationId: string;
}

/** As it stands in the spec. */
type WrittenRequest = Omit<GrantTemplate, "needs" | "given"> & { authorize?: string };

/** @returns the plan of the first operation that has one; undefined for a spec without */
export function readClientPlan(document: SpecNode, prefix: string): ClientPlan | undefined {
  const found = listOperations(document).find(({ operation }) => isNode(operation[extension]));
  if (found === undefined) return undefined;
  const { method, path, operation } = found;
  // `findClientFaults` has checked it.
  const { requests, answer } = operation[extension] as { requests: Record<string, WrittenRequest>; answer: AnswerTemplate };
  const authorize = Object.values(requests).find((request) => request.authorize !== undefined)?.authorize;
  const content = resolveNode(document, operation.requestBody)?.content;
  return {
    operationId: String(operation.operationId),
    method: method.toUpperCase(),
    path,
    prefix,
    media: Object.keys(isNode(content) ? content : {}).some((type) => type.includes("json")) ? "json" : "form",
    requests: Object.fromEntries(Object.entries(requests).map(([grant, request]) => [grant, completeRequest(path, request)])),
    answer,
    ...(authorize === undefined ? {} : { authorize }),
  };
}

function completeRequest(path: string, { authorize: _authorize, ...request }: WrittenRequest): GrantTemplate {
  const listed = listVariables({ path, ...request });
  const used = [...new Set(listed.map(({ name }) => name))].filter((name) => name !== "loginToken");
  const isOptional = (wanted: string): boolean => listed.every(({ name, optional }) => name !== wanted || optional);
  return {
    needs: used.filter((name) => describeVariable(name).once !== true && !isOptional(name)),
    given: used.filter((name) => describeVariable(name).once === true),
    ...request,
  };
}

/** Returns a copy without the plans. The validator would take a member `id` in them for the id of a JSON schema. */
export function dropClientPlans(document: SpecNode): SpecNode {
  const copy = structuredClone(document);
  for (const { operation } of listOperations(copy)) Reflect.deleteProperty(operation, extension);
  return copy;
}
