// Generated from openapi/ by `make codegen`. Do not edit.
export interface paths {
    "/v1/oauth/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Trade client id and secret for an access token
         * @description Grants an access token with all the scopes the client is registered for. The request names no grant type and
         *     no scope.
         *
         *     Decisions of this server:
         *
         *     * The members of the 200 carry the names of RFC 6749 §5.1; the contract leaves the object open. `scope` is
         *       absent when the client has no scopes.
         *     * 409 is the answer to every mistake of a client that HTTP has no status of its own for. `code` is stable and
         *       is one of `AbbeycrossErrorCode`; `errorId` stands in our log too; an unknown client and a wrong
         *       secret read the same; the value of a secret is never repeated.
         *     * 503 outside the opening hours of the configured calendar, with `Retry-After` up to the next opening, and 503
         *       with another `code` while the database is away. By default the service is always open.
         *     * 404, 405, 413, 415 and 429 have the shape of the documented errors.
         */
        post: operations["issueAbbeycrossToken"];
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
        AbbeycrossTokenRequest: {
            /** @description Id of the client. */
            client_id: string;
            /** @description Secret of the client. */
            client_secret: string;
        };
        AbbeycrossToken: {
            /** @description The access token. */
            access_token: string;
            token_type: components["schemas"]["BearerTokenType"];
            /** @description Seconds the token is valid for from now. */
            expires_in: number;
            /** @description The client's scopes, separated by spaces; absent when it has none. */
            scope?: string;
        };
        /**
         * @description How the access token is presented.
         * @enum {string}
         */
        BearerTokenType: "Bearer";
        AbbeycrossError: {
            /** @description UUID of this one event; quote it to support. */
            errorId: string;
            code: components["schemas"]["AbbeycrossErrorCode"];
            /** @description The same as a sentence for people. */
            text: string;
            /** @description The member at fault; only when the input is at fault. */
            parameter_name?: string;
            /** @description What was sent in that member, of any JSON type; never for a secret. */
            parameter_value?: unknown;
        };
        /**
         * @description What went wrong, as a name that does not change:
         *
         *     * `INVALID_CREDENTIALS` (409): no client with this id and this secret.
         *     * `MISSING_PARAMETER` (409): a required member is absent, null or empty.
         *     * `INVALID_PARAMETER` (409): a member has the wrong type, is too long or blank.
         *     * `DUPLICATED_PARAMETER` (409): a member is given more than once.
         *     * `MALFORMED_REQUEST` (409): the body is not a JSON object.
         *     * `UNSUPPORTED_GRANT` (409): the client is not registered for client credentials.
         *     * `NOT_FOUND` (404): there is nothing at the path.
         *     * `METHOD_NOT_ALLOWED` (405): the path does not know the method.
         *     * `PAYLOAD_TOO_LARGE` (413): the body is larger than the server reads.
         *     * `UNSUPPORTED_MEDIA_TYPE` (415): the body is not declared as JSON.
         *     * `TOO_MANY_REQUESTS` (429): the caller has used up its allowance.
         *     * `INTERNAL_ERROR` (500): a failure nobody foresaw.
         *     * `SERVICE_UNAVAILABLE` (503): the server or its database cannot answer at the moment.
         *     * `OUTSIDE_WORKING_HOURS` (503): the service is closed at this hour.
         * @enum {string}
         */
        AbbeycrossErrorCode: "INVALID_CREDENTIALS" | "MISSING_PARAMETER" | "INVALID_PARAMETER" | "DUPLICATED_PARAMETER" | "MALFORMED_REQUEST" | "UNSUPPORTED_GRANT" | "NOT_FOUND" | "METHOD_NOT_ALLOWED" | "PAYLOAD_TOO_LARGE" | "UNSUPPORTED_MEDIA_TYPE" | "TOO_MANY_REQUESTS" | "INTERNAL_ERROR" | "SERVICE_UNAVAILABLE" | "OUTSIDE_WORKING_HOURS";
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
    issueAbbeycrossToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The client's credentials. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "client_id": "ledger-sync",
                 *       "client_secret": "pms_7Yt0vQeXw2kLr9Ha"
                 *     }
                 */
                "application/json": components["schemas"]["AbbeycrossTokenRequest"];
            };
        };
        responses: {
            /** @description An access token. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    Pragma: components["headers"]["NoCache"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "access_token": "eyJhbGciOiJFUzI1NiJ9.eyJqdGkiOiIxIn0.c2lnbmF0dXJl",
                     *       "token_type": "Bearer",
                     *       "expires_in": 3600,
                     *       "scope": "accounts payments"
                     *     }
                     */
                    "application/json": components["schemas"]["AbbeycrossToken"];
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
                     *       "errorId": "0f8fad5b-d9cb-469f-a165-708677289507",
                     *       "code": "NOT_FOUND",
                     *       "text": "There is nothing at this path."
                     *     }
                     */
                    "application/json": components["schemas"]["AbbeycrossError"];
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
                     *       "errorId": "0f8fad5b-d9cb-469f-a165-708677289508",
                     *       "code": "METHOD_NOT_ALLOWED",
                     *       "text": "Use POST on this path."
                     *     }
                     */
                    "application/json": components["schemas"]["AbbeycrossError"];
                };
            };
            /** @description The one client error of the contract: input that is malformed or missing, and credentials that are not accepted. */
            409: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AbbeycrossError"];
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
                     *       "errorId": "0f8fad5b-d9cb-469f-a165-708677289509",
                     *       "code": "PAYLOAD_TOO_LARGE",
                     *       "text": "The body is too large."
                     *     }
                     */
                    "application/json": components["schemas"]["AbbeycrossError"];
                };
            };
            /** @description The body is not JSON by its media type. */
            415: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "errorId": "0f8fad5b-d9cb-469f-a165-708677289510",
                     *       "code": "UNSUPPORTED_MEDIA_TYPE",
                     *       "text": "Send the body as application/json."
                     *     }
                     */
                    "application/json": components["schemas"]["AbbeycrossError"];
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
                     *       "errorId": "0f8fad5b-d9cb-469f-a165-708677289511",
                     *       "code": "TOO_MANY_REQUESTS",
                     *       "text": "Too many requests."
                     *     }
                     */
                    "application/json": components["schemas"]["AbbeycrossError"];
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
                     *       "errorId": "0f8fad5b-d9cb-469f-a165-708677289504",
                     *       "code": "INTERNAL_ERROR",
                     *       "text": "The request could not be completed."
                     *     }
                     */
                    "application/json": components["schemas"]["AbbeycrossError"];
                };
            };
            /** @description Closed outside working hours, or the database is away; `code` tells which. */
            503: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AbbeycrossError"];
                };
            };
        };
    };
}
