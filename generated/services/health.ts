// Generated from openapi/ by `make codegen`. Do not edit.
export interface paths {
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Is the process up
         * @description Answers 200 while the process can answer at all. It does not look at the database.
         */
        get: operations["readLiveness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Can the server do its work
         * @description Answers 200 when every check passes, and 503 with the checks when one fails, before the server is ready and once it is shutting down.
         */
        get: operations["readReadiness"];
        put?: never;
        post?: never;
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
        Liveness: {
            /**
             * @description Always the same word.
             * @enum {string}
             */
            status: "live";
        };
        Readiness: {
            /**
             * @description Always the same word.
             * @enum {string}
             */
            status: "ready";
        };
        NotReady: {
            /**
             * @description Always the same word.
             * @enum {string}
             */
            status: "not_ready";
            checks: components["schemas"]["HealthChecks"];
            /** @description A sentence for each check of the ledger and of the replication that is not `ok`. */
            detail?: string;
        };
        /** @description Each check by name, and how it went. A check that could not be made is left out. */
        HealthChecks: {
            serving: components["schemas"]["HealthCheckResult"];
            database: components["schemas"]["HealthCheckResult"];
            /**
             * @description Whether the database still has every token that was answered. `lost_tokens` stays until an operator acknowledges the loss.
             * @enum {string}
             */
            ledger?: "ok" | "lost_tokens";
            /**
             * @description Whether commits wait for a standby. Only where the server is told to require it.
             * @enum {string}
             */
            replication?: "ok" | "not_synchronous";
        };
        /**
         * @description How a check went.
         * @enum {string}
         */
        HealthCheckResult: "ok" | "failing";
        HealthError: {
            error: components["schemas"]["HealthErrorCode"];
            /** @description The error as a sentence. */
            error_description: string;
        };
        /**
         * @description Error code in the vocabulary of OAuth 2.0.
         * @enum {string}
         */
        HealthErrorCode: "invalid_request";
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
         * @description The methods the path knows.
         * @example GET
         */
        Allow: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The process is up. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "live"
                     *     }
                     */
                    "application/json": components["schemas"]["Liveness"];
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
                     *       "error_description": "The request could not be read, or has a body where there must be none."
                     *     }
                     */
                    "application/json": components["schemas"]["HealthError"];
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
                    "application/json": components["schemas"]["HealthError"];
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
                     *       "error_description": "Use GET on this path."
                     *     }
                     */
                    "application/json": components["schemas"]["HealthError"];
                };
            };
        };
    };
    readReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The server can issue tokens. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ready"
                     *     }
                     */
                    "application/json": components["schemas"]["Readiness"];
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
                     *       "error_description": "The request could not be read, or has a body where there must be none."
                     *     }
                     */
                    "application/json": components["schemas"]["HealthError"];
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
                    "application/json": components["schemas"]["HealthError"];
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
                     *       "error_description": "Use GET on this path."
                     *     }
                     */
                    "application/json": components["schemas"]["HealthError"];
                };
            };
            /** @description The server cannot issue tokens at the moment. */
            503: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "not_ready",
                     *       "checks": {
                     *         "serving": "ok",
                     *         "database": "ok",
                     *         "ledger": "lost_tokens"
                     *       },
                     *       "detail": "The database has lost 12 answered tokens: see `polymint ledger acknowledge`."
                     *     }
                     */
                    "application/json": components["schemas"]["NotReady"];
                };
            };
        };
    };
}
