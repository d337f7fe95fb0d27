import type { RefusalCode } from "../engine/refusal";
import { type Entry, toObject, toSource, usesName } from "./code";
import type { ContractPlan, ErrorGroup } from "./plan";
import { listEngineHeaders } from "./statuses";

/** Writes `refuse.ts`: a table from refusals to answers, and the bodies and headers of the answers. */
export function writeRefuse(plan: ContractPlan, kit: string): string {
  const { name, operationId, errors, grants } = plan;
  const bodies = errors.filter(({ body }) => body !== undefined);
  // A refusal that is answered without a body has no columns, so the body is written where its statuses are known.
  const several = errors.length > 1;
  const functions = several ? bodies.map(writeBodyFunction).join("\n") : "";
  const grantType = grants.fields.grantType?.schema.enum === undefined ? undefined : grants.fields.grantType.wire;
  const constant =
    several || bodies[0] === undefined
      ? ""
      : `const body: Extract<Reply, { status: ${listStatuses(bodies[0])} }>["body"] = ${bodies[0].body?.source ?? ""};\n`;
  const common = listCommonHeaders(plan);
  const headers = `const headers = ${toObject(common)} as const;\n`;
  const cases = writeCases(plan, common, several);
  const inner = `${constant}${headers}${cases}`;
  const exchange = usesName(inner, "exchange");
  const whole = `${inner}${functions}`;
  const helpers = ["basicChallenge", "describeRefusal", "formatRetryAfter", "nameStatus", "nameUnknownGrant", "tellTime"].filter(
    (helper) => usesName(whole, helper) || (helper === "nameUnknownGrant" && grantType !== undefined),
  );
  const imports = [
    ...helpers,
    ...(usesName(whole, "exchange") ? ["type Exchange"] : []),
    "type Refusal",
    "type RefusalCode",
    "type RefusedReply",
  ];
  const columns = [...new Set(bodies.flatMap(({ body }) => body?.columns.map((column) => column.name) ?? []))];
  return `import type { operations } from "../../../generated/${name}";
import { ${imports.join(", ")} } from ${JSON.stringify(kit)};

type Reply = RefusedReply<operations["${operationId}"]>;

interface Answer {
  status: Reply["status"];
  ${columns.map((column) => `${toObject([{ name: column, value: "x" }]).slice(2, -5)}?: string | number;`).join("\n")}
}

/** How each refusal is answered. */
const answers = ${writeAnswers(plan)} as const satisfies Record<RefusalCode, Answer>;

export function refuse(${grantType === undefined ? "refusal" : "given"}: Refusal${exchange ? ", exchange: Exchange" : ""}): Reply {
  ${grantType === undefined ? "" : `const refusal = nameUnknownGrant(given, ${JSON.stringify(grantType)});`}
  const answer = answers[refusal.code];
  ${inner}
}
${functions === "" ? "" : `\ntype AnswerOf<Status> = Extract<(typeof answers)[RefusalCode], { status: Status }>;\n\n${functions}`}`;
}

function listStatuses({ statuses }: ErrorGroup): string {
  return statuses.join(" | ");
}

function nameBody({ statuses }: ErrorGroup): string {
  return `describe${statuses[0] ?? ""}`;
}

const bodyArguments = [
  { name: "answer", type: (group: ErrorGroup) => `AnswerOf<${listStatuses(group)}>` },
  { name: "refusal", type: () => "Refusal" },
  { name: "exchange", type: () => "Exchange" },
];

function listArguments(group: ErrorGroup): typeof bodyArguments {
  return bodyArguments.filter(({ name }) => usesName(group.body?.source ?? "", name));
}

function writeBodyFunction(group: ErrorGroup): string {
  const parameters = listArguments(group).map(({ name, type }) => `${name}: ${type(group)}`);
  return `function ${nameBody(group)}(${parameters.join(", ")}): Extract<Reply, { status: ${listStatuses(group)} }>["body"] {
  return ${group.body?.source ?? ""};
}
`;
}

function writeAnswers({ refusals, errors }: ContractPlan): string {
  const entries = Object.entries(refusals).map(([code, status]) => {
    const group = errors.find(({ statuses }) => statuses.includes(status));
    const columns = (group?.body?.columns ?? []).map(({ name, valueOf }) => ({
      name,
      value: toSource(valueOf(code as RefusalCode, status)),
    }));
    return { name: code, value: toObject([{ name: "status", value: String(status) }, ...columns]) };
  });
  return toObject(entries).replace("{ ", "{\n");
}

/** The headers of every error answer. */
function listCommonHeaders({ errors, vendorHeaders }: ContractPlan): Entry[] {
  const lists = errors.flatMap(({ statuses }) => statuses.map((status) => vendorHeaders.get(status) ?? []));
  const [first = [], ...others] = lists;
  const shared = first.filter((header) =>
    others.every((list) => list.some((each) => each.name === header.name && each.source === header.source)),
  );
  return [{ name: "Cache-Control", value: '"no-store"' }, ...shared.map(({ name, source }) => ({ name, value: source }))];
}

const engineHeaders: Readonly<Record<string, string>> = {
  "WWW-Authenticate": "basicChallenge",
  Allow: 'refusal.allow.join(", ")',
  "Retry-After": "formatRetryAfter(refusal)",
};

/** Writes the switch over the statuses. Those with the same headers and body are one case; the largest of these is the default. */
function writeCases(plan: ContractPlan, common: readonly Entry[], several: boolean): string {
  const offersBasic = plan.credentials.methods.includes("client_secret_basic");
  const cases = new Map<string, { statuses: number[]; headers: string; body: string }>();
  for (const group of plan.errors) {
    for (const status of group.statuses) {
      const own = listEngineHeaders(status, offersBasic).flatMap((name) =>
        engineHeaders[name] === undefined ? [] : [{ name, value: engineHeaders[name] }],
      );
      const vendors = (plan.vendorHeaders.get(status) ?? []).map(({ name, source }) => ({ name, value: source }));
      const more = [...own, ...vendors.filter(({ name }) => common.every((header) => header.name !== name))];
      const headers = more.length === 0 ? "headers" : `headers: ${toObject(more).replace("{ ", "{ ...headers, ")}`;
      const call = `${nameBody(group)}(${listArguments(group)
        .map(({ name }) => name)
        .join(", ")})`;
      const body = group.body === undefined ? "" : several ? `, body: ${call}` : ", body";
      const key = `${headers}${body}`;
      const known = cases.get(key) ?? { statuses: [], headers, body };
      known.statuses.push(status);
      cases.set(key, known);
    }
  }
  const listed = [...cases.values()].sort((one, other) => one.statuses.length - other.statuses.length);
  const last = listed.pop();
  const written = listed.map(({ statuses, headers, body }) => {
    const status = statuses.length === 1 ? `status: ${statuses[0] ?? 0}` : "status: answer.status";
    return `${statuses.map((each) => `case ${each}:`).join("\n")} return { ${status}, ${headers}${body} };`;
  });
  return `switch (answer.status) { ${written.join("\n")} default: return { status: answer.status, ${last?.headers ?? ""}${last?.body ?? ""} }; }`;
}
