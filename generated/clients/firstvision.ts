// Generated from openapi/ by `make codegen`. Do not edit.
import { makeTokenClient, type AnswerOf, type ClientOptions, type RefusalOf, type Token, type TokenClient, type TokenPlan, type TokenRefused } from "../../src/client";
import type { operations, paths } from "../firstvision";

const plan: TokenPlan = {
  "method": "POST",
  "path": "/v1/api/oauth/token",
  "prefix": "",
  "media": "form",
  "requests": {
    "client_credentials": {
      "needs": [
        "clientId",
        "clientSecret",
        "scope"
      ],
      "given": [],
      "basic": true,
      "query": {
        "scope": "{scope}"
      }
    }
  },
  "answer": {
    "token": "/access_token",
    "expiresAt": "/expires_in"
  }
};

/** What a client of the firstvision contract proves itself with. Which members there are decides which grant `getToken` uses. */
export type FirstvisionCredentials =
  | {
    /** Id of the client. */
    clientId: string;
    /** Secret of the client. */
    clientSecret: string;
    /** Scopes to ask for, separated by spaces. */
    scope: string;
  };

/** The grants that `exchange` offers, with what each works with once. */
export interface FirstvisionExchanges {
}

export type FirstvisionClientOptions = ClientOptions & FirstvisionCredentials;
export type FirstvisionToken = Token<AnswerOf<operations["issueFirstvisionToken"]>>;
export type FirstvisionRefused = TokenRefused<RefusalOf<operations["issueFirstvisionToken"]>>;
export type FirstvisionClient = TokenClient<paths, operations["issueFirstvisionToken"], FirstvisionExchanges>;

/** Makes a typed client of the firstvision contract, which keeps a token and replaces it in time. */
export function makeFirstvisionClient(options: FirstvisionClientOptions): FirstvisionClient {
  return makeTokenClient<paths, operations["issueFirstvisionToken"], FirstvisionExchanges>(plan, options);
}
