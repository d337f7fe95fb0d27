import type { operations } from "../../../generated/services/device-authorization";
import { fapiCorrelation } from "../../contracts/fapi-refusals";
import { chooseScope, splitScope } from "../../engine/scope";
import { type Addresses, type Admission, listAudiences, type Authenticate } from "../../engine/authenticate";
import { Refusal } from "../../engine/refusal";
import type { Clock } from "../../engine/client";
import { type Contracts, findPolicy, listMethodsFor } from "../../engine/contracts";
import { mergeAssertionNames, readClientCredentials } from "../../http/client-credentials";
import type { EnforcedLimits } from "../../limits";
import { formatUserCode } from "../../engine/user-code";
import type { Exchange } from "../../http/exchange";
import type { Credential } from "../../engine/token-request";
import type { ReplyOf, RequestOf } from "../../http/typed";
import { uncached } from "../../http/uncached";
import type { Service, ServiceDefinition } from "../service";
import { type IssueCodesPorts, type DeviceCodePair, codeSeconds, intervalSeconds, makeIssueCodes } from "./issue-codes";
import { refuse } from "./refuse";

type AuthorizeDevice = operations["authorizeDevice"];

export interface DeviceAuthorizationPorts extends IssueCodesPorts, Addresses {
  authenticate: Authenticate;
  clock: Clock;
  contracts: Contracts;
  /** Without a limit a public client's id, which is no secret, would let strangers fill the database, and each pending code makes a guessed user code likelier to hit (RFC 8628 §5.1). */
  limits: Pick<EnforcedLimits, "countDeviceCodes">;
}

/** Device authorization (RFC 8628 §3.1), for clients that are registered for the device grant. */
function makeDeviceAuthorization(ports: DeviceAuthorizationPorts): Service<operations> {
  const issueCodes = makeIssueCodes(ports);
  const { issuer, contracts } = ports;
  const admission: Admission = {
    methods: listMethodsFor("device_code", contracts),
    admits: (client, method) => findPolicy("device_code", client, contracts, method) !== undefined,
  };

  async function handle(request: RequestOf<AuthorizeDevice>, exchange: Exchange): Promise<ReplyOf<AuthorizeDevice>> {
    const now = ports.clock();
    const audiences = listAudiences(exchange.path, ports, exchange.audiences);
    const context = { now, audiences, source: request.source, caller: exchange.caller };
    const authenticated = await ports.authenticate(readCredentials(request), admission, context);
    const { client, method } = authenticated;
    exchange.note.client = client.id;
    exchange.note.grant = "device_code";
    const policy = findPolicy("device_code", client, contracts, method);
    if (policy === undefined || !client.grants.includes("device_code")) {
      throw new Refusal("unauthorized_client", `client ${client.id} is not registered for device_code`);
    }
    const scope = chooseScope(client, splitScope(request.body.scope), policy);
    await ports.limits.countDeviceCodes(client.id, request.source, now);
    return makeReply(await issueCodes(authenticated, scope, exchange.caller, now), issuer, exchange);
  }

  return {
    correlation: fapiCorrelation,
    endpoints: { authorizeDevice: { handle, refuse, readCredentials, readableFrom: "registered origins" } },
  };
}

export default { serves: "device_code", make: makeDeviceAuthorization } satisfies ServiceDefinition<operations, DeviceAuthorizationPorts>;

function readCredentials({ headers, body, certificate }: RequestOf<AuthorizeDevice>): Credential[] {
  return readClientCredentials({ headers, body: mergeAssertionNames(body), certificate });
}

function makeReply({ deviceCode, userCode }: DeviceCodePair, issuer: string, exchange: Exchange): ReplyOf<AuthorizeDevice> {
  const uri = `${issuer}/device`;
  const formatted = formatUserCode(userCode);
  return {
    status: 200,
    headers: { ...uncached, "x-fapi-interaction-id": exchange.correlationId },
    body: {
      device_code: deviceCode,
      user_code: formatted,
      verification_uri: uri,
      verification_uri_complete: `${uri}?user_code=${formatted}`,
      expires_in: codeSeconds,
      interval: intervalSeconds,
    },
  };
}
