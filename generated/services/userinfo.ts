// Generated from openapi/ by `make codegen`. Do not edit.
export interface paths {
    "/userinfo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the claims about a person
         * @description Answers with `sub` and the claims that the access token's scope gives: `email` for `email` and `email_verified`,
         *     `profile` for the rest. What is not known of the person is left out.
         *
         *     Decisions of this server:
         *
         *     * The token is one of ours, in `Authorization: Bearer` and never in the query (RFC 6750 §2.3), and not with DPoP. It is
         *       active in the ledger, was issued by a contract that identifies persons, for a person who exists and is not
         *       disabled, and has the scope `openid`. Its audience is this server or the client it was issued to.
         *     * A request without a bearer token gets a challenge without `error`; a token that is malformed, unknown, expired,
         *       revoked, no person's, of a contract that identifies no persons, for another audience, or bound to another certificate than the connection's is `invalid_token`, one text for
         *       all; a person's or client's token without `openid` is `insufficient_scope` (RFC 6750 §3.1).
         */
        get: operations["readUserInfo"];
        put?: never;
        /**
         * Read the claims about a person, by POST
         * @description The same as GET (OIDC Core §5.3). The token is in `Authorization: Bearer` or, as `access_token`, in the form
         *     (RFC 6750 §2.2); exactly one of them, or the answer is `invalid_request`.
         */
        post: operations["readUserInfoByPost"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Form parameters. One without a value counts as left out (RFC 6749 §3.2). */
        UserInfoRequest: {
            /** @description The access token. */
            access_token?: string;
        };
        UserInfo: {
            /** @description The person, as `sub` of the id_token has it. */
            sub: string;
            /** @description The person's address. */
            email?: string;
            /** @description Whether the address is known to be the person's. */
            email_verified?: boolean;
            /** @description First and last name. */
            name?: string;
            /** @description First name. */
            first_name?: string;
            /** @description Last name. */
            last_name?: string;
            /** @description ISO 3166-1 alpha-2. */
            country_code?: string;
            /** @description URL of a picture. */
            picture?: string;
            /**
             * Format: int64
             * @description When any of this last changed, in seconds since the epoch.
             */
            updated_at?: number;
        };
        UserInfoUnauthorized: {
            error?: components["schemas"]["UserInfoUnauthorizedCode"];
            /** @description The error as a sentence. */
            error_description: string;
        };
        /**
         * @description Error code of RFC 6750, if a token was presented.
         * @enum {string}
         */
        UserInfoUnauthorizedCode: "invalid_token";
        UserInfoError: {
            error: components["schemas"]["UserInfoErrorCode"];
            /** @description The error as a sentence. */
            error_description: string;
        };
        /**
         * @description Error code of RFC 6750, or of OAuth 2.0 where that has none.
         * @enum {string}
         */
        UserInfoErrorCode: "invalid_request" | "insufficient_scope" | "server_error" | "temporarily_unavailable";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: {
        /**
         * @description This answer is never cached.
         * @example no-store
         */
        NoStore: "no-store";
        /**
         * @description The same for caches that know only HTTP/1.0 (RFC 6749 §5.1).
         * @example no-cache
         */
        NoCache: "no-cache";
        /**
         * @description The challenge (RFC 6750 §3); `error` is there if a token was.
         * @example Bearer realm="polymint", error="invalid_token", error_description="The access token is not valid."
         */
        WwwAuthenticate: string;
        /**
         * @description The methods the path knows.
         * @example GET, POST, HEAD
         */
        Allow: string;
        /**
         * @description Whole seconds to wait before the next attempt.
         * @example 10
         */
        RetryAfter: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readUserInfo: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The claims. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    Pragma: components["headers"]["NoCache"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "sub": "130276004511",
                     *       "email": "ada@example.net",
                     *       "email_verified": true,
                     *       "name": "Ada Lovelace",
                     *       "first_name": "Ada",
                     *       "last_name": "Lovelace",
                     *       "country_code": "GB",
                     *       "picture": "https://example.net/ada.png",
                     *       "updated_at": 1750384800
                     *     }
                     */
                    "application/json": components["schemas"]["UserInfo"];
                };
            };
            /** @description The request could not be read, or has a body where there must be none. */
            400: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "invalid_request",
                     *       "error_description": "The request is not valid."
                     *     }
                     */
                    "application/json": components["schemas"]["UserInfoError"];
                };
            };
            /** @description There is no bearer token, and then no `error` either (RFC 6750 §3.1); or it is not good. */
            401: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserInfoUnauthorized"];
                };
            };
            /** @description The token is good but lacks the scope openid. */
            403: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "insufficient_scope",
                     *       "error_description": "The access token lacks the scope openid."
                     *     }
                     */
                    "application/json": components["schemas"]["UserInfoError"];
                };
            };
            /** @description There is nothing at this path. */
            404: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "invalid_request",
                     *       "error_description": "There is nothing at this path."
                     *     }
                     */
                    "application/json": components["schemas"]["UserInfoError"];
                };
            };
            /** @description The path exists, the method does not. */
            405: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    Allow: components["headers"]["Allow"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "invalid_request",
                     *       "error_description": "The path exists, the method does not."
                     *     }
                     */
                    "application/json": components["schemas"]["UserInfoError"];
                };
            };
            /** @description The caller has used up its allowance. */
            429: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "temporarily_unavailable",
                     *       "error_description": "Too many requests. Try again later."
                     *     }
                     */
                    "application/json": components["schemas"]["UserInfoError"];
                };
            };
            /** @description The server failed in a way it did not foresee. */
            500: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "server_error",
                     *       "error_description": "Something went wrong on our side."
                     *     }
                     */
                    "application/json": components["schemas"]["UserInfoError"];
                };
            };
            /** @description The server or its database cannot answer at the moment. */
            503: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "temporarily_unavailable",
                     *       "error_description": "The service is temporarily unavailable."
                     *     }
                     */
                    "application/json": components["schemas"]["UserInfoError"];
                };
            };
        };
    };
    readUserInfoByPost: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The access token, unless it is in the header. */
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "access_token": "eyJhbGciOiJFUzI1NiJ9.eyJqdGkiOiIxIn0.c2lnbmF0dXJl"
                 *     }
                 */
                "application/x-www-form-urlencoded": components["schemas"]["UserInfoRequest"];
            };
        };
        responses: {
            /** @description The claims. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    Pragma: components["headers"]["NoCache"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "sub": "130276004511",
                     *       "email": "ada@example.net",
                     *       "email_verified": true,
                     *       "name": "Ada Lovelace",
                     *       "first_name": "Ada",
                     *       "last_name": "Lovelace",
                     *       "country_code": "GB",
                     *       "picture": "https://example.net/ada.png",
                     *       "updated_at": 1750384800
                     *     }
                     */
                    "application/json": components["schemas"]["UserInfo"];
                };
            };
            /** @description The request could not be read, or has a token in the header and another in the form. */
            400: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "invalid_request",
                     *       "error_description": "The request is not valid."
                     *     }
                     */
                    "application/json": components["schemas"]["UserInfoError"];
                };
            };
            /** @description There is no bearer token, and then no `error` either (RFC 6750 §3.1); or it is not good. */
            401: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserInfoUnauthorized"];
                };
            };
            /** @description The token is good but lacks the scope openid. */
            403: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "insufficient_scope",
                     *       "error_description": "The access token lacks the scope openid."
                     *     }
                     */
                    "application/json": components["schemas"]["UserInfoError"];
                };
            };
            /** @description There is nothing at this path. */
            404: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "invalid_request",
                     *       "error_description": "There is nothing at this path."
                     *     }
                     */
                    "application/json": components["schemas"]["UserInfoError"];
                };
            };
            /** @description The path exists, the method does not. */
            405: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    Allow: components["headers"]["Allow"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "invalid_request",
                     *       "error_description": "The path exists, the method does not."
                     *     }
                     */
                    "application/json": components["schemas"]["UserInfoError"];
                };
            };
            /** @description The body is larger than the server reads. */
            413: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "invalid_request",
                     *       "error_description": "The body is larger than 64 KiB."
                     *     }
                     */
                    "application/json": components["schemas"]["UserInfoError"];
                };
            };
            /** @description The body is not a form. */
            415: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "invalid_request",
                     *       "error_description": "The body must be an uncompressed form in UTF-8."
                     *     }
                     */
                    "application/json": components["schemas"]["UserInfoError"];
                };
            };
            /** @description The caller has used up its allowance. */
            429: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "temporarily_unavailable",
                     *       "error_description": "Too many requests. Try again later."
                     *     }
                     */
                    "application/json": components["schemas"]["UserInfoError"];
                };
            };
            /** @description The server failed in a way it did not foresee. */
            500: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "server_error",
                     *       "error_description": "Something went wrong on our side."
                     *     }
                     */
                    "application/json": components["schemas"]["UserInfoError"];
                };
            };
            /** @description The server or its database cannot answer at the moment. */
            503: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "temporarily_unavailable",
                     *       "error_description": "The service is temporarily unavailable."
                     *     }
                     */
                    "application/json": components["schemas"]["UserInfoError"];
                };
            };
        };
    };
}
