// Generated from openapi/ by `make codegen`. Do not edit.
export interface paths {
    "/api/id/v1/auth/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Obtain access, id and refresh tokens
         * @description Grants tokens to a client that authenticates with `Authorization: Basic`, the base64 form of its id and secret
         *     joined by a colon. OpenAPI ignores a header parameter of that name, so the header stands under `security`.
         *
         *     Decisions of this server:
         *
         *     * Id and secret are form-decoded after base64 (RFC 6749 §2.3.1). Those issued here consist of letters, digits,
         *       `_` and `-`, so clients that skip the encoding work as well.
         *     * `scope` is required for `client_credentials`, and its absence there is a 400.
         *     * `authorization_code` needs `code`, `redirect_uri` and a `code_verifier` (PKCE, S256; RFC 7636). A code lives
         *       for 60 seconds and is spent by the request that succeeds with it: one that was refused may be put right and
         *       sent again. A spent code that its client presents again revokes what its first use produced.
         *     * `refresh_token` as a grant type is our extension of the contract. Each use rotates the token; the use of a
         *       token already rotated revokes its family with all access tokens of it, except within a short grace window (10
         *       seconds unless configured otherwise), where a caller whose response was lost gets the same successor again. A
         *       refresh token ends when it lay unused for 30 days, and in any case 180 days after the user consented.
         *     * A `scope` with `refresh_token` narrows the access token down; the refresh token keeps its own. More than the
         *       user consented to is a 403. With `authorization_code` it is not looked at.
         *     * `id_token` is there if `openid` was granted to a user, `refresh_token` if `offline` was (`offline_access` means the same) and the client is
         *       registered for the grant. A refreshed `id_token` has no `nonce` (OIDC Core §12.2). It is signed with the
         *       client's `id_token_signed_response_alg`, RS256 for clients that chose no other.
         *     * Access tokens of users carry `scp`, `scopes` (the user's roles), `userID` and `userRegion`.
         *     * `error` is the reason phrase of the status. 400 has one text for every code and refresh token that is not
         *       good. 401: Basic missing or wrong, one text for both. 403: the client is known but disabled, or not allowed
         *       this grant or scope, or the user is disabled. 404: the user no longer exists, or the path is not known.
         *     * 405, 413, 415, 429 and 503 have the shape of the documented errors. The contract knows no 503: a database that is
         *       away is a 500 like every other trouble of ours, with a sentence of its own.
         */
        post: operations["issueScreeningEagleToken"];
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
        ScreeningEagleTokenRequest: {
            /**
             * @description The grant that is asked for. refresh_token is our extension; the contract lists the first two.
             * @enum {string}
             */
            grant_type: "client_credentials" | "authorization_code" | "refresh_token";
            /** @description Scopes asked for, separated by spaces. Required for client_credentials; narrows a refreshed access token down. */
            scope?: string;
            /** @description The code from the authorize endpoint. Required for authorization_code. */
            code?: string;
            /** @description The URI the code was sent to, unchanged. Required for authorization_code. */
            redirect_uri?: string;
            /** @description The secret behind the code challenge (RFC 7636 §4.1). Required for authorization_code. */
            code_verifier?: string;
            /** @description The refresh token to rotate. Required for refresh_token. */
            refresh_token?: string;
        };
        ScreeningEagleTokens: {
            /** @description Scopes granted, separated by spaces. */
            scope: string;
            token_type: components["schemas"]["BearerTokenType"];
            /** @description The access token. */
            access_token: string;
            /** @description Seconds the access token is valid for from now. */
            expires_in: number;
            /** @description Who the user is, as a JWT; only if openid was granted to a user. */
            id_token?: string;
            /** @description For the refresh_token grant, once; only if offline was granted. */
            refresh_token?: string;
        };
        /**
         * @description How the access token is presented.
         * @enum {string}
         */
        BearerTokenType: "Bearer";
        ScreeningEagleError: {
            error: components["schemas"]["ScreeningEagleReason"];
            /** @description What went wrong, as a sentence. */
            errorDescription: string;
        };
        /**
         * @description The reason phrase of the status, and of no other:
         *
         *     * `Bad Request` (400), `Unauthorized` (401), `Forbidden` (403), `Not Found` (404), `Method Not Allowed` (405).
         *     * `Payload Too Large` (413), `Unsupported Media Type` (415), `Too Many Requests` (429).
         *     * `Internal Server Error` (500), `Service Unavailable` (503).
         * @enum {string}
         */
        ScreeningEagleReason: "Bad Request" | "Unauthorized" | "Forbidden" | "Not Found" | "Method Not Allowed" | "Payload Too Large" | "Unsupported Media Type" | "Too Many Requests" | "Internal Server Error" | "Service Unavailable";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: {
        /**
         * @description Answers that concern credentials are never cached.
         * @example no-store
         */
        NoStore: "no-store";
        /**
         * @description The same for caches that know only HTTP/1.0 (RFC 6749 §5.1).
         * @example no-cache
         */
        NoCache: "no-cache";
        /**
         * @description The challenge, always for Basic.
         * @example Basic realm="polymint", charset="UTF-8"
         */
        WwwAuthenticate: string;
        /**
         * @description The methods the path knows.
         * @example POST
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
    issueScreeningEagleToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The grant and what belongs to it. */
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["ScreeningEagleTokenRequest"];
            };
        };
        responses: {
            /** @description An access token and, where they apply, an id token and a refresh token. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    Pragma: components["headers"]["NoCache"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScreeningEagleTokens"];
                };
            };
            /** @description The input, the grant type, the code or the refresh token is not good. */
            400: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScreeningEagleError"];
                };
            };
            /** @description Basic credentials are missing or not accepted. */
            401: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "Unauthorized",
                     *       "errorDescription": "Client authentication failed."
                     *     }
                     */
                    "application/json": components["schemas"]["ScreeningEagleError"];
                };
            };
            /** @description The client is known but disabled, or may not use this grant or scope; or the user is disabled. */
            403: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "Forbidden",
                     *       "errorDescription": "The client may not request this scope."
                     *     }
                     */
                    "application/json": components["schemas"]["ScreeningEagleError"];
                };
            };
            /** @description The user behind the client or the code no longer exists, or there is nothing at this path. */
            404: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "Not Found",
                     *       "errorDescription": "The user no longer exists."
                     *     }
                     */
                    "application/json": components["schemas"]["ScreeningEagleError"];
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
                     *       "error": "Method Not Allowed",
                     *       "errorDescription": "Use POST on this path."
                     *     }
                     */
                    "application/json": components["schemas"]["ScreeningEagleError"];
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
                     *       "error": "Payload Too Large",
                     *       "errorDescription": "The body is too large."
                     *     }
                     */
                    "application/json": components["schemas"]["ScreeningEagleError"];
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
                     *       "error": "Unsupported Media Type",
                     *       "errorDescription": "Send the parameters as application/x-www-form-urlencoded."
                     *     }
                     */
                    "application/json": components["schemas"]["ScreeningEagleError"];
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
                     *       "error": "Too Many Requests",
                     *       "errorDescription": "Try again later."
                     *     }
                     */
                    "application/json": components["schemas"]["ScreeningEagleError"];
                };
            };
            /** @description The server failed in a way it did not foresee, or its database is away or too slow. */
            500: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScreeningEagleError"];
                };
            };
            /** @description The server is still starting. */
            503: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "Service Unavailable",
                     *       "errorDescription": "The service cannot answer at the moment."
                     *     }
                     */
                    "application/json": components["schemas"]["ScreeningEagleError"];
                };
            };
        };
    };
}
