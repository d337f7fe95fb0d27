// Generated from openapi/ by `make codegen`. Do not edit.
export interface paths {
    "/v1/api/oauth/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Obtain an access token for a scope
         * @description Grants an access token to a client that authenticates with `Authorization: Basic`, the base64 form of its id
         *     and secret joined by a colon.
         *
         *     Decisions of this server:
         *
         *     * `expires_in` is the second at which the token expires, counted from the epoch, as the contract's example
         *       shows; it is not a duration. Tokens live for 7200 seconds.
         *     * The token is a JWT signed RS256. To `scope`, `client_id`, `firstVisionId` and `exp` we add `jti`, `iat` and
         *       `iss`, and a `kid` in its header.
         *     * There is no request body; one that is not empty is a 400 with `240005`.
         *     * `grant_type` in the query is accepted if it is `client_credentials`.
         *     * A `correlationId` of at most 40 characters is echoed on every response.
         *     * Missing credentials, wrong ones and a scope that is not granted are one and the same 401.
         *     * 404, 405, 413, 415, 429, 500 and 503 have the shape of the documented errors.
         */
        post: operations["issueFirstvisionToken"];
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
        FirstvisionToken: {
            /** @description The access token, a JWT signed RS256. */
            access_token: string;
            /**
             * Format: int64
             * @description The second at which the token expires, counted from the epoch. Not a duration.
             */
            expires_in: number;
            token_type: components["schemas"]["BearerTokenType"];
        };
        /**
         * @description How the access token is presented.
         * @enum {string}
         */
        BearerTokenType: "Bearer";
        /** @description An array that always holds one error. */
        FirstvisionErrorList: components["schemas"]["FirstvisionError"][];
        FirstvisionError: {
            /** @description A fixed sentence that points to invalid-params. */
            detail: string;
            errorCode: components["schemas"]["FirstvisionErrorCode"];
            /** @description The path of the request. */
            instance: string;
            /** @description What is wrong, mostly as the field, a colon and a message. */
            "invalid-params": string[];
            /**
             * @description The layer that answers.
             * @enum {string}
             */
            source: "AGT";
            /** @description The HTTP status once more. */
            status: number;
            /** @description The kind of error in a few words. */
            title: string;
        };
        /**
         * @description Layer, status and sequence in one number:
         *
         *     * `240009`: the scope is missing.
         *     * `240010`: a constraint is violated, such as a scope longer than 50 characters.
         *     * `240005`: there is a body, or the request cannot be decoded.
         *     * `240101`: credentials missing or wrong, or scope not granted.
         *     * `240401`: there is nothing at the path.
         *     * `240501`: the path does not know the method.
         *     * `241301`: the body is larger than the server reads.
         *     * `241501`: the media type or encoding of a body is not read.
         *     * `242901`: the caller has used up its allowance.
         *     * `250001`: a failure nobody foresaw.
         *     * `250301`: the server or its database cannot answer at the moment.
         * @enum {string}
         */
        FirstvisionErrorCode: "240009" | "240010" | "240005" | "240101" | "240401" | "240501" | "241301" | "241501" | "242901" | "250001" | "250301";
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
    issueFirstvisionToken: {
        parameters: {
            query: {
                /**
                 * @description Scopes the token is asked for, separated by spaces.
                 * @example edit
                 */
                scope: string;
                /**
                 * @description The grant; there is only one.
                 * @example client_credentials
                 */
                grant_type?: "client_credentials";
            };
            header?: {
                /**
                 * @description The caller's own mark for this exchange.
                 * @example 5d0c1a7e-checkout-17
                 */
                correlationId?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An access token. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    Pragma: components["headers"]["NoCache"];
                    /**
                     * @description The caller's correlation id, when it sent one.
                     * @example 5d0c1a7e-checkout-17
                     */
                    correlationId?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "access_token": "eyJhbGciOiJSUzI1NiJ9.eyJzY29wZSI6ImVkaXQifQ.c2lnbmF0dXJl",
                     *       "expires_in": 1750392000,
                     *       "token_type": "Bearer"
                     *     }
                     */
                    "application/json": components["schemas"]["FirstvisionToken"];
                };
            };
            /** @description The scope is missing or too long, or a body, a grant type or a header is not acceptable. */
            400: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    /**
                     * @description The caller's correlation id, when it sent one.
                     * @example 5d0c1a7e-checkout-17
                     */
                    correlationId?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FirstvisionErrorList"];
                };
            };
            /** @description Credentials are missing or wrong, or the scope is not granted to the client. One answer for all. */
            401: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                    /**
                     * @description The caller's correlation id, when it sent one.
                     * @example 5d0c1a7e-checkout-17
                     */
                    correlationId?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "detail": "Please refer to invalid-params for error details",
                     *         "errorCode": "240101",
                     *         "instance": "/v1/api/oauth/token",
                     *         "invalid-params": [
                     *           "Invalid client credentials or scope"
                     *         ],
                     *         "source": "AGT",
                     *         "status": 401,
                     *         "title": "Unauthorized"
                     *       }
                     *     ]
                     */
                    "application/json": components["schemas"]["FirstvisionErrorList"];
                };
            };
            /** @description There is nothing at this path. */
            404: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    /**
                     * @description The caller's correlation id, when it sent one.
                     * @example 5d0c1a7e-checkout-17
                     */
                    correlationId?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "detail": "Please refer to invalid-params for error details",
                     *         "errorCode": "240401",
                     *         "instance": "/v1/api/oauth/token",
                     *         "invalid-params": [
                     *           "path: is not known"
                     *         ],
                     *         "source": "AGT",
                     *         "status": 404,
                     *         "title": "Not Found"
                     *       }
                     *     ]
                     */
                    "application/json": components["schemas"]["FirstvisionErrorList"];
                };
            };
            /** @description The path exists, the method does not. */
            405: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    Allow: components["headers"]["Allow"];
                    /**
                     * @description The caller's correlation id, when it sent one.
                     * @example 5d0c1a7e-checkout-17
                     */
                    correlationId?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "detail": "Please refer to invalid-params for error details",
                     *         "errorCode": "240501",
                     *         "instance": "/v1/api/oauth/token",
                     *         "invalid-params": [
                     *           "method: must be POST"
                     *         ],
                     *         "source": "AGT",
                     *         "status": 405,
                     *         "title": "Method Not Allowed"
                     *       }
                     *     ]
                     */
                    "application/json": components["schemas"]["FirstvisionErrorList"];
                };
            };
            /** @description The body is larger than the server reads. */
            413: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    /**
                     * @description The caller's correlation id, when it sent one.
                     * @example 5d0c1a7e-checkout-17
                     */
                    correlationId?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "detail": "Please refer to invalid-params for error details",
                     *         "errorCode": "241301",
                     *         "instance": "/v1/api/oauth/token",
                     *         "invalid-params": [
                     *           "body: is too large"
                     *         ],
                     *         "source": "AGT",
                     *         "status": 413,
                     *         "title": "Payload Too Large"
                     *       }
                     *     ]
                     */
                    "application/json": components["schemas"]["FirstvisionErrorList"];
                };
            };
            /** @description A body came in an encoding or a media type that is not read. */
            415: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    /**
                     * @description The caller's correlation id, when it sent one.
                     * @example 5d0c1a7e-checkout-17
                     */
                    correlationId?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "detail": "Please refer to invalid-params for error details",
                     *         "errorCode": "241501",
                     *         "instance": "/v1/api/oauth/token",
                     *         "invalid-params": [
                     *           "Content-Type: is not supported"
                     *         ],
                     *         "source": "AGT",
                     *         "status": 415,
                     *         "title": "Unsupported Media Type"
                     *       }
                     *     ]
                     */
                    "application/json": components["schemas"]["FirstvisionErrorList"];
                };
            };
            /** @description The caller has used up its allowance. */
            429: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    /**
                     * @description The caller's correlation id, when it sent one.
                     * @example 5d0c1a7e-checkout-17
                     */
                    correlationId?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "detail": "Please refer to invalid-params for error details",
                     *         "errorCode": "242901",
                     *         "instance": "/v1/api/oauth/token",
                     *         "invalid-params": [
                     *           "rate: is exceeded"
                     *         ],
                     *         "source": "AGT",
                     *         "status": 429,
                     *         "title": "Too Many Requests"
                     *       }
                     *     ]
                     */
                    "application/json": components["schemas"]["FirstvisionErrorList"];
                };
            };
            /** @description The server failed in a way it did not foresee. */
            500: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    /**
                     * @description The caller's correlation id, when it sent one.
                     * @example 5d0c1a7e-checkout-17
                     */
                    correlationId?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "detail": "Please refer to invalid-params for error details",
                     *         "errorCode": "250001",
                     *         "instance": "/v1/api/oauth/token",
                     *         "invalid-params": [
                     *           "server: could not complete the request"
                     *         ],
                     *         "source": "AGT",
                     *         "status": 500,
                     *         "title": "Internal Server Error"
                     *       }
                     *     ]
                     */
                    "application/json": components["schemas"]["FirstvisionErrorList"];
                };
            };
            /** @description The server or its database cannot answer at the moment. */
            503: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    /**
                     * @description The caller's correlation id, when it sent one.
                     * @example 5d0c1a7e-checkout-17
                     */
                    correlationId?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "detail": "Please refer to invalid-params for error details",
                     *         "errorCode": "250301",
                     *         "instance": "/v1/api/oauth/token",
                     *         "invalid-params": [
                     *           "server: cannot answer at the moment"
                     *         ],
                     *         "source": "AGT",
                     *         "status": 503,
                     *         "title": "Service Unavailable"
                     *       }
                     *     ]
                     */
                    "application/json": components["schemas"]["FirstvisionErrorList"];
                };
            };
        };
    };
}
