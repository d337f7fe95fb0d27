import type { ClientRegistry } from "../../engine/ports/clients";
import { type Problem, Refusal, type RefusalCode } from "../../engine/refusal";
import type { Client } from "../../engine/client";
import { type Contracts, findPolicy } from "../../engine/contracts";
import type { ContractPolicy } from "../../engine/policy";
import { type Parameters, single } from "./parameters";

/** The client that an answer may be sent to, and where it has registered to receive it. */
export interface Asker {
  client: Client;
  /** Of the client's contract that offers the grant. */
  policy: ContractPolicy;
  redirectUri: string;
}

export interface AskerPorts {
  clients: ClientRegistry;
  contracts: Contracts;
}

/**
 * Finds out who asks. Until that is sure nothing is sent anywhere: an open redirector would serve whoever phishes
 * (RFC 9700 §4.11). The redirect URI is one of those registered, character by character (RFC 9700 §2.1).
 * @throws Refusal, to be shown here; Unavailable
 */
export async function askerOf(parameters: Parameters, { clients, contracts }: AskerPorts): Promise<Asker> {
  const clientId = single(parameters, "client_id");
  if (clientId === undefined) throw untrusted("invalid_request", "client_id missing, repeated or unfit", "client_id", noClient);
  const client = await clients.byId(clientId);
  const policy = client && findPolicy("authorization_code", client, contracts);
  if (client === undefined || policy === undefined) throw untrusted("invalid_client", "unknown client", "client_id", noClient);
  if (client.status !== "active") throw untrusted("client_disabled", `client ${client.id} is disabled`, "client_id", noClient);
  const redirectUri = single(parameters, "redirect_uri");
  if (redirectUri === undefined || !client.redirectUris.includes(redirectUri))
    throw untrusted("invalid_request", `client ${client.id} asked for a redirect URI that is not its own`, "redirect_uri", notItsAddress);
  return { client, policy, redirectUri };
}

const noClient = "The application that sent you here is not known, or not allowed to let people log in";
const notItsAddress = "The address that you would be sent back to is not one that the application has registered";

function untrusted(code: RefusalCode, detail: string, name: string, message: string): Refusal {
  const problem: Problem = { in: "query", path: [name], rule: "enum", message };
  return new Refusal(code, detail, { problems: [problem] });
}
