import { isIPv4 } from "node:net";
import type { operations } from "../../../generated/services/sandbox";
import { invalidRequest, Refusal } from "../../engine/refusal";
import { noCorrelation } from "../../http/api";
import type { ReplyOf, RequestOf } from "../../http/typed";
import { type Faults, UnfitFaultError } from "../../sandbox/fault";
import { fromFaultJson, toFaultJson } from "../../sandbox/fault-json";
import { makePlainRefusal, toOAuthRefusal } from "../oauth-error";
import type { Service, ServiceDefinition } from "../service";

export interface SandboxPorts {
  issuer: string;
  /** Undefined where there is no sandbox; then the service is switched off. */
  faults: Faults | undefined;
}

const headers = { "Cache-Control": "no-store" } as const;

/** For programs that arm faults without a command line: tests in other languages. */
function makeSandboxService({ issuer, faults }: SandboxPorts): Service<operations> {
  return {
    correlation: noCorrelation,
    endpoints: {
      armFault: {
        handle: ({ headers: { origin }, body }) => {
          mustNotBeForeignPage(origin, issuer);
          return arm(mustExist(faults), body);
        },
        refuse: refuseArm,
      },
      listArmedFaults: { handle: () => list(mustExist(faults)), refuse: makePlainRefusal },
      clearFaults: {
        handle: ({ headers: { origin }, query }) => {
          mustNotBeForeignPage(origin, issuer);
          return clear(mustExist(faults), query);
        },
        refuse: makePlainRefusal,
      },
    },
  };
}

export default { partOfSandbox: true, make: makeSandboxService } satisfies ServiceDefinition<operations, SandboxPorts>;

function mustExist(faults: Faults | undefined): Faults {
  if (faults === undefined) throw new Refusal("not_found", "this server has no sandbox");
  return faults;
}

/**
 * A page of another site may send neither JSON nor DELETE before a preflight, which is not granted. But an owner of a domain can have it lead
 * to this server after the page was loaded (DNS rebinding); then the browser asks for nothing, and only `Origin` tells. A host
 * without a dot, and an address, are no names of such a domain.
 * @param origin of the page that sends the request; undefined for programs
 * @throws Refusal `invalid_request`
 */
function mustNotBeForeignPage(origin: string | undefined, issuer: string): void {
  if (origin === undefined) return;
  const hostname = URL.canParse(origin) ? new URL(origin).hostname : "null.invalid";
  const isOwn = hostname === new URL(issuer).hostname || !hostname.includes(".") || hostname.endsWith(".localhost") || isIPv4(hostname);
  if (isOwn) return;
  const message = `of web pages, only those of ${issuer} and of this machine may arm faults`;
  throw invalidRequest("a page of another site", { in: "header", path: ["origin"], rule: "enum", message });
}

async function arm(faults: Faults, body: RequestOf<operations["armFault"]>["body"]): Promise<ReplyOf<operations["armFault"]>> {
  const fault = fromFaultJson(body);
  try {
    await faults.arm(fault);
  } catch (thrown) {
    if (!(thrown instanceof UnfitFaultError)) throw thrown;
    throw invalidRequest("a fault that does not fit", { in: "body", path: [], rule: "enum", message: thrown.message });
  }
  return { status: 201, headers, body: toFaultJson(fault) };
}

async function list(faults: Faults): Promise<ReplyOf<operations["listArmedFaults"]>> {
  const armed = await faults.list();
  const body = armed.map((fault) => ({ ...toFaultJson(fault), armed_at: new Date(fault.armedAt * 1000).toISOString() }));
  return { status: 200, headers, body: { faults: body } };
}

async function clear(faults: Faults, query: RequestOf<operations["clearFaults"]>["query"]): Promise<ReplyOf<operations["clearFaults"]>> {
  return { status: 200, headers, body: { cleared: await faults.clear(query.contract) } };
}

function refuseArm(refusal: Refusal): Exclude<ReplyOf<operations["armFault"]>, { status: 201 }> {
  const { status, description } = toOAuthRefusal(refusal);
  if (status !== 413 && status !== 415) return makePlainRefusal(refusal);
  return { status, headers, body: { error: "invalid_request", error_description: description } };
}
