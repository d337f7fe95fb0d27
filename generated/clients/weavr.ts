// Generated from openapi/ by `make codegen`. Do not edit.
import { makeTokenClient, type AnswerOf, type ClientOptions, type Jwk, type RefusalOf, type SignClaims, type Token, type TokenClient, type TokenPlan, type TokenRefused } from "../../src/client";
import type { operations, paths } from "../weavr";

const plan: TokenPlan = {
  "method": "POST",
  "path": "/access_token",
  "prefix": "",
  "media": "json",
  "requests": {
    "auth_token": {
      "needs": [
        "apiKey",
        "email",
        "password",
        "identityType",
        "identityId"
      ],
      "given": [],
      "first": {
        "path": "/login_with_password",
        "headers": {
          "api-key": "{apiKey}"
        },
        "body": {
          "email": "{email}",
          "password": {
            "value": "{password}"
          }
        },
        "take": "/token"
      },
      "headers": {
        "api-key": "{apiKey}",
        "Authorization": "Bearer {loginToken}"
      },
      "body": {
        "identity": {
          "type": "{identityType}",
          "id": "{identityId}"
        }
      }
    },
    "delegated_assertion": {
      "needs": [
        "delegateId",
        "identityId",
        "apiKey",
        "identityType",
        "assertion"
      ],
      "given": [],
      "assertion": {
        "iss": "{delegateId}",
        "sub": "{identityId}"
      },
      "headers": {
        "api-key": "{apiKey}"
      },
      "body": {
        "identity": {
          "type": "{identityType}",
          "id": "{identityId}"
        },
        "clientAssertion": "{assertion}"
      }
    },
    "one_time_token": {
      "needs": [
        "apiKey",
        "identityType",
        "identityId"
      ],
      "given": [
        "oneTimeToken"
      ],
      "headers": {
        "api-key": "{apiKey}"
      },
      "body": {
        "identity": {
          "type": "{identityType}",
          "id": "{identityId}"
        },
        "token": "{oneTimeToken}"
      }
    }
  },
  "answer": {
    "token": "/token",
    "keepSeconds": 900
  }
};

/** What a client of the weavr contract proves itself with. Which members there are decides which grant `getToken` uses. */
export type WeavrCredentials =
  | {
    /** API key of the client. */
    apiKey: string;
    /** Email address of the user who logs in. */
    email: string;
    /** Password of that user. */
    password: string;
    /** Type of the identity to act for. */
    identityType: "CONSUMER" | "CORPORATE";
    /** Id of the identity to act for. */
    identityId: string;
  }
  | ({
    /** Id of the client that signs in the name of another. */
    delegateId: string;
    /** Id of the identity to act for. */
    identityId: string;
    /** API key of the client. */
    apiKey: string;
    /** Type of the identity to act for. */
    identityType: "CONSUMER" | "CORPORATE";
  } & ({ privateKey: Jwk } | { sign: SignClaims }))
  | {
    /** API key of the client. */
    apiKey: string;
    /** Type of the identity to act for. */
    identityType: "CONSUMER" | "CORPORATE";
    /** Id of the identity to act for. */
    identityId: string;
  };

/** The grants that `exchange` offers, with what each works with once. */
export interface WeavrExchanges {
  "one_time_token": {
    /** Token that works once. */
    oneTimeToken: string;
  };
}

export type WeavrClientOptions = ClientOptions & WeavrCredentials;
export type WeavrToken = Token<AnswerOf<operations["issueWeavrToken"]>>;
export type WeavrRefused = TokenRefused<RefusalOf<operations["issueWeavrToken"]>>;
export type WeavrClient = TokenClient<paths, operations["issueWeavrToken"], WeavrExchanges>;

/** Makes a typed client of the weavr contract, which keeps a token and replaces it in time. */
export function makeWeavrClient(options: WeavrClientOptions): WeavrClient {
  return makeTokenClient<paths, operations["issueWeavrToken"], WeavrExchanges>(plan, options);
}
