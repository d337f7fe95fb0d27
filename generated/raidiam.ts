// Generated from openapi/ by `make codegen`. Do not edit.
export interface paths {
    "/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Obtain an access token
         * @description Grants an access token to a client, or to a device on a person's behalf.
         *
         *     Decisions of this server:
         *
         *     * `private_key_jwt` and `tls_client_auth` as grant types mean `client_credentials` with that authentication
         *       made mandatory. Plain `client_credentials` takes whichever method the client is registered for.
         *     * The assertion may come as `assertion` or as `client_assertion`; both at once is a 400, and so are a parameter
         *       given twice and two authentication mechanisms in one request.
         *     * An assertion (RFC 7521, RFC 7523) is signed PS256 or ES256, RS256 only for clients registered with it. `iss`
         *       and `sub` are the client id; `aud` is our issuer or the URL of this endpoint, as one value, alone or in an array of one
         *       element; `exp` is at most `ASSERTION_MAX_SECONDS` ahead, by default an hour, which common clients ask for, and ahead of `iat` if the client's clock is ahead; `jti` is good for one use per client, and a request refused for another reason does not
         *       use it up.
         *     * Certificates (RFC 8705) are seen on our own TLS listener or in the header of a listed proxy. Tokens are then
         *       bound to the certificate by `cnf.x5t#S256`. OpenAPI 3.0 cannot name mutual TLS as a security scheme, and an
         *       assertion in the body is none, so `security` is empty here.
         *     * Client ids may be UUIDs, nanoids or URLs. A client without authentication can only use the device grant.
         *     * The device grant (RFC 8628) starts at `POST /device_authorization`, which has a specification of its own.
         *     * `x-fapi-interaction-id` is on every response: the caller's UUID, or a new one if there was none. A value that
         *       is not a UUID is a 400, with a new id; it is never echoed.
         *     * Every OAuth error is a 400, `invalid_client` included, because the contract has no 401. An unknown client
         *       and a bad proof read the same. Only whoever signed as the client is told which time of its assertion is out of
         *       bounds.
         *     * 404: the operator has switched this contract off, or the path is not known. 406: `Accept` excludes JSON.
         *       502: the database refuses or drops the connection. 504: it did not answer in time, or no connection came
         *       free. 503: the server is still starting.
         */
        post: operations["issueRaidiamToken"];
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
        RaidiamTokenRequest: {
            /**
             * @description The grant that is asked for; see the operation for the two that name a way to authenticate.
             * @default client_credentials
             * @enum {string}
             */
            grant_type: "client_credentials" | "private_key_jwt" | "tls_client_auth" | "urn:ietf:params:oauth:grant-type:device_code";
            /** @description Id of the client. Required for private_key_jwt. */
            client_id?: string;
            /**
             * @description What kind of assertion follows. Required for private_key_jwt.
             * @enum {string}
             */
            client_assertion_type?: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            /** @description The signed assertion. private_key_jwt needs it, here or in client_assertion. */
            assertion?: string;
            /** @description The same assertion under the name of RFC 7521. */
            client_assertion?: string;
            /** @description Scopes asked for, separated by spaces. Without it, all the client may have. */
            scope?: string;
            /** @description The code the device was given. Required for the device grant. */
            device_code?: string;
        };
        RaidiamToken: {
            /** @description The access token. */
            access_token: string;
            /** @description Seconds the token is valid for from now. */
            expires_in: number;
            token_type: components["schemas"]["BearerTokenType"];
            /** @description Scopes granted, separated by spaces; absent when there are none. */
            scope?: string;
        };
        /**
         * @description How the access token is presented.
         * @enum {string}
         */
        BearerTokenType: "Bearer";
        RaidiamError: {
            error: components["schemas"]["RaidiamErrorCode"];
            /** @description The error as a sentence. */
            error_description: string;
        };
        /**
         * @description A 400 has an error code of RFC 6749 §5.2 or, for the device grant, RFC 8628 §3.5. 405, 413 and 415 have
         *     `invalid_request`, and 503 has `temporarily_unavailable` (RFC 6749 §4.1.2.1).
         * @enum {string}
         */
        RaidiamErrorCode: "invalid_request" | "invalid_client" | "invalid_grant" | "unauthorized_client" | "unsupported_grant_type" | "invalid_scope" | "authorization_pending" | "slow_down" | "access_denied" | "expired_token" | "temporarily_unavailable";
        RaidiamNotFound: {
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
    issueRaidiamToken: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description When the person last logged in at the client, as an HTTP date.
                 * @example Tue, 04 Mar 2025 08:15:00 GMT
                 */
                "x-fapi-auth-date"?: string;
                /**
                 * @description IPv4 or IPv6 address of the person, if one is logged in at the client.
                 * @example 2001:db8::8a2e:370:7334
                 */
                "x-fapi-customer-ip-address"?: string;
                /**
                 * @description UUID that ties this exchange to the caller's records; echoed.
                 * @example 73cac523-d3ae-2289-b106-330a6218710d
                 */
                "x-fapi-interaction-id"?: components["schemas"]["FapiInteractionId"];
                /**
                 * @description User agent of the person's device.
                 * @example Mozilla/5.0 (X11; Linux x86_64)
                 */
                "x-customer-user-agent"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description What is asked for, and the proof of who asks. */
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["RaidiamTokenRequest"];
            };
        };
        responses: {
            /** @description An access token. */
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
                     *       "access_token": "eyJhbGciOiJFUzI1NiJ9.eyJqdGkiOiIzIn0.c2lnbmF0dXJl",
                     *       "expires_in": 600,
                     *       "token_type": "Bearer",
                     *       "scope": "directory:software"
                     *     }
                     */
                    "application/json": components["schemas"]["RaidiamToken"];
                };
            };
            /** @description The request is refused, for its form, its client or its grant. */
            400: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "x-fapi-interaction-id": components["headers"]["InteractionId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RaidiamError"];
                };
            };
            /** @description The contract is switched off, or there is nothing at this path. */
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
                    "application/json": components["schemas"]["RaidiamNotFound"];
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
                    "application/json": components["schemas"]["RaidiamError"];
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
                    "application/json": components["schemas"]["RaidiamError"];
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
                    "application/json": components["schemas"]["RaidiamError"];
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
                    "application/json": components["schemas"]["RaidiamError"];
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
