"""Who may use the service: bearer tokens are verified, and their client must be one that is allowed."""

import logging
from typing import Annotated, Any

import jwt
from fastapi import Depends, Request

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import (
    ConfigurationError,
    NotAllowed,
    NotAuthenticated,
    ServiceUnavailable,
)
from airflow_provider_profiler.service.keys import KeySource, key_source
from airflow_provider_profiler.service.rate_limits import RateLimits
from airflow_provider_profiler.service.verified_tokens import VerifiedTokens

log = logging.getLogger(__name__)

#: Longer than any sensible token. What a request's head may have altogether is limited before it comes here.
_LONGEST_TOKEN = 16 * 1024


class TokenVerifier:
    """Verifies tokens against the configured keys and claims.

    :param settings: the ``auth_*`` settings.
    :param keys: where the keys come from; None accepts any signature and must have been asked for.
    """

    def __init__(self, settings: Settings, keys: KeySource | None) -> None:
        self._settings = settings
        self._keys = keys
        self._verified = VerifiedTokens(settings.auth_leeway)

    def verify(self, token: str) -> str:
        """The id of the client that the token was issued to, by the keys that are at hand.

        :raises NotAuthenticated: when the token does not verify; the message never holds any of it.
        :raises NotAllowed: when it does, for a client that is not allowed.
        :raises ServiceUnavailable: when the keys would have to be fetched.
        """
        key = self._key_at_hand(token)
        if key is None:
            raise ServiceUnavailable("The keys that tokens are verified with have not been fetched yet.")
        return self._client(token, key)

    async def verify_aside(self, token: str) -> str:
        """:meth:`verify`, which fetches keys that are not at hand, without ever holding up the event loop.

        :raises ServiceUnavailable: when the keys cannot be fetched.
        """
        key = self._key_at_hand(token)
        if key is None and self._keys is not None:
            key = await self._keys.fetched_key(token)
        return self._client(token, key)

    def allows(self, client: str) -> bool:
        """Whether a client may use the service."""
        return client in self._settings.auth_clients

    def _key_at_hand(self, token: str) -> Any | None:
        if len(token) > _LONGEST_TOKEN:
            raise NotAuthenticated("The token is too long.")
        return self._keys.key_at_hand(token) if self._keys else ""

    def _client(self, token: str, key: Any) -> str:
        known = self._verified.client_of(token, key)
        if known is not None:
            return known
        claims = self._claims(token, key)
        client = claims.get("client_id")
        if not isinstance(client, str) or not self.allows(client):
            raise NotAllowed(
                "The token is valid, but its claim 'client_id' is not of a client that may use this service."
            )
        self._verified.remember(token, key, client, claims["exp"])
        return client

    def _claims(self, token: str, key: Any) -> dict[str, Any]:
        settings = self._settings
        try:
            return jwt.decode(
                token,
                key,
                algorithms=list(self._keys.algorithms) if self._keys else None,
                issuer=settings.auth_issuer,
                audience=settings.auth_audience,
                leeway=settings.auth_leeway,
                options={
                    "require": ["exp"],
                    "verify_signature": self._keys is not None,
                    "verify_exp": True,
                    "verify_nbf": True,
                    "verify_iat": True,
                    "verify_iss": settings.auth_issuer is not None,
                    "verify_aud": settings.auth_audience is not None,
                },
            )
        except jwt.ExpiredSignatureError as error:
            raise NotAuthenticated("The token has expired; get a new one.") from error
        except jwt.ImmatureSignatureError as error:
            raise NotAuthenticated("The token is not valid yet; compare the clocks.") from error
        except jwt.InvalidAudienceError as error:
            raise NotAuthenticated("The token was not issued for this audience.") from error
        except jwt.InvalidIssuerError as error:
            raise NotAuthenticated("The token was not issued by the issuer that is trusted here.") from error
        except jwt.MissingRequiredClaimError as error:
            raise NotAuthenticated(f"The token lacks the claim {error.claim!r}.") from error
        # Claims of wrong types can surface as other errors than PyJWT's own; whatever it was, it did not verify.
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise NotAuthenticated("The token does not verify.") from error


def token_verifier(settings: Settings) -> TokenVerifier | None:
    """The verifier that the settings ask for; None where authentication is off.

    :raises ConfigurationError: when authentication is on without anything to verify tokens against.
    """
    if not settings.enable_auth:
        return None
    keys = key_source(settings)
    if keys is None and not settings.auth_unverified:
        raise ConfigurationError(
            "ENABLE_AUTH is on, but there is nothing to verify tokens with: set PROFILER_AUTH_KEY, "
            "PROFILER_AUTH_KEY_FILE or PROFILER_AUTH_JWKS_URL (or PROFILER_AUTH_UNVERIFIED=true, which lets anyone in "
            "who can write a token)."
        )
    if not settings.auth_clients:
        raise ConfigurationError("PROFILER_AUTH_CLIENTS is empty: nobody could use the service.")
    if keys is None:
        log.warning(
            "PROFILER_AUTH_UNVERIFIED is on: signatures of tokens are not checked, anyone can write a valid one. "
            "Use it behind a gateway that verifies them, never elsewhere."
        )
    elif settings.auth_unverified:
        log.warning("PROFILER_AUTH_UNVERIFIED has no effect: a key is configured, and signatures are checked.")
    return TokenVerifier(settings, keys)


def _bearer(request: Request) -> str:
    given = request.headers.getlist("authorization")
    if not given:
        raise NotAuthenticated("A bearer token is needed: Authorization: Bearer <token>.")
    scheme, _, token = given[0].strip().partition(" ")
    if len(given) > 1 or scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticated("The Authorization header is not of the form 'Bearer <token>'.")
    return token.strip()


async def authenticated_client(request: Request) -> str:
    """The client that sent the request; empty where authentication is off.

    :raises NotAuthenticated: without a token that verifies.
    :raises NotAllowed: for a client that is not allowed.
    :raises TooManyRequests: when the client, or the address of one that does not verify, sends too many.
    """
    verifier: TokenVerifier | None = request.app.state.verifier
    limits: RateLimits | None = request.app.state.rate_limits
    address = f"address:{request.client.host if request.client else ''}"
    if verifier is None:
        client, who = "", address
    else:
        try:
            client = await verifier.verify_aside(_bearer(request))
        except (NotAuthenticated, NotAllowed):
            if limits is not None:
                await limits.count(request.scope, address, verified=False)
            raise
        who = f"client:{client}"
        request.state.client_id = client  # for the access log
    if limits is not None:
        await limits.count(request.scope, who)
    return client


Client = Annotated[str, Depends(authenticated_client)]
