// Generated from openapi/ by `make codegen`. Do not edit.
import { makeTokenClient, type AnswerOf, type ClientOptions, type PersonClient, type RefusalOf, type Token, type TokenClient, type TokenPlan, type TokenRefused } from "../../src/client";
import type { operations, paths } from "../screening-eagle";

const plan: TokenPlan = {
  "method": "POST",
  "path": "/api/id/v1/auth/token",
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
      "body": {
        "grant_type": "client_credentials",
        "scope": "{scope}"
      }
    },
    "authorization_code": {
      "needs": [
        "clientId",
        "clientSecret"
      ],
      "given": [
        "code",
        "redirectUri",
        "codeVerifier"
      ],
      "basic": true,
      "body": {
        "grant_type": "authorization_code",
        "code": "{code}",
        "redirect_uri": "{redirectUri}",
        "code_verifier": "{codeVerifier}"
      }
    },
    "refresh_token": {
      "needs": [
        "clientId",
        "clientSecret"
      ],
      "given": [
        "refreshToken"
      ],
      "basic": true,
      "body": {
        "grant_type": "refresh_token",
        "refresh_token": "{refreshToken}"
      }
    }
  },
  "answer": {
    "token": "/access_token",
    "expiresIn": "/expires_in",
    "refreshToken": "/refresh_token"
  },
  "authorize": "/authorize"
};

/** What a client of the screening-eagle contract proves itself with. Which members there are decides which grant `getToken` uses. */
export type ScreeningEagleCredentials =
  | {
    /** Id of the client. */
    clientId: string;
    /** Secret of the client. */
    clientSecret: string;
    /** Scopes to ask for, separated by spaces. */
    scope: string;
  }
  | {
    /** Id of the client. */
    clientId: string;
    /** Secret of the client. */
    clientSecret: string;
  };

/** The grants that `exchange` offers, with what each works with once. */
export interface ScreeningEagleExchanges {
  "authorization_code": {
    /** Authorization code that the browser came back with. */
    code: string;
    /** Where the browser came back to, unchanged. */
    redirectUri: string;
    /** Secret behind the code challenge (RFC 7636 §4.1). */
    codeVerifier: string;
  };
  "refresh_token": {
    /** Refresh token of an earlier answer. */
    refreshToken: string;
  };
}

export type ScreeningEagleClientOptions = ClientOptions & ScreeningEagleCredentials;
export type ScreeningEagleToken = Token<AnswerOf<operations["issueScreeningEagleToken"]>>;
export type ScreeningEagleRefused = TokenRefused<RefusalOf<operations["issueScreeningEagleToken"]>>;
export type ScreeningEagleClient = TokenClient<paths, operations["issueScreeningEagleToken"], ScreeningEagleExchanges> & PersonClient;

/** Makes a typed client of the screening-eagle contract, which keeps a token and replaces it in time. */
export function makeScreeningEagleClient(options: ScreeningEagleClientOptions): ScreeningEagleClient {
  return makeTokenClient<paths, operations["issueScreeningEagleToken"], ScreeningEagleExchanges>(plan, options);
}
