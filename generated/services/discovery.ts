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
    "/.well-known/oauth-authorization-server": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the metadata for machines and devices
         * @description RFC 8414 metadata of the token endpoint for machines and devices, the raidiam contract: client credentials and the
         *     device grant, clients that sign or show a certificate. One issuer has one such document and one token endpoint in
         *     it, so the endpoint for people's applications stands in the other one, OpenID Connect's.
         *
         *     Everything listed follows from the configuration and the contracts; a contract that is switched off is a 404 here.
         *     `response_types_supported` is left out, as what has no element must be (RFC 8414 §3.2): no authorization endpoint belongs
         *     to this document. For an issuer with a path the document is at this path followed by the issuer's, too (§3.1).
         */
        get: operations["readAuthorizationServerMetadata"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/openid-configuration": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the metadata for people's applications
         * @description OpenID Connect Discovery metadata of the endpoints that log people in, the screening-eagle contract: the
         *     authorization code with PKCE, refresh tokens, userinfo.
         *
         *     Everything listed follows from the configuration and the contracts; a contract that is switched off is a 404 here.
         */
        get: operations["readOpenidConfiguration"];
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
        /** @description RFC 8414 §2, for machines and devices. */
        AuthorizationServerMetadata: {
            /** @description Our `iss`. */
            issuer: string;
            /** @description Where tokens are asked for. */
            token_endpoint: string;
            /** @description The key set. */
            jwks_uri: string;
            /** @description Values of `grant_type`. */
            grant_types_supported: string[];
            /** @description How clients prove themselves at the token endpoint. */
            token_endpoint_auth_methods_supported: string[];
            /** @description Signature algorithms of client assertions. */
            token_endpoint_auth_signing_alg_values_supported: string[];
            /** @description RFC 7662. */
            introspection_endpoint: string;
            /** @description How clients prove themselves there. */
            introspection_endpoint_auth_methods_supported: string[];
            /** @description Signature algorithms of client assertions there. */
            introspection_endpoint_auth_signing_alg_values_supported: string[];
            /** @description RFC 7009. */
            revocation_endpoint: string;
            /** @description How clients prove themselves there. */
            revocation_endpoint_auth_methods_supported: string[];
            /** @description Signature algorithms of client assertions there. */
            revocation_endpoint_auth_signing_alg_values_supported: string[];
            /**
             * @description Tokens may be bound to a certificate (RFC 8705 §3.3); absent where no certificate can reach us.
             * @enum {boolean}
             */
            tls_client_certificate_bound_access_tokens?: true;
            mtls_endpoint_aliases?: components["schemas"]["MtlsEndpointAliases"];
            /** @description RFC 8628 §3.1. */
            device_authorization_endpoint: string;
        };
        /** @description OpenID Connect Discovery 1.0 §3. */
        OpenIdConfiguration: {
            /** @description Our `iss`. */
            issuer: string;
            /** @description Where tokens are asked for. */
            token_endpoint: string;
            /** @description The key set. */
            jwks_uri: string;
            /** @description Response types of the authorization endpoint. */
            response_types_supported: string[];
            /** @description Values of `grant_type`. */
            grant_types_supported: string[];
            /** @description How clients prove themselves at the token endpoint. */
            token_endpoint_auth_methods_supported: string[];
            /** @description RFC 7662. */
            introspection_endpoint: string;
            /** @description How clients prove themselves there. */
            introspection_endpoint_auth_methods_supported: string[];
            /** @description Signature algorithms of client assertions there. */
            introspection_endpoint_auth_signing_alg_values_supported: string[];
            /** @description RFC 7009. */
            revocation_endpoint: string;
            /** @description How clients prove themselves there. */
            revocation_endpoint_auth_methods_supported: string[];
            /** @description Signature algorithms of client assertions there. */
            revocation_endpoint_auth_signing_alg_values_supported: string[];
            /**
             * @description Tokens may be bound to a certificate (RFC 8705 §3.3); absent where no certificate can reach us.
             * @enum {boolean}
             */
            tls_client_certificate_bound_access_tokens?: true;
            mtls_endpoint_aliases?: components["schemas"]["MtlsEndpointAliases"];
            /** @description Where people are sent. */
            authorization_endpoint: string;
            /** @description OIDC Core §5.3. */
            userinfo_endpoint: string;
            /** @description Scopes with a meaning here; a client may be registered for others. */
            scopes_supported: string[];
            /** @description Claims of id_token and userinfo. */
            claims_supported: string[];
            /** @description How the response is sent back. */
            response_modes_supported: string[];
            /** @description One subject for all clients. */
            subject_types_supported: string[];
            /** @description What id_tokens are signed with, each client having one of them; RS256 is always there (OIDC Discovery §3). */
            id_token_signing_alg_values_supported: string[];
            /** @description RFC 7636 §4.3. */
            code_challenge_methods_supported: string[];
            /** @description Values of `prompt`. */
            prompt_values_supported: string[];
            /** @description RFC 9207. */
            authorization_response_iss_parameter_supported: boolean;
            /** @description OIDC Core §5.5. */
            claims_parameter_supported: boolean;
            /** @description OIDC Core §6.1. */
            request_parameter_supported: boolean;
            /** @description OIDC Core §6.2; the default would be true. */
            request_uri_parameter_supported: boolean;
        };
        /** @description Endpoints that ask for a client certificate (RFC 8705 §5). */
        MtlsEndpointAliases: {
            /** @description The same endpoint on the TLS listener. */
            token_endpoint?: string;
            /** @description The same endpoint on the TLS listener. */
            device_authorization_endpoint?: string;
            /** @description The same endpoint on the TLS listener. */
            introspection_endpoint?: string;
            /** @description The same endpoint on the TLS listener. */
            revocation_endpoint?: string;
            /** @description The same endpoint on the TLS listener. */
            userinfo_endpoint?: string;
        };
        JsonWebKeySet: {
            /** @description The keys, in no particular order. */
            keys: components["schemas"]["JsonWebKey"][];
        };
        /** @description One public key (RFC 7517); members beside these depend on the key type. */
        JsonWebKey: {
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
        DiscoveryError: {
            error: components["schemas"]["DiscoveryErrorCode"];
            /** @description The error as a sentence. */
            error_description: string;
        };
        /**
         * @description Error code in the vocabulary of OAuth 2.0.
         * @enum {string}
         */
        DiscoveryErrorCode: "invalid_request" | "server_error" | "temporarily_unavailable";
    };
    responses: {
        /** @description The request could not be read, or has a body where there must be none. */
        BadRequest: {
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
                "application/json": components["schemas"]["DiscoveryError"];
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
                "application/json": components["schemas"]["DiscoveryError"];
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
                "application/json": components["schemas"]["DiscoveryError"];
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
                "application/json": components["schemas"]["DiscoveryError"];
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
                "application/json": components["schemas"]["DiscoveryError"];
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
                "application/json": components["schemas"]["DiscoveryError"];
            };
        };
    };
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
                    "application/json": components["schemas"]["JsonWebKeySet"];
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
    readAuthorizationServerMetadata: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The metadata. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["PublicCache"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "issuer": "https://token.example.net",
                     *       "token_endpoint": "https://token.example.net/token",
                     *       "jwks_uri": "https://token.example.net/.well-known/jwks.json",
                     *       "grant_types_supported": [
                     *         "client_credentials",
                     *         "urn:ietf:params:oauth:grant-type:device_code"
                     *       ],
                     *       "token_endpoint_auth_methods_supported": [
                     *         "private_key_jwt",
                     *         "tls_client_auth",
                     *         "none"
                     *       ],
                     *       "token_endpoint_auth_signing_alg_values_supported": [
                     *         "PS256",
                     *         "ES256",
                     *         "RS256"
                     *       ],
                     *       "device_authorization_endpoint": "https://token.example.net/device_authorization",
                     *       "introspection_endpoint": "https://token.example.net/oauth2/introspect",
                     *       "introspection_endpoint_auth_methods_supported": [
                     *         "client_secret_basic",
                     *         "client_secret_post",
                     *         "private_key_jwt",
                     *         "tls_client_auth"
                     *       ],
                     *       "introspection_endpoint_auth_signing_alg_values_supported": [
                     *         "PS256",
                     *         "ES256",
                     *         "RS256"
                     *       ],
                     *       "revocation_endpoint": "https://token.example.net/oauth2/revoke",
                     *       "revocation_endpoint_auth_methods_supported": [
                     *         "client_secret_basic",
                     *         "client_secret_post",
                     *         "private_key_jwt",
                     *         "tls_client_auth",
                     *         "none"
                     *       ],
                     *       "revocation_endpoint_auth_signing_alg_values_supported": [
                     *         "PS256",
                     *         "ES256",
                     *         "RS256"
                     *       ],
                     *       "tls_client_certificate_bound_access_tokens": true,
                     *       "mtls_endpoint_aliases": {
                     *         "token_endpoint": "https://token.example.net:8443/token",
                     *         "device_authorization_endpoint": "https://token.example.net:8443/device_authorization",
                     *         "introspection_endpoint": "https://token.example.net:8443/oauth2/introspect",
                     *         "revocation_endpoint": "https://token.example.net:8443/oauth2/revoke"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["AuthorizationServerMetadata"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    readOpenidConfiguration: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The metadata. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["PublicCache"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "issuer": "https://token.example.net",
                     *       "authorization_endpoint": "https://token.example.net/authorize",
                     *       "token_endpoint": "https://token.example.net/api/id/v1/auth/token",
                     *       "userinfo_endpoint": "https://token.example.net/userinfo",
                     *       "jwks_uri": "https://token.example.net/.well-known/jwks.json",
                     *       "scopes_supported": [
                     *         "openid",
                     *         "email",
                     *         "profile",
                     *         "offline",
                     *         "offline_access"
                     *       ],
                     *       "claims_supported": [
                     *         "sub",
                     *         "email"
                     *       ],
                     *       "response_types_supported": [
                     *         "code"
                     *       ],
                     *       "response_modes_supported": [
                     *         "query"
                     *       ],
                     *       "grant_types_supported": [
                     *         "client_credentials",
                     *         "authorization_code",
                     *         "refresh_token"
                     *       ],
                     *       "subject_types_supported": [
                     *         "public"
                     *       ],
                     *       "id_token_signing_alg_values_supported": [
                     *         "RS256",
                     *         "ES256"
                     *       ],
                     *       "token_endpoint_auth_methods_supported": [
                     *         "client_secret_basic"
                     *       ],
                     *       "code_challenge_methods_supported": [
                     *         "S256"
                     *       ],
                     *       "prompt_values_supported": [
                     *         "none",
                     *         "login",
                     *         "consent",
                     *         "select_account"
                     *       ],
                     *       "authorization_response_iss_parameter_supported": true,
                     *       "claims_parameter_supported": false,
                     *       "request_parameter_supported": false,
                     *       "request_uri_parameter_supported": false,
                     *       "introspection_endpoint": "https://token.example.net/oauth2/introspect",
                     *       "introspection_endpoint_auth_methods_supported": [
                     *         "client_secret_basic",
                     *         "client_secret_post",
                     *         "private_key_jwt"
                     *       ],
                     *       "introspection_endpoint_auth_signing_alg_values_supported": [
                     *         "PS256",
                     *         "ES256",
                     *         "RS256"
                     *       ],
                     *       "revocation_endpoint": "https://token.example.net/oauth2/revoke",
                     *       "revocation_endpoint_auth_methods_supported": [
                     *         "client_secret_basic",
                     *         "client_secret_post",
                     *         "private_key_jwt",
                     *         "none"
                     *       ],
                     *       "revocation_endpoint_auth_signing_alg_values_supported": [
                     *         "PS256",
                     *         "ES256",
                     *         "RS256"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["OpenIdConfiguration"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
}
