// Generated from openapi/ by `make codegen`. Do not edit.
export interface paths {
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the public keys
         * @description The key set (RFC 7517) of this server: every key that signs now, will sign next, or has signed a token that
         *     may still be alive. It may be cached for the time `Cache-Control` says; errors may not.
         */
        get: operations["readKeys"];
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
        KeySet: {
            /** @description The keys, in no particular order. */
            keys: components["schemas"]["Key"][];
        };
        /** @description One public key (RFC 7517); members beside these depend on the key type. */
        Key: {
            /** @description Key type. */
            kty: string;
            /** @description Key id, as in the header of a token. */
            kid: string;
            /**
             * @description What the key is for.
             * @enum {string}
             */
            use: "sig";
            /** @description The signature algorithm it is used with. */
            alg: string;
        } & {
            [key: string]: unknown;
        };
        Error: {
            /**
             * @description Error code in the vocabulary of OAuth 2.0.
             * @enum {string}
             */
            error: "invalid_request" | "server_error" | "temporarily_unavailable";
            /** @description The error as a sentence. */
            error_description: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: {
        /**
         * @description For how long the keys may be cached.
         * @example public, max-age=300
         */
        PublicCache: string;
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
    readKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key set. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["PublicCache"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "keys": [
                     *         {
                     *           "kty": "EC",
                     *           "kid": "es-2025-06",
                     *           "use": "sig",
                     *           "alg": "ES256",
                     *           "crv": "P-256",
                     *           "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                     *           "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["KeySet"];
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
                    "application/json": components["schemas"]["Error"];
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
                    "application/json": components["schemas"]["Error"];
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
                    "application/json": components["schemas"]["Error"];
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
                     *       "error": "temporarily_unavailable",
                     *       "error_description": "Too many requests."
                     *     }
                     */
                    "application/json": components["schemas"]["Error"];
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
                     *       "error": "server_error",
                     *       "error_description": "The request could not be completed."
                     *     }
                     */
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The server or its database cannot answer at the moment. */
            503: {
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
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
}
