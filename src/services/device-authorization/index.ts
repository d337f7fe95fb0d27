import type { operations } from "../../../generated/services/device";
import raidiam from "../../contracts/raidiam";
import { credentialsOf } from "../../contracts/raidiam/credentials";
import { grantedScope, scopeList } from "../../engine/scope";
import { type Addresses, audiencesAt, type Authenticate } from "../../engine/authenticate";
import { Refusal } from "../../engine/refusal";
import type { Client, Clock } from "../../engine/client";
import { shownUserCode } from "../../engine/user-code";
import type { Exchange } from "../../http/exchange";
import type { ReplyOf, RequestOf } from "../../http/typed";
import type { Service } from "../service";
import { type BeginPorts, type Begun, codeSeconds, intervalSeconds, makeBegin } from "./begin";
import { refuse } from "./refuse";

type AuthorizeDevice = operations["authorizeDevice"];

/** The contract whose clients begin here. */
const { policy, correlation } = raidiam;

export interface DeviceAuthorizationPorts extends BeginPorts, Addresses {
  authenticate: Authenticate;
  clock: Clock;
}

/** Device authorization (RFC 8628 §3.1), for clients that are registered for the device grant. */
export function makeDeviceAuthorization(ports: DeviceAuthorizationPorts): Service<operations> {
  const begin = makeBegin(ports);
  const { issuer } = ports;

  async function handle(request: RequestOf<AuthorizeDevice>, exchange: Exchange): Promise<ReplyOf<AuthorizeDevice>> {
    const now = ports.clock();
    const context = { now, audiences: audiencesAt(exchange.path, ports), source: request.source };
    const admission = { methods: policy.authMethods, admits: (client: Client) => client.contracts.includes("raidiam") };
    const asker = await ports.authenticate(credentialsOf(request), admission, context);
    const { client } = asker;
    exchange.note.client = client.id;
    exchange.note.grant = "device_code";
    if (!client.grants.includes("device_code")) {
      throw new Refusal("unauthorized_client", `client ${client.id} is not registered for device_code`);
    }
    const scope = grantedScope(client, scopeList(request.body.scope), policy);
    return replyOf(await begin(asker, scope, exchange.caller, now), issuer, exchange);
  }

  return { correlation, endpoints: { authorizeDevice: { handle, refuse } } };
}

function replyOf({ deviceCode, userCode }: Begun, issuer: string, exchange: Exchange): ReplyOf<AuthorizeDevice> {
  const uri = `${issuer}/device`;
  const shown = shownUserCode(userCode);
  return {
    status: 200,
    headers: { "Cache-Control": "no-store", "x-fapi-interaction-id": exchange.correlationId },
    body: {
      device_code: deviceCode,
      user_code: shown,
      verification_uri: uri,
      verification_uri_complete: `${uri}?user_code=${shown}`,
      expires_in: codeSeconds,
      interval: intervalSeconds,
    },
  };
}
