// Generated from openapi/ by `make codegen`. Do not edit.
export interface paths {
    "/device_authorization": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a person's approval on another device
         * @description Gives a device the two codes of RFC 8628 §3.2. The device shows `user_code` and `verification_uri`, or
         *     `verification_uri_complete` as something to scan, and polls the token endpoint of its contract with `device_code`.
         *
         *     Decisions of this server:
         *
         *     * The client proves itself as its contract has it: with a secret in the form or in a Basic header, with an assertion, with
         *       its certificate, or, if it is registered for `none`, with its `client_id` alone. It must be registered for the device grant. The audience of an
         *       assertion is our issuer or the URL of this endpoint, as one value; a request that is refused does not use its `jti` up.
         *     * `user_code` has eight letters out of BCDFGHJKLMNPQRSTVWXZ and a dash. Whoever types it may leave the dash
         *       out, put spaces in, and use small letters.
         *     * Both codes live for ten minutes. A poll that comes before `interval` is over is answered `slow_down`, and adds
         *       five seconds to the interval for good.
         *     * Without `scope`, all that the client is registered for is asked for.
         *     * The codes that an address and a client get in a time are limited, since a client without a secret is known by its name
         *       alone. Beyond that the answer is 429, and `Retry-After` says when to ask again.
         *     * Errors, and `x-fapi-interaction-id`, take the form that FAPI has: every OAuth error is a 400. 404: no
         *       contract that offers the device grant is switched on, or the path is not known. 406: `Accept` excludes JSON. 502: the database refuses
         *       or drops the connection. 504: it did not answer in time, or no connection came free. 503: the server is
         *       still starting.
         */
        post: operations["authorizeDevice"];
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
        /** @description A UUID in its plain form, in either case. */
        FapiInteractionId: string;
        /** @description Form parameters. One without a value counts as left out (RFC 6749 §3.2). */
        DeviceAuthorizationRequest: {
            /** @description Id of the client. Required where nothing else in the request says it. */
            client_id?: string;
            /** @description The client's secret, for clients that are registered for client_secret_post. */
            client_secret?: string;
            /**
             * @description What kind of assertion follows.
             * @enum {string}
             */
            client_assertion_type?: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            /** @description The signed assertion, under the name it has at the token endpoint too. */
            assertion?: string;
            /** @description The same assertion under the name of RFC 7521. */
            client_assertion?: string;
            /** @description Scopes asked for, separated by spaces. Without it, all the client may have. */
            scope?: string;
        };
        DeviceAuthorization: {
            /** @description For the device alone; it polls with it. */
            device_code: string;
            /** @description For the person to type in. */
            user_code: string;
            /**
             * Format: uri
             * @description Where the person types it in.
             */
            verification_uri: string;
            /**
             * Format: uri
             * @description The same, with the code filled in.
             */
            verification_uri_complete: string;
            /** @description Seconds that both codes are good for. */
            expires_in: number;
            /** @description Seconds between two polls at least. */
            interval: number;
        };
        DeviceAuthorizationError: {
            error: components["schemas"]["DeviceAuthorizationErrorCode"];
            /** @description The error as a sentence. */
            error_description: string;
        };
        /**
         * @description A 400 has an error code of RFC 6749 §5.2. 405, 413 and 415 have `invalid_request`, and 503 has
         *     `temporarily_unavailable` (RFC 6749 §4.1.2.1).
         * @enum {string}
         */
        DeviceAuthorizationErrorCode: "invalid_request" | "invalid_client" | "unauthorized_client" | "invalid_scope" | "temporarily_unavailable";
        DeviceAuthorizationNotFound: {
            /** @description What was not found, in sentences. */
            errors: string[];
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
         * @description The caller's interaction id, or one made here.
         * @example 73cac523-d3ae-2289-b106-330a6218710d
         */
        InteractionId: components["schemas"]["FapiInteractionId"];
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
    authorizeDevice: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description UUID that ties this exchange to the caller's records; echoed.
                 * @example 73cac523-d3ae-2289-b106-330a6218710d
                 */
                "x-fapi-interaction-id"?: components["schemas"]["FapiInteractionId"];
            };
            path?: never;
            cookie?: never;
        };
        /** @description What is asked for, and the proof of who asks. */
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["DeviceAuthorizationRequest"];
            };
        };
        responses: {
            /** @description The codes. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    Pragma: components["headers"]["NoCache"];
                    "x-fapi-interaction-id": components["headers"]["InteractionId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "device_code": "pmd_GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS1b2c3d4e",
                     *       "user_code": "WDJB-MJHT",
                     *       "verification_uri": "https://token.example.net/device",
                     *       "verification_uri_complete": "https://token.example.net/device?user_code=WDJB-MJHT",
                     *       "expires_in": 600,
                     *       "interval": 5
                     *     }
                     */
                    "application/json": components["schemas"]["DeviceAuthorization"];
                };
            };
            /** @description The request is refused, for its form, its client or its scope. */
            400: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "x-fapi-interaction-id": components["headers"]["InteractionId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "invalid_client",
                     *       "error_description": "Client authentication failed."
                     *     }
                     */
                    "application/json": components["schemas"]["DeviceAuthorizationError"];
                };
            };
            /** @description No contract that offers the device grant is switched on, or there is nothing at this path. */
            404: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "x-fapi-interaction-id": components["headers"]["InteractionId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "errors": [
                     *         "There is nothing at this path."
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["DeviceAuthorizationNotFound"];
                };
            };
            /** @description The path exists, the method does not. */
            405: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "x-fapi-interaction-id": components["headers"]["InteractionId"];
                    Allow: components["headers"]["Allow"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "invalid_request",
                     *       "error_description": "Use POST on this path."
                     *     }
                     */
                    "application/json": components["schemas"]["DeviceAuthorizationError"];
                };
            };
            /** @description The caller does not accept JSON. There is no body. */
            406: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "x-fapi-interaction-id": components["headers"]["InteractionId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is larger than the server reads. */
            413: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "x-fapi-interaction-id": components["headers"]["InteractionId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "invalid_request",
                     *       "error_description": "The body is too large."
                     *     }
                     */
                    "application/json": components["schemas"]["DeviceAuthorizationError"];
                };
            };
            /** @description The body is not a form. */
            415: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "x-fapi-interaction-id": components["headers"]["InteractionId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "invalid_request",
                     *       "error_description": "Send the parameters as application/x-www-form-urlencoded."
                     *     }
                     */
                    "application/json": components["schemas"]["DeviceAuthorizationError"];
                };
            };
            /** @description The caller has used up its allowance. There is no body. */
            429: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "x-fapi-interaction-id": components["headers"]["InteractionId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The server failed in a way it did not foresee. There is no body. */
            500: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "x-fapi-interaction-id": components["headers"]["InteractionId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The database refused or dropped the connection. There is no body. */
            502: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "x-fapi-interaction-id": components["headers"]["InteractionId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The server is shutting down or not ready yet. */
            503: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "x-fapi-interaction-id": components["headers"]["InteractionId"];
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
                    "application/json": components["schemas"]["DeviceAuthorizationError"];
                };
            };
            /** @description The database did not answer in time, or no connection to it came free. There is no body. */
            504: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "x-fapi-interaction-id": components["headers"]["InteractionId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
}
