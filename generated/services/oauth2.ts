// Generated from openapi/ by `make codegen`. Do not edit.
export interface paths {
    "/oauth2/introspect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask whether a token is good
         * @description Tells an authenticated caller whether a token is active and, if so, what it stands for (RFC 7662). A token that
         *     is unknown, expired, revoked, or none of the caller's business gets `{"active": false}` and nothing more. So
         *     does the token of a person, user, delegated client or identity that is disabled or deactivated. A token whose
         *     user is no longer stepped up is described as `STANDARD`, although the token itself still says otherwise.
         *
         *     Refresh tokens may be asked about too. `token_type` is `refresh_token` then, so that nobody takes one for an
         *     access token; one that was rotated is no longer active. `token_type_hint` is not needed: a token tells its kind.
         *
         *     The caller authenticates with Basic, with `client_id` and `client_secret` in the form, with an assertion in the
         *     form, or with its certificate; exactly one of them.
         */
        post: operations["introspectToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/oauth2/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a token void
         * @description Voids a token that belongs to the calling client (RFC 7009). A token that is unknown, expired or already void
         *     is a success too, so the answer tells nothing about it.
         *
         *     A refresh token, rotated or not, takes with it every token that came of the same consent of the person
         *     (RFC 7009 §2.1); an access token takes those with it that it was exchanged for. `token_type_hint` is not needed:
         *     a token tells its kind.
         *
         *     The caller authenticates with Basic, with `client_id` and `client_secret` in the form, with an assertion in the
         *     form, or with its certificate; exactly one of them.
         *
         *     Any client may do so; it need not be registered for it. A public client, which has nothing to authenticate with,
         *     names itself by `client_id` (RFC 7009 §2.1).
         */
        post: operations["revokeToken"];
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
        /** @description Form parameters. One without a value counts as left out (RFC 6749 §3.2). */
        TokenQuery: {
            /** @description The token in question. */
            token: string;
            /** @description What the caller takes the token for, such as access_token. Only a hint; unknown ones are ignored. */
            token_type_hint?: string;
            /** @description Id of the caller. */
            client_id?: string;
            /** @description Secret of the caller. */
            client_secret?: string;
            /** @description JWT signed by the caller (RFC 7523). */
            client_assertion?: string;
            /**
             * @description What kind of assertion it is.
             * @enum {string}
             */
            client_assertion_type?: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        };
        /** @description Members beside these are claims of the token. */
        TokenState: {
            /** @description Whether the token is good right now. */
            active: boolean;
            /** @description Scopes of the token, separated by spaces. */
            scope?: string;
            /** @description The client the token was issued to. */
            client_id?: string;
            /** @description Bearer for an access token, refresh_token for a refresh token. */
            token_type?: string;
            /**
             * Format: int64
             * @description When it expires, in seconds since the epoch.
             */
            exp?: number;
            /**
             * Format: int64
             * @description When it was issued, in seconds since the epoch.
             */
            iat?: number;
            /** @description Whom it speaks for. */
            sub?: string;
            /** @description Whom it is meant for. */
            aud?: string | string[];
            /** @description Who issued it. */
            iss?: string;
            /** @description Its own id. */
            jti?: string;
            cnf?: components["schemas"]["TokenConfirmation"];
        } & {
            [key: string]: unknown;
        };
        /** @description What the presenter of the token must prove to hold, where the token is bound to something (RFC 7800). Whoever accepts the token must compare it (RFC 8705 §3.2). */
        TokenConfirmation: {
            /** @description SHA-256 of the certificate, in its DER form, that the token serves with; base64url. */
            "x5t#S256"?: string;
        };
        TokenQueryError: {
            error: components["schemas"]["TokenQueryErrorCode"];
            /** @description The error as a sentence. */
            error_description: string;
        };
        /**
         * @description Error code in the vocabulary of OAuth 2.0.
         * @enum {string}
         */
        TokenQueryErrorCode: "invalid_request" | "invalid_client" | "unauthorized_client" | "access_denied" | "unsupported_token_type" | "server_error" | "temporarily_unavailable";
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
         * @description The same for caches that know only HTTP/1.0 (RFC 6749 §5.1).
         * @example no-cache
         */
        NoCache: "no-cache";
        /**
         * @description The challenge.
         * @example Basic realm="token", charset="UTF-8"
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
    introspectToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The token in question and, unless it is in a header, the caller's authentication. */
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["TokenQuery"];
            };
        };
        responses: {
            /** @description The state of the token. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    Pragma: components["headers"]["NoCache"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenState"];
                };
            };
            /** @description The request breaks the contract. */
            400: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "invalid_request",
                     *       "error_description": "token is required."
                     *     }
                     */
                    "application/json": components["schemas"]["TokenQueryError"];
                };
            };
            /** @description The caller did not authenticate, or not successfully. */
            401: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "invalid_client",
                     *       "error_description": "Client authentication failed."
                     *     }
                     */
                    "application/json": components["schemas"]["TokenQueryError"];
                };
            };
            /** @description The caller is known but may not do this. */
            403: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "unauthorized_client",
                     *       "error_description": "The client may not do this."
                     *     }
                     */
                    "application/json": components["schemas"]["TokenQueryError"];
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
                    "application/json": components["schemas"]["TokenQueryError"];
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
                     *       "error_description": "Use POST on this path."
                     *     }
                     */
                    "application/json": components["schemas"]["TokenQueryError"];
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
                     *       "error": "invalid_request",
                     *       "error_description": "The body is too large."
                     *     }
                     */
                    "application/json": components["schemas"]["TokenQueryError"];
                };
            };
            /** @description The body is not a form. */
            415: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "invalid_request",
                     *       "error_description": "Send the parameters as application/x-www-form-urlencoded."
                     *     }
                     */
                    "application/json": components["schemas"]["TokenQueryError"];
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
                    "application/json": components["schemas"]["TokenQueryError"];
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
                    "application/json": components["schemas"]["TokenQueryError"];
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
                    "application/json": components["schemas"]["TokenQueryError"];
                };
            };
        };
    };
    revokeToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The token in question and, unless it is in a header, the caller's authentication. */
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["TokenQuery"];
            };
        };
        responses: {
            /** @description The token is void. There is no body. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request breaks the contract. */
            400: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "invalid_request",
                     *       "error_description": "token is required."
                     *     }
                     */
                    "application/json": components["schemas"]["TokenQueryError"];
                };
            };
            /** @description The caller did not authenticate, or not successfully. */
            401: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "invalid_client",
                     *       "error_description": "Client authentication failed."
                     *     }
                     */
                    "application/json": components["schemas"]["TokenQueryError"];
                };
            };
            /** @description The token is another client's. */
            403: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "unauthorized_client",
                     *       "error_description": "The client may not do this."
                     *     }
                     */
                    "application/json": components["schemas"]["TokenQueryError"];
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
                    "application/json": components["schemas"]["TokenQueryError"];
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
                     *       "error_description": "Use POST on this path."
                     *     }
                     */
                    "application/json": components["schemas"]["TokenQueryError"];
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
                     *       "error": "invalid_request",
                     *       "error_description": "The body is too large."
                     *     }
                     */
                    "application/json": components["schemas"]["TokenQueryError"];
                };
            };
            /** @description The body is not a form. */
            415: {
                headers: {
                    "Cache-Control": components["headers"]["NoStore"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "invalid_request",
                     *       "error_description": "Send the parameters as application/x-www-form-urlencoded."
                     *     }
                     */
                    "application/json": components["schemas"]["TokenQueryError"];
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
                    "application/json": components["schemas"]["TokenQueryError"];
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
                    "application/json": components["schemas"]["TokenQueryError"];
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
                    "application/json": components["schemas"]["TokenQueryError"];
                };
            };
        };
    };
}
