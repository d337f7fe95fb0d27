// Generated from openapi/ by `make codegen`. Do not edit.
export interface paths {
    "/sandbox/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List requests and their answers
         * @description Lists the newest requests of every server on the database, the oldest of them first. The newest thousand are kept. Probes, and
         *     requests for this list, are not in it.
         *
         *     With `after`, only those after that id are listed, the oldest of them: pass the last id to follow them.
         */
        get: operations["listRequests"];
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
        RecordedRequests: {
            /** @description The oldest first. */
            requests: components["schemas"]["RecordedRequest"][];
        };
        /** @description A request and its answer. Where a value may have been a secret, there is a text in brackets. */
        RecordedRequest: {
            /** @description Ascends from request to request. */
            id: number;
            /**
             * Format: date-time
             * @description When the request came, by the server's clock.
             */
            at: string;
            /** @description The contract or service; null for a path of none. */
            contract: string | null;
            /** @description Its `operationId`, or the path of a page. */
            operation: string | null;
            /** @description The client, if it proved who it is. */
            client_id: string | null;
            /** @description The method. */
            method: string;
            /** @description The path, without segments that may be secrets. */
            path: string;
            /** @description The status of the answer; null if the connection ended before. */
            status: number | null;
            /** @description The server's own reason, if it refused the request. */
            refusal: string | null;
            /** @description By which the log names the request. */
            correlation_id: string | null;
            /** @description Milliseconds until the answer had been sent. */
            duration_ms: number;
            request: components["schemas"]["SentRequest"];
            answer: components["schemas"]["SentAnswer"];
        };
        /** @description What came. */
        SentRequest: {
            headers: components["schemas"]["Values"];
            query: components["schemas"]["Values"];
            /** @description The members of the body; absent without one, or if the request was refused before it was read. */
            body?: unknown;
        };
        /** @description What was sent. */
        SentAnswer: {
            headers: components["schemas"]["Values"];
            /** @description The body; absent without one. */
            body?: unknown;
        };
        /** @description Values by name. */
        Values: {
            [key: string]: unknown;
        };
        RecorderError: {
            error: components["schemas"]["RecorderErrorCode"];
            /** @description The error as a sentence. */
            error_description: string;
        };
        /**
         * @description Error code in the vocabulary of OAuth 2.0.
         * @enum {string}
         */
        RecorderErrorCode: "invalid_request" | "server_error" | "temporarily_unavailable";
    };
    responses: {
        /** @description The request could not be read, or a parameter is not valid. */
        BadRequest: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": "invalid_request",
                 *       "error_description": "The request could not be read, or a parameter is not valid."
                 *     }
                 */
                "application/json": components["schemas"]["RecorderError"];
            };
        };
        /** @description There is nothing at this path. */
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
                "application/json": components["schemas"]["RecorderError"];
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
                 *       "error_description": "Use GET on this path."
                 *     }
                 */
                "application/json": components["schemas"]["RecorderError"];
            };
        };
        /** @description The caller has used up its allowance. */
        TooManyRequests: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": "temporarily_unavailable",
                 *       "error_description": "Too many requests."
                 *     }
                 */
                "application/json": components["schemas"]["RecorderError"];
            };
        };
        /** @description The server failed in a way it did not foresee. */
        ServerError: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": "server_error",
                 *       "error_description": "The request could not be completed."
                 *     }
                 */
                "application/json": components["schemas"]["RecorderError"];
            };
        };
        /** @description The server or its database cannot answer at the moment. */
        Unavailable: {
            headers: {
                "Cache-Control": components["headers"]["NoStore"];
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": "temporarily_unavailable",
                 *       "error_description": "The server cannot answer at the moment."
                 *     }
                 */
                "application/json": components["schemas"]["RecorderError"];
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
         * @example GET
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
    listRequests: {
        parameters: {
            query?: {
                /**
                 * @description Only requests for this contract or service.
                 * @example abbeycross
                 */
                contract?: string;
                /**
                 * @description Only requests of this client, which it proved to be.
                 * @example demo-abbeycross
                 */
                client?: string;
                /**
                 * @description Only requests after the one with this id.
                 * @example 41
                 */
                after?: number;
                /**
                 * @description How many at most.
                 * @example 10
                 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The requests, each with its answer. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "requests": [
                     *         {
                     *           "id": 42,
                     *           "at": "2026-01-15T12:00:00.000Z",
                     *           "contract": "abbeycross",
                     *           "operation": "issueAbbeycrossToken",
                     *           "client_id": null,
                     *           "method": "POST",
                     *           "path": "/v1/oauth/token",
                     *           "status": 401,
                     *           "refusal": "invalid_client",
                     *           "correlation_id": "7d4c2a5e-1b0f-4b7e-9a43-2f1f6f0f3c11",
                     *           "duration_ms": 3.2,
                     *           "request": {
                     *             "headers": {
                     *               "content-type": "application/json"
                     *             },
                     *             "query": {},
                     *             "body": {
                     *               "client_id": "[redacted]",
                     *               "client_secret": "[redacted]"
                     *             }
                     *           },
                     *           "answer": {
                     *             "headers": {
                     *               "content-type": "application/json; charset=utf-8"
                     *             },
                     *             "body": {
                     *               "error": "invalid_client"
                     *             }
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["RecordedRequests"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["ServerError"];
            503: components["responses"]["Unavailable"];
        };
    };
}
