import type { operations } from "../../../generated/services/recorder";
import { Refusal } from "../../engine/refusal";
import { noCorrelation } from "../../http/api";
import type { ReplyOf, RequestOf } from "../../http/typed";
import type { Recorder } from "../../sandbox/recorder";
import { toExchangeJson } from "../../sandbox/recorder/exchange";
import { makePlainRefusal } from "../oauth-error";
import type { Service, ServiceDefinition } from "../service";

type ListRequests = operations["listRequests"];

export interface RecorderServicePorts {
  /** Undefined without the sandbox. */
  recorder: Pick<Recorder, "list"> | undefined;
}

/** What clients sent to a server with the sandbox, and what it answered. */
function makeRecorderService({ recorder }: RecorderServicePorts): Service<operations> {
  return {
    correlation: noCorrelation,
    endpoints: { listRequests: { handle: (request) => listRequests(recorder, request), refuse: makePlainRefusal } },
  };
}

export default { partOfSandbox: true, make: makeRecorderService } satisfies ServiceDefinition<operations, RecorderServicePorts>;

async function listRequests(
  recorder: RecorderServicePorts["recorder"],
  { query }: RequestOf<ListRequests>,
): Promise<ReplyOf<ListRequests>> {
  if (recorder === undefined) throw new Refusal("not_found", "the server has no sandbox");
  const { contract, client, after, limit = 100 } = query;
  const filter = {
    ...(contract !== undefined && { contract }),
    ...(client !== undefined && { clientId: client }),
    ...(after !== undefined && { after }),
  };
  const exchanges = await recorder.list({ ...filter, limit });
  return { status: 200, headers: { "Cache-Control": "no-store" }, body: { requests: exchanges.map(toExchangeJson) } };
}
