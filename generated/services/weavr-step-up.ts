// Generated from openapi/ by `make codegen`. Do not edit.
export interface paths {
    "/stepup/challenges/otp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Have a one-time password sent
         * @description Sends the user of the auth token a one-time password of six digits, to the email address the user logs in with.
         *     It is good for 300 seconds, five attempts and one success, at `POST /stepup/challenges/otp/verify`. A new
         *     challenge leaves an earlier one as it is.
         *
         *     A user gets at most five challenges in ten minutes. An access token does not serve in the auth token's place
         *     here.
         */
        post: operations["createOtpChallenge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/stepup/challenges/otp/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Bring the one-time password back
         * @description Exchanges a one-time password for a new auth token of the same user. Access tokens that are made from it, for
         *     whichever identity, are `STEPPED_UP` for 15 minutes, unless configured otherwise, and `STANDARD` later. The new
         *     auth token ends with the login that was stepped up; the one that was presented stays what it is.
         *
         *     A password that is wrong, expired or spent, a challenge that is unknown, somebody else's or out of attempts: all
         *     are one and the same 401. A user has 15 failures in an hour; a success forgets them.
         */
        post: operations["verifyOtpChallenge"];
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
        /** @description Any object; its members have no meaning. */
        WeavrOtpChallengeRequest: Record<string, never>;
        WeavrOtpChallenge: {
            /**
             * Format: uuid
             * @description Names the challenge when the one-time password is brought back.
             */
            challengeId: string;
            /** @description Seconds for which the one-time password is good. */
            expiresIn: number;
        };
        WeavrOtpVerification: {
            /** @description The challenge, as it was named. */
            challengeId: string;
            /** @description The one-time password. */
            verificationCode: string;
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
    responses: {
        /** @description The request breaks the contract. Every failing field is listed; JSON that cannot be parsed gets the message alone. */
        InvalidRequest: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                "request-ref": components["headers"]["RequestRef"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["WeavrInvalidRequest"];
            };
        };
        /** @description The api-key or the auth token is not accepted. There is no body. */
        Unproved: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                "request-ref": components["headers"]["RequestRef"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description The auth token is good and its user is another programme's. There is no body. */
        Forbidden: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                "request-ref": components["headers"]["RequestRef"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description The user is locked for 30 minutes after five failed logins in a row. There is no body. */
        Locked: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                "request-ref": components["headers"]["RequestRef"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description A rate limit is exhausted. There is no body; the headers say which limit, and when to return. */
        TooManyRequests: {
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
        ServerError: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                "request-ref": components["headers"]["RequestRef"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description Everything else; 404 for a path that does not exist, 405, 413 and 415. */
        Failure: {
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
    parameters: {
        /**
         * @description Key of the programme the user belongs to.
         * @example pmk_Zk3b9Qw1
         */
        ApiKey: string;
    };
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
         * @example 5, 5;w=600
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
    createOtpChallenge: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Key of the programme the user belongs to.
                 * @example pmk_Zk3b9Qw1
                 */
                "api-key": components["parameters"]["ApiKey"];
            };
            path?: never;
            cookie?: never;
        };
        /** @description Nothing needs to be said. An empty body and any JSON object will do. */
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["WeavrOtpChallengeRequest"];
            };
        };
        responses: {
            /** @description The one-time password is on its way. */
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
                     *       "challengeId": "5d1c1f6e-6d0f-4c39-9a51-0b7a4d1f3c55",
                     *       "expiresIn": 300
                     *     }
                     */
                    "application/json": components["schemas"]["WeavrOtpChallenge"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unproved"];
            403: components["responses"]["Forbidden"];
            423: components["responses"]["Locked"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["ServerError"];
            /** @description The server or its database cannot answer at the moment, or the one-time password cannot be handed on. There is no body. */
            503: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "request-ref": components["headers"]["RequestRef"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Failure"];
        };
    };
    verifyOtpChallenge: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Key of the programme the user belongs to.
                 * @example pmk_Zk3b9Qw1
                 */
                "api-key": components["parameters"]["ApiKey"];
            };
            path?: never;
            cookie?: never;
        };
        /** @description The challenge, and the one-time password that was sent for it. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "challengeId": "5d1c1f6e-6d0f-4c39-9a51-0b7a4d1f3c55",
                 *       "verificationCode": "049217"
                 *     }
                 */
                "application/json": components["schemas"]["WeavrOtpVerification"];
            };
        };
        responses: {
            /** @description The user has stepped up. */
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
            400: components["responses"]["InvalidRequest"];
            /** @description The api-key, the auth token or the one-time password is not accepted. There is no body. */
            401: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "request-ref": components["headers"]["RequestRef"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: components["responses"]["Forbidden"];
            423: components["responses"]["Locked"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["ServerError"];
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
            default: components["responses"]["Failure"];
        };
    };
}
