"""An application with Authlib and its defaults.

It reads its settings from standard input, one line of JSON, and prints lines of JSON.
"""

import asyncio
import json
import ssl
import sys
from urllib.parse import parse_qs, urlsplit

from authlib.integrations.httpx_client import OAuth2Client, OAuthError
from authlib.integrations.starlette_client import OAuth
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.errors import JoseError
from starlette.requests import Request


def say(answer):
    print(json.dumps(answer), flush=True)


def make_request(url, session):
    """The request of a browser, as Starlette hands it to a view behind its session middleware."""
    return Request({"type": "http", "method": "GET", "headers": [], "query_string": urlsplit(url).query.encode(), "session": session})


async def log_in(settings):
    """The code flow of Authlib's documentation for Starlette, which knows the issuer only."""
    app = OAuth().register(
        "polymint",
        client_id=settings["clientId"],
        client_secret=settings["clientSecret"],
        server_metadata_url=settings["issuer"] + "/.well-known/openid-configuration",
        client_kwargs={
            "scope": settings["scope"],
            "code_challenge_method": "S256",
            "verify": ssl.create_default_context(cadata=settings["ca"]),
        },
    )
    session = {}
    redirect = await app.authorize_redirect(make_request(settings["redirectUri"], session), settings["redirectUri"])
    url = redirect.headers["location"]
    say({"url": url})

    token = await app.authorize_access_token(make_request(sys.stdin.readline().strip(), session))
    refreshed = await app.fetch_access_token(grant_type="refresh_token", refresh_token=token["refresh_token"])
    say(
        {
            "tokens": token,
            "claims": token["userinfo"],
            "userInfo": await app.userinfo(token=token),
            "refreshed": refreshed,
            "userInfoAfterRefresh": await app.userinfo(token=refreshed),
            "accessTokenAsIdToken": await parse_access_token(app, token, parse_qs(urlsplit(url).query)["nonce"][0]),
        }
    )


async def parse_access_token(app, token, nonce):
    """Hands the access token to the validator of id_tokens. Returns what came of it."""
    try:
        return await app.parse_id_token({**token, "id_token": token["access_token"]}, nonce=nonce)
    except JoseError as refusal:
        return {"refusal": str(refusal)}


async def sign_assertion(settings):
    """The client credentials of a client with a key. Authlib's assertions live an hour and are signed RS256."""
    with OAuth2Client(
        settings["clientId"],
        settings["privateKey"],
        token_endpoint_auth_method=PrivateKeyJWT(settings["tokenEndpoint"]),
        verify=ssl.create_default_context(cadata=settings["ca"]),
    ) as client:
        say(client.fetch_token(settings["tokenEndpoint"], scope=settings["scope"]))
        try:
            client.fetch_token(settings["tokenEndpoint"], scope="admin")
        except OAuthError as refusal:
            say({"error": refusal.error, "description": refusal.description})


given = json.loads(sys.stdin.readline())
asyncio.run(sign_assertion(given) if "privateKey" in given else log_in(given))
