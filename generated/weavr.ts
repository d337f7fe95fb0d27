// Generated from openapi/ by `make codegen`. Do not edit.
export interface paths {
    "/access_token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Exchange a proof of login for an access token
         * @description Gives an access token bound to one identity. A request proves itself in exactly one of three ways:
         *
         *     * **Bearer**: the auth token from a login in `Authorization: Bearer`, and no `clientAssertion` or `token`.
         *     * **Client assertion**: `clientAssertion` in the body, no bearer.
         *     * **One-time token**: `token` in the body, no bearer.
         *
         *     Every mode also needs the `api-key` header, which names the programme.
         *
         *     Decisions of this server:
         *
         *     * A body with both `clientAssertion` and `token`, or one of them beside a bearer, is a 400 (`EXACTLY`).
         *     * A member of the body that is `null` counts as absent.
         *     * An auth token that is missing, unknown, expired or revoked is a 401. It lives for 5 minutes after its last
         *       use, each use renews it, and an exchange does not consume it. An access token that came of one is accepted in
         *       its place; those of API clients and of one-time tokens are for their one identity and are a 401 there.
         *     * Everything that came of a login ends 12 hours after it, unless configured otherwise: auth tokens in use, and
         *       access tokens that were exchanged for access tokens. No access token expires later than that.
         *     * `STEPPED_UP` lasts for 15 minutes after the user stepped up, unless configured otherwise. What is exchanged
         *       later is `STANDARD`, whatever it is exchanged for.
         *     * An access token that is revoked takes the access tokens with it that it was exchanged for. All tokens of a
         *       user end when the user is disabled or signed out, or gets another password.
         *     * An `api-key` that is missing or blank is a 400; one that is unknown or revoked a 401; a good one that belongs
         *       to another programme than the identity a 403.
         *     * Identity ids issued here have 18 digits; any id of 1 to 64 letters, digits, `_` and `-` is accepted.
         *     * The right identity id with the wrong type is a 401. An id that does not exist, and one the user is not
         *       linked to, both get the same 404 `IDENTITY_NOT_FOUND`, so that nobody can probe for ids. A link that was
         *       deactivated is a 403.
         *     * A client assertion is a JWT signed RS256 with the key of the registered certificate. `iss` is the API client,
         *       `sub` the identity id of the body, `exp` at most 300 seconds after `iat`, `jti` usable once per client;
         *       there is no `aud`, and `iat` and `nbf` are at most 60 seconds in the future. The answer then carries
         *       credentials of type `API_CLIENT` with the client's id.
         *     * Whether the programme has delegation (403) is looked at before the assertion. An assertion that is anything
         *       but good is one and the same 401: unknown client, another programme's, disabled, certificate not valid now.
         *     * A one-time token is made for one user and one identity, lives for 120 seconds unless configured otherwise, and
         *       is spent in the same transaction that records the access token. Unknown, expired, spent and another
         *       programme's are one and the same 401; any identity but its own is the 404.
         *     * A refusal uses up neither an assertion nor a one-time token.
         *     * 404 (no such path), 405, 413 and 415 are answered in the shape of the `default` response.
         */
        post: operations["issueWeavrToken"];
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
        /**
         * @description Whether the identity is a person or a company.
         * @enum {string}
         */
        WeavrIdentityType: "CONSUMER" | "CORPORATE";
        /** @description One person or company. */
        WeavrIdentity: {
            type: components["schemas"]["WeavrIdentityType"];
            /** @description Id of the identity. */
            id: string;
        };
        WeavrAccessTokenRequest: {
            identity: components["schemas"]["WeavrIdentity"];
            /** @description JWT signed with the key of the certificate registered for the delegated API client. Only for programmes with delegation. */
            clientAssertion?: string | null;
            /** @description One-time token, valid for a short while and for one exchange. */
            token?: string | null;
        };
        WeavrAccessToken: {
            /** @description The access token. */
            token: string;
            identity: components["schemas"]["WeavrIdentity"];
            credentials: components["schemas"]["WeavrCredentials"];
            /**
             * @description STEPPED_UP when the login behind the token used biometrics or a one-time password, else STANDARD.
             * @enum {string}
             */
            status: "STANDARD" | "STEPPED_UP";
        };
        /** @description Who holds the token. On a linked second identity this is still the user who logged in. */
        WeavrCredentials: {
            /**
             * @description Owner of the identity, another user of it, or a delegated API client.
             * @enum {string}
             */
            type: "ROOT" | "USER" | "API_CLIENT";
            /** @description Id of the user or of the API client. */
            id: string;
        };
        WeavrInvalidRequest: {
            /** @description A sentence on what is wrong. */
            message: string;
            syntaxErrors?: components["schemas"]["WeavrSyntaxErrors"];
        };
        /** @description Absent when the body could not be parsed at all. */
        WeavrSyntaxErrors: {
            /** @description Every field that fails, with the way in which it fails. */
            invalidFields: components["schemas"]["WeavrInvalidField"][];
        };
        WeavrInvalidField: {
            /** @description Names of the objects around the field, outermost first; empty at the top. */
            params: string[];
            /** @description Name of the field, or of the header. */
            fieldName: string;
            error: components["schemas"]["WeavrFieldRule"];
        };
        /**
         * @description The rule that was broken: REQUIRED absent or null, NOT_IN outside the enumeration, REGEX pattern, SIZE length, HAS_TEXT blank, REQUIRES needs a field that is absent, EXACTLY not exactly one proof. The others belong to the contract and have no cause here.
         * @enum {string}
         */
        WeavrFieldRule: "REQUIRED" | "HAS_TEXT" | "REQUIRES" | "SIZE" | "RANGE" | "IN" | "NOT_IN" | "REGEX" | "EXACTLY" | "AT_LEAST" | "AT_MOST" | "ALL_OR_NONE";
        WeavrAccessTokenFailure: {
            /**
             * @description Stable name of the failure.
             * @enum {string}
             */
            code: "IDENTITY_NOT_FOUND" | "NOT_FOUND" | "METHOD_NOT_ALLOWED" | "PAYLOAD_TOO_LARGE" | "UNSUPPORTED_MEDIA_TYPE";
            /** @description The failure as a sentence. */
            message: string;
        };
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
         * @description Reference of this exchange; the same value stands in the server's log.
         * @example 01JCQ5W7Z0T3N8R4M6K2H9F1XD
         */
        RequestRef: string;
        /**
         * @description Whole seconds to wait before the next attempt.
         * @example 10
         */
        RetryAfter: string;
        /**
         * @description The limit that was hit, then every limit in force with its window in seconds.
         * @example 20, 10;w=60, 20;w=3600
         */
        RateLimitLimit: string;
        /**
         * @description Seconds until the limit that was hit allows a request again.
         * @example 10
         */
        RateLimitReset: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    issueWeavrToken: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Key of the programme on whose behalf the request is made.
                 * @example pmk_Zk3b9Qw1
                 */
                "api-key": string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description The identity to act for and, outside the bearer mode, the proof. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["WeavrAccessTokenRequest"];
            };
        };
        responses: {
            /** @description An access token for the identity. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    Pragma: components["headers"]["NoCache"];
                    "request-ref": components["headers"]["RequestRef"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WeavrAccessToken"];
                };
            };
            /** @description The request breaks the contract. Every failing field is listed; JSON that cannot be parsed gets the message alone. */
            400: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "request-ref": components["headers"]["RequestRef"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WeavrInvalidRequest"];
                };
            };
            /** @description The api-key or the proof is not accepted, or the identity's type is not the one given. There is no body. */
            401: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "request-ref": components["headers"]["RequestRef"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The proof is good but not for this: the key is of another programme, the programme has no delegation, or the link to the identity is deactivated. There is no body. */
            403: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "request-ref": components["headers"]["RequestRef"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The user is locked for a while after repeated failed logins. There is no body. */
            423: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "request-ref": components["headers"]["RequestRef"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A rate limit is exhausted. There is no body; the headers say which limit, and when to return. */
            429: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "request-ref": components["headers"]["RequestRef"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    "x-ratelimit-limit": components["headers"]["RateLimitLimit"];
                    "x-ratelimit-reset": components["headers"]["RateLimitReset"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The server failed in a way it did not foresee. There is no body. */
            500: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "request-ref": components["headers"]["RequestRef"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The server or its database cannot answer at the moment. There is no body. */
            503: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "request-ref": components["headers"]["RequestRef"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Everything else: 404 for an identity that is not there for this user or a path that does not exist, 405, 413 and 415. */
            default: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "request-ref": components["headers"]["RequestRef"];
                    /**
                     * @description The methods the path knows; sent with a 405 only.
                     * @example POST
                     */
                    Allow?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WeavrAccessTokenFailure"];
                };
            };
        };
    };
}
