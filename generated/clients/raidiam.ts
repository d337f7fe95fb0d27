// Generated from openapi/ by `make codegen`. Do not edit.
import { makeTokenClient, type AnswerOf, type ClientOptions, type Jwk, type RefusalOf, type SignClaims, type Token, type TokenClient, type TokenPlan, type TokenRefused } from "../../src/client";
import type { operations, paths } from "../raidiam";

const plan: TokenPlan = {
  "method": "POST",
  "path": "/token",
  "prefix": "",
  "media": "form",
  "requests": {
    "client_credentials": {
      "needs": [
        "clientId",
        "assertion"
      ],
      "given": [],
      "body": {
        "grant_type": "client_credentials",
        "scope": "{scope?}",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": "{assertion}"
      }
    },
    "device_code": {
      "needs": [
        "clientId"
      ],
      "given": [
        "deviceCode"
      ],
      "body": {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "client_id": "{clientId}",
        "device_code": "{deviceCode}"
      }
    }
  },
  "answer": {
    "token": "/access_token",
    "expiresIn": "/expires_in"
  }
};

/** What a client of the raidiam contract proves itself with. Which members there are decides which grant `getToken` uses. */
export type RaidiamCredentials =
  | ({
    /** Id of the client. */
    clientId: string;
    /** Scopes to ask for, separated by spaces. */
    scope?: string;
    /** Who the assertion is for, the issuer of the server; default `baseUrl`. */
    audience?: string;
  } & ({ privateKey: Jwk } | { sign: SignClaims }))
  | {
    /** Id of the client. */
    clientId: string;
  };

/** The grants that `exchange` offers, with what each works with once. */
export interface RaidiamExchanges {
  "device_code": {
    /** Code that the device was given. */
    deviceCode: string;
  };
}

export type RaidiamClientOptions = ClientOptions & RaidiamCredentials;
export type RaidiamToken = Token<AnswerOf<operations["issueRaidiamToken"]>>;
export type RaidiamRefused = TokenRefused<RefusalOf<operations["issueRaidiamToken"]>>;
export type RaidiamClient = TokenClient<paths, operations["issueRaidiamToken"], RaidiamExchanges>;

/** Makes a typed client of the raidiam contract, which keeps a token and replaces it in time. */
export function makeRaidiamClient(options: RaidiamClientOptions): RaidiamClient {
  return makeTokenClient<paths, operations["issueRaidiamToken"], RaidiamExchanges>(plan, options);
}
