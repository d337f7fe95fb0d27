// Generated from openapi/ by `make codegen`. Do not edit.
export interface paths {
    "/sandbox/arms": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Which faults wait for requests
         * @description Lists the faults that are armed, of each contract in the order in which its requests will meet them.
         */
        get: operations["listArmedFaults"];
        put?: never;
        /**
         * Arm a fault
         * @description Says what shall go wrong with requests of a contract or a service that are valid. A refusal is answered in the
         *     contract's own words. Faults with `times` are met in the order in which they were armed, before any without;
         *     of those without, the newest counts until it is cleared.
         *
         *     `status` and `refusal` exclude what is wrong with a token: a request that is refused gets none. What does not
         *     fit is answered with 400 and a list of what there is.
         */
        post: operations["armFault"];
        /**
         * Clear faults
         * @description Removes the faults of a contract, or all. To clear what is not there is no error.
         */
        delete: operations["clearFaults"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description What goes wrong with a request. */
        Fault: {
            /** @description The name of the contract or the service. */
            contract: string;
            /** @description Meet only requests whose credentials name this client. */
            client_id?: string;
            /**
             * Format: int32
             * @description How many requests it meets; without it, every request until it is cleared.
             */
            times?: number;
            /**
             * @description Why the request is refused. An unknown one is answered with a list of those there are.
             * @example throttled
             */
            refusal?: string;
            /**
             * Format: int32
             * @description With which status it is refused, by the usual refusal that has it.
             * @example 503
             */
            status?: number;
            /** @description The field of the request that the refusal names. */
            field?: string;
            /**
             * @description The rule that the field broke.
             * @enum {string}
             */
            rule?: "required" | "blank" | "type" | "enum" | "pattern" | "format" | "min_length" | "max_length" | "exactly_one" | "duplicated" | "undecodable" | "not_empty";
            /**
             * Format: int32
             * @description For Retry-After.
             */
            retry_after_seconds?: number;
            /**
             * Format: int32
             * @description Milliseconds before the request is dealt with.
             */
            delay_ms?: number;
            /**
             * @description Deal with the request, then reset its connection, or close it after half of the body.
             * @enum {string}
             */
            drop?: "reset" | "truncate";
            /**
             * @description Claims of the tokens, in place of their own; null leaves one out.
             * @example {
             *       "aud": "elsewhere"
             *     }
             */
            claims?: {
                [key: string]: unknown;
            };
            /** @description The tokens expired a minute ago. */
            expired?: boolean;
            /** @description The signature of the tokens is wrong. */
            bad_signature?: boolean;
            /** @description The tokens name a key that is not published. */
            wrong_kid?: boolean;
            /**
             * Format: int32
             * @description Seconds by which the clock is wrong for the request.
             */
            clock_seconds?: number;
        };
        /** @description A fault that waits for requests; `times` is how many more. */
        ArmedFault: {
            /** @description The name of the contract or the service. */
            contract: string;
            /** @description Meet only requests whose credentials name this client. */
            client_id?: string;
            /**
             * Format: int32
             * @description How many requests it meets; without it, every request until it is cleared.
             */
            times?: number;
            /**
             * @description Why the request is refused. An unknown one is answered with a list of those there are.
             * @example throttled
             */
            refusal?: string;
            /**
             * Format: int32
             * @description With which status it is refused, by the usual refusal that has it.
             * @example 503
             */
            status?: number;
            /** @description The field of the request that the refusal names. */
            field?: string;
            /**
             * @description The rule that the field broke.
             * @enum {string}
             */
            rule?: "required" | "blank" | "type" | "enum" | "pattern" | "format" | "min_length" | "max_length" | "exactly_one" | "duplicated" | "undecodable" | "not_empty";
            /**
             * Format: int32
             * @description For Retry-After.
             */
            retry_after_seconds?: number;
            /**
             * Format: int32
             * @description Milliseconds before the request is dealt with.
             */
            delay_ms?: number;
            /**
             * @description Deal with the request, then reset its connection, or close it after half of the body.
             * @enum {string}
             */
            drop?: "reset" | "truncate";
            /**
             * @description Claims of the tokens, in place of their own; null leaves one out.
             * @example {
             *       "aud": "elsewhere"
             *     }
             */
            claims?: {
                [key: string]: unknown;
            };
            /** @description The tokens expired a minute ago. */
            expired?: boolean;
            /** @description The signature of the tokens is wrong. */
            bad_signature?: boolean;
            /** @description The tokens name a key that is not published. */
            wrong_kid?: boolean;
            /**
             * Format: int32
             * @description Seconds by which the clock is wrong for the request.
             */
            clock_seconds?: number;
            /**
             * Format: date-time
             * @description When it was armed.
             */
            armed_at: string;
        };
        ArmedFaults: {
            /** @description In the order in which requests meet them. */
            faults: components["schemas"]["ArmedFault"][];
        };
        ClearedFaults: {
            /**
             * Format: int32
             * @description How many there were.
             */
            cleared: number;
        };
        SandboxError: {
            /**
             * @description Error code in the vocabulary of OAuth 2.0.
             * @enum {string}
             */
            error: "invalid_request" | "temporarily_unavailable" | "server_error";
            /** @description The error as a sentence. */
            error_description: string;
        };
    };
    responses: {
        /** @description The request is not valid, or the fault does not fit. */
        InvalidRequest: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": "invalid_request",
                 *       "error_description": "There is no contract or service nowhere."
                 *     }
                 */
                "application/json": components["schemas"]["SandboxError"];
            };
        };
        /** @description There is nothing at this path, or the server has no sandbox. */
        NotFound: {
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
                "application/json": components["schemas"]["SandboxError"];
            };
        };
        /** @description The path exists, the method does not. */
        MethodNotAllowed: {
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
                "application/json": components["schemas"]["SandboxError"];
            };
        };
        /** @description The body is larger than 64 KiB. */
        TooLarge: {
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
                "application/json": components["schemas"]["SandboxError"];
            };
        };
        /** @description The body is no uncompressed JSON in UTF-8. */
        UnsupportedMediaType: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": "invalid_request",
                 *       "error_description": "The body must be uncompressed JSON in UTF-8."
                 *     }
                 */
                "application/json": components["schemas"]["SandboxError"];
            };
        };
        /** @description The server handles as many requests as it may. */
        Throttled: {
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
                "application/json": components["schemas"]["SandboxError"];
            };
        };
        /** @description Something went wrong in the server. */
        Failed: {
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
                "application/json": components["schemas"]["SandboxError"];
            };
        };
        /** @description The database is away, or the server has just started. */
        Away: {
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
                "application/json": components["schemas"]["SandboxError"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /**
         * @description This answer is never cached.
         * @example no-store
         */
        NoStore: "no-store";
        /**
         * @description The methods the path knows.
         * @example GET, POST, DELETE, HEAD
         */
        Allow: string;
        /**
         * @description Whole seconds to wait before the next attempt.
         * @example 1
         */
        RetryAfter: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listArmedFaults: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The faults. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "faults": [
                     *         {
                     *           "contract": "abbeycross",
                     *           "times": 2,
                     *           "refusal": "throttled",
                     *           "retry_after_seconds": 30,
                     *           "armed_at": "2026-01-15T12:00:00Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ArmedFaults"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            429: components["responses"]["Throttled"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Away"];
        };
    };
    armFault: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The fault. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["Fault"];
            };
        };
        responses: {
            /** @description It is armed. */
            201: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "contract": "abbeycross",
                     *       "refusal": "throttled",
                     *       "times": 2,
                     *       "retry_after_seconds": 30
                     *     }
                     */
                    "application/json": components["schemas"]["Fault"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["Throttled"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Away"];
        };
    };
    clearFaults: {
        parameters: {
            query?: {
                /**
                 * @description The contract or service whose faults are removed; those of all otherwise.
                 * @example abbeycross
                 */
                contract?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They are gone. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "cleared": 1
                     *     }
                     */
                    "application/json": components["schemas"]["ClearedFaults"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            429: components["responses"]["Throttled"];
            500: components["responses"]["Failed"];
            503: components["responses"]["Away"];
        };
    };
}
