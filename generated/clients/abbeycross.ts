// Generated from openapi/ by `make codegen`. Do not edit.
import { makeTokenClient, type AnswerOf, type ClientOptions, type RefusalOf, type Token, type TokenClient, type TokenPlan, type TokenRefused } from "../../src/client";
import type { operations, paths } from "../abbeycross";

const plan: TokenPlan = {
  "method": "POST",
  "path": "/v1/oauth/token",
  "prefix": "",
  "media": "json",
  "requests": {
    "client_credentials": {
      "needs": [
        "clientId",
        "clientSecret"
      ],
      "given": [],
      "body": {
        "client_id": "{clientId}",
        "client_secret": "{clientSecret}"
      }
    }
  },
  "answer": {
    "token": "/access_token",
    "expiresIn": "/expires_in"
  }
};

/** What a client of the abbeycross contract proves itself with. Which members there are decides which grant `getToken` uses. */
export type AbbeycrossCredentials =
  | {
    /** Id of the client. */
    clientId: string;
    /** Secret of the client. */
    clientSecret: string;
  };

/** The grants that `exchange` offers, with what each works with once. */
export interface AbbeycrossExchanges {
}

export type AbbeycrossClientOptions = ClientOptions & AbbeycrossCredentials;
export type AbbeycrossToken = Token<AnswerOf<operations["issueAbbeycrossToken"]>>;
export type AbbeycrossRefused = TokenRefused<RefusalOf<operations["issueAbbeycrossToken"]>>;
export type AbbeycrossClient = TokenClient<paths, operations["issueAbbeycrossToken"], AbbeycrossExchanges>;

/** Makes a typed client of the abbeycross contract, which keeps a token and replaces it in time. */
export function makeAbbeycrossClient(options: AbbeycrossClientOptions): AbbeycrossClient {
  return makeTokenClient<paths, operations["issueAbbeycrossToken"], AbbeycrossExchanges>(plan, options);
}
