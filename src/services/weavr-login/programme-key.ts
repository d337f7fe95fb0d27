import type { IncomingHttpHeaders } from "node:http";
import type { Authenticate } from "../../engine/authenticate";
import type { Credential } from "../../engine/token-request";
import type { Client, Clock } from "../../engine/client";
import { type Contracts, findPolicy } from "../../engine/contracts";
import type { Exchange } from "../../http/exchange";

export interface ProgrammeKeyPorts {
  authenticate: Authenticate;
  clock: Clock;
  issuer: string;
  contracts: Contracts;
}

/** The parts of a request that name its programme. */
export interface ProgrammeRequest {
  headers: IncomingHttpHeaders;
  source: string;
}

/** Reads the `api-key` of a request. */
export function readProgrammeKey({ headers }: Pick<ProgrammeRequest, "headers">): Credential[] {
  return [{ method: "api_key", apiKey: String(headers["api-key"]) }];
}

/**
 * Makes the function that finds the programme of a request's `api-key`, in the same way as the token endpoint.
 * @throws Refusal `invalid_client`, `client_disabled`
 */
export function makeFindProgramme({ authenticate, clock, issuer, contracts }: ProgrammeKeyPorts) {
  return async function findProgramme({ headers, source }: ProgrammeRequest, { note, caller }: Exchange): Promise<Client> {
    const admission = {
      methods: ["api_key"],
      admits: (client: Client) => findPolicy("auth_token", client, contracts) !== undefined,
    } as const;
    const { client } = await authenticate(readProgrammeKey({ headers }), admission, { now: clock(), audiences: [issuer], source, caller });
    note.client = client.id;
    return client;
  };
}

export type FindProgramme = ReturnType<typeof makeFindProgramme>;
