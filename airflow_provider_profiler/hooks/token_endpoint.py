"""A token from an OAuth 2 token endpoint, for client credentials: one exchange, kept nowhere."""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlsplit

import requests

from airflow_provider_profiler.hooks.causes import innermost, tls_advice
from airflow_provider_profiler.hooks.credentials import ClientCredentials, is_token
from airflow_provider_profiler.hooks.errors import (
    ConnectionNotUsable,
    TokenEndpointUnavailable,
    TokenNotIssued,
)
from airflow_provider_profiler.hooks.loopback import is_loopback

if TYPE_CHECKING:
    from airflow_provider_profiler.hooks.address import ServiceAddress

#: Seconds for which a token counts as good where the endpoint does not tell (RFC 6749, section 5.1).
UNTOLD_LIFETIME = 300.0
#: Characters of the endpoint's own words that a message may hold.
_QUOTED = 200
_TO_CHECK = {
    "invalid_client": "Check the connection's 'client_id', 'client_secret' and 'client_auth'.",
    "invalid_scope": "Check the connection's 'scope'.",
    "unauthorized_client": "Whoever runs the endpoint must allow the client the grant 'client_credentials'.",
    "unsupported_grant_type": "The endpoint does not know the grant 'client_credentials'; check 'auth_url'.",
}


@dataclass(frozen=True)
class Granted:
    """A token, and the seconds for which it is good from now on."""

    token: str = field(repr=False)
    lifetime: float


def ask_for_token(credentials: ClientCredentials, address: "ServiceAddress") -> Granted:
    """Get a token, in at most the time that one request to the service may take.

    :param address: whose time-outs, CA bundle, client certificate and proxies count for the endpoint too.
    :raises TokenEndpointUnavailable: when it does not answer, or cannot at the moment.
    :raises TokenNotIssued: when it refuses; the message says why, and never holds the secret.
    :raises ConnectionNotUsable: when its certificate is not accepted.
    """
    place = credentials.place
    form = {"grant_type": "client_credentials", "scope": credentials.scope, "audience": credentials.audience}
    auth: Any = _nobody
    if credentials.in_body:
        form |= {"client_id": credentials.client_id, "client_secret": credentials.client_secret}
    else:
        # RFC 6749, section 2.3.1: both are form-encoded first, so that a colon in either is no separator.
        auth = (quote_plus(credentials.client_id), quote_plus(credentials.client_secret))
    connect, read = address.timeout
    try:
        with requests.Session() as session:
            # Not the address's: a service on loopback says nothing about the way to its token endpoint.
            session.trust_env = credentials.trust_env and not is_loopback(urlsplit(credentials.auth_url).hostname)
            response = session.post(
                credentials.auth_url,
                data={name: value for name, value in form.items() if value},
                headers={"Accept": "application/json"},
                auth=auth,
                timeout=(connect, read),
                allow_redirects=False,  # it would carry the secret elsewhere
                verify=address.verify,
                cert=address.cert,
                proxies=dict(address.proxies),
            )
    except requests.exceptions.SSLError as error:
        raise ConnectionNotUsable(
            f"The certificate of the token endpoint {place} is not accepted ({innermost(error)}). {tls_advice(error)}"
        ) from error
    except requests.exceptions.Timeout as error:
        raise TokenEndpointUnavailable(
            f"The token endpoint {place} did not answer within {connect + read:g} s."
        ) from error
    except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as error:
        raise ConnectionNotUsable(f"The token endpoint {place} cannot be asked ({innermost(error)}).") from error
    except OSError as error:  # all errors of requests are
        raise TokenEndpointUnavailable(
            f"The token endpoint {place} cannot be reached ({innermost(error)}). Check the connection's 'auth_url'."
        ) from error
    return _granted(credentials, response.status_code, response.content)


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    # Without an auth of any kind requests would look for a login in ~/.netrc.
    return request


def _granted(credentials: ClientCredentials, status: int, content: bytes) -> Granted:
    place = credentials.place
    try:
        body = json.loads(content)
    except ValueError:
        body = None
    answer = body if isinstance(body, dict) else {}
    if status == 429 or status >= 500:
        raise TokenEndpointUnavailable(
            f"The token endpoint {place} cannot give a token at the moment: it answered {status}"
            f"{_reason(answer, credentials)}."
        )
    if status != 200:
        code = str(answer.get("error", ""))
        advice = _TO_CHECK.get(code, "Check the connection's 'auth_url' and the client's rights.")
        raise TokenNotIssued(
            f"The token endpoint {place} gave no token for the client {credentials.client_id!r}: it answered {status}"
            f"{_reason(answer, credentials)}. {advice}"
        )
    token = answer.get("access_token")
    kind = str(answer.get("token_type") or "bearer").lower()
    if not isinstance(token, str) or not token or not is_token(token) or kind != "bearer":
        raise TokenNotIssued(
            f"The token endpoint {place} answered something that is not a bearer token. Check the connection's "
            "'auth_url': it must be the endpoint itself, not a page of the identity provider."
        )
    return Granted(token, _lifetime(answer.get("expires_in")))


def _lifetime(told: Any) -> float:
    try:
        lifetime = float(told)
    except (TypeError, ValueError):
        return UNTOLD_LIFETIME
    return lifetime if 0 <= lifetime < float("inf") else UNTOLD_LIFETIME


def _reason(answer: dict[str, Any], credentials: ClientCredentials) -> str:
    """The endpoint's own words (RFC 6749, section 5.2), without the secret should it repeat that."""
    said = ": ".join(str(answer[name]) for name in ("error", "error_description") if answer.get(name))
    for secret in (credentials.client_secret, quote_plus(credentials.client_secret)):
        said = said.replace(secret, "***")  # before it is cut, as a part of a secret is one too
    said = said[:_QUOTED].strip().rstrip(".")
    return f" ({said})" if said else ""
