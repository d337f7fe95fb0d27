import type { ClientRegistry } from "../../engine/ports/clients";
import { type Problem, Refusal, type RefusalCode } from "../../engine/refusal";
import type { Client } from "../../engine/client";
import { type Contracts, findPolicy } from "../../engine/contracts";
import type { ContractPolicy } from "../../engine/policy";
import { getParameter, type Parameters } from "./parameters";
import { isRegisteredUri } from "./redirect-uri";

/** The client that sent an authorization request, and the redirect URI that the answer goes to: as it was sent, with its port. */
export interface Asker {
  client: Client;
  /** The policy of the client's contract that offers the grant. */
  policy: ContractPolicy;
  redirectUri: string;
}

export interface AskerPorts {
  clients: ClientRegistry;
  contracts: Contracts;
}

/**
 * Finds the client that sent the request. Until the client is certain the server redirects nowhere: an open redirector
 * would serve phishing (RFC 9700 §4.11). The redirect URI must be a registered one.
 * @throws Refusal, which is shown as a page here and not sent to the redirect URI; Unavailable
 */
export async function findAsker(parameters: Parameters, { clients, contracts }: AskerPorts): Promise<Asker> {
  const clientId = getParameter(parameters, "client_id");
  if (clientId === undefined) throw untrusted("invalid_request", "client_id is missing, repeated or unfit", "client_id", noClient);
  const client = await clients.findById(clientId);
  const policy = client && findPolicy("authorization_code", client, contracts);
  if (client === undefined || policy === undefined) throw untrusted("invalid_client", "unknown client", "client_id", noClient);
  if (client.status !== "active") throw untrusted("client_disabled", `client ${client.id} is disabled`, "client_id", noClient);
  const redirectUri = getParameter(parameters, "redirect_uri");
  if (redirectUri === undefined || !isRegisteredUri(redirectUri, client.redirectUris))
    throw untrusted(
      "invalid_request",
      `client ${client.id} asked for a redirect URI that it has not registered`,
      "redirect_uri",
      notRegistered,
    );
  return { client, policy, redirectUri };
}

const noClient = "The application that sent you here is not known, or not allowed to let people log in";
const notRegistered = "The address that you would be sent back to is not one that the application has registered";

function untrusted(code: RefusalCode, detail: string, name: string, message: string): Refusal {
  const problem: Problem = { in: "query", path: [name], rule: "enum", message };
  return new Refusal(code, detail, { problems: [problem] });
}
