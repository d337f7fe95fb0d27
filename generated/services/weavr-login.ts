// Generated from openapi/ by `make codegen`. Do not edit.
export interface paths {
    "/login_with_password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log a user in with a password
         * @description Checks email and password of a user of the programme that the `api-key` names, and returns an auth token. The
         *     token lives for 5 minutes after its last use, at most for 12 hours, unless configured otherwise, and is good for
         *     `POST /access_token` and the step-up only.
         *
         *     Five failures in a row lock the user for 30 minutes, here, on `POST /access_token` and at the step-up; the right
         *     password reads 423 too then. An unknown email and a wrong password read the same, and an email nobody has is
         *     locked in the same way.
         */
        post: operations["loginWithPassword"];
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
        WeavrLogin: {
            /** @description The user's email address. */
            email: string;
            password: components["schemas"]["WeavrPassword"];
        };
        /** @description The password, wrapped as the weavr contract wraps it. */
        WeavrPassword: {
            /** @description The password itself. */
            value: string;
        };
        WeavrAuthToken: {
            /** @description The auth token. */
            token: string;
            tokenType: components["schemas"]["WeavrAuthTokenType"];
            credentials: components["schemas"]["WeavrUserCredentials"];
        };
        /**
         * @description Always the same word.
         * @enum {string}
         */
        WeavrAuthTokenType: "AUTH";
        /** @description Who has proved to be the user. */
        WeavrUserCredentials: {
            /**
             * @description Owner of the identity, or another user of it.
             * @enum {string}
             */
            type: "ROOT" | "USER";
            /** @description Id of the user. */
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
        WeavrFailure: {
            /**
             * @description Stable name of the failure.
             * @enum {string}
             */
            code: "NOT_FOUND" | "METHOD_NOT_ALLOWED" | "PAYLOAD_TOO_LARGE" | "UNSUPPORTED_MEDIA_TYPE";
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
    loginWithPassword: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Key of the programme the user belongs to.
                 * @example pmk_Zk3b9Qw1
                 */
                "api-key": string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description The user's email and password. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.net",
                 *       "password": {
                 *         "value": "correct horse battery staple"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["WeavrLogin"];
            };
        };
        responses: {
            /** @description The user is logged in. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    Pragma: components["headers"]["NoCache"];
                    "request-ref": components["headers"]["RequestRef"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "token": "pma_9fXk2LqT0b",
                     *       "tokenType": "AUTH",
                     *       "credentials": {
                     *         "type": "ROOT",
                     *         "id": "114398042837147733"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["WeavrAuthToken"];
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
            /** @description The api-key, or the pair of email and password, is not accepted. There is no body. */
            401: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "request-ref": components["headers"]["RequestRef"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The password is right and the user is deactivated. There is no body. */
            403: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "request-ref": components["headers"]["RequestRef"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The user is locked after five failed logins in a row, for 30 minutes. There is no body. */
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
            /** @description Everything else; 404 for a path that does not exist, 405, 413 and 415. */
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
                    "application/json": components["schemas"]["WeavrFailure"];
                };
            };
        };
    };
}
