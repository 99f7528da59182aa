"""Who the caller is, as an Airflow connection says it: nobody, a bearer token, or what a token is got or made with."""

from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlunsplit

from airflow_provider_profiler.hooks.connection_fields import ConnectionLike, flag, http_url, seconds, text
from airflow_provider_profiler.hooks.errors import ConnectionNotUsable

#: Seconds for which a token that is made here is good.
DEFAULT_LIFETIME = 300.0
ALGORITHMS = ("HS256", "RS256", "ES256")
CLIENT_AUTH = ("basic", "body")


class AuthMode(StrEnum):
    """How the caller shows who it is; the words of the connection's field ``auth``."""

    NONE = "none"
    BEARER = "bearer"
    CLIENT_CREDENTIALS = "client_credentials"
    JWT = "jwt"


@dataclass(frozen=True)
class ClientCredentials:
    """What a token endpoint gives a token for (RFC 6749, section 4.4)."""

    auth_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""
    audience: str = ""
    in_body: bool = False
    """Whether id and secret go into the body instead of the ``Authorization`` header."""
    trust_env: bool = True
    """Whether proxies and CA bundles of the environment count on the way to the endpoint."""

    @property
    def place(self) -> str:
        """The endpoint, as messages name it: a query may hold anything."""
        return self.auth_url.partition("?")[0]

    @property
    def when_refused(self) -> str:
        """What to do when the service does not accept a token that was just given out."""
        return (
            f"The token that {self.place} gave for the client {self.client_id!r} was not accepted, a fresh one "
            "neither: the service must trust that issuer, and the connection's 'audience' and 'scope' be those it "
            "expects."
        )


@dataclass(frozen=True)
class SigningKey:
    """What tokens are made with here (RFC 7519)."""

    client_id: str
    algorithm: str
    key: str = field(repr=False, default="")
    key_file: str = ""
    """Where the key is read from each time a token is made, where it is not given itself."""
    key_id: str = ""
    issuer: str = ""
    audience: str = ""
    lifetime: float = DEFAULT_LIFETIME

    @property
    def when_refused(self) -> str:
        """What to do when the service does not accept a token that was just made."""
        return (
            f"The token that was signed here for the client {self.client_id!r} was not accepted: the service must know "
            f"the key ({self.algorithm}), the connection's 'issuer', 'audience' and 'key_id' be those it expects, and "
            "both clocks agree."
        )


Credentials = ClientCredentials | SigningKey


@dataclass(frozen=True)
class Identity:
    """What a connection says of the caller; at most one of the two is given."""

    token: str | None = field(default=None, repr=False)
    credentials: Credentials | None = None


def identity_of(connection: ConnectionLike) -> Identity:
    """Read who the caller is.

    Without the field ``auth``, a password is a bearer token, and without a password nobody is named.

    :raises ConnectionNotUsable: when something is missing or contradictory; no message holds a secret.
    """
    conn_id = connection.conn_id
    if connection.login:
        raise ConnectionNotUsable(
            f"The connection {conn_id!r} has a login. The profiling service takes a bearer token, never a "
            "login with a password: leave the login empty and put the token into the password."
        )
    mode = _mode(connection)
    if mode is AuthMode.CLIENT_CREDENTIALS:
        return Identity(credentials=_client_credentials(connection))
    if mode is AuthMode.JWT:
        return Identity(credentials=_signing_key(connection))
    if mode is AuthMode.NONE:
        return Identity()
    token = _bearer(connection)
    if token is None and mode is AuthMode.BEARER:
        raise ConnectionNotUsable(f"The connection {conn_id!r} has 'auth' = 'bearer', but no token in its password.")
    return Identity(token=token)


def _mode(connection: ConnectionLike) -> AuthMode | None:
    word = text(connection.extra_dejson, "auth").lower()
    if not word:
        return None
    try:
        return AuthMode(word)
    except ValueError:
        raise ConnectionNotUsable(
            f"The extra field 'auth' of the connection {connection.conn_id!r} must be one of "
            f"{', '.join(repr(mode.value) for mode in AuthMode)}."
        ) from None


def _bearer(connection: ConnectionLike) -> str | None:
    token = (connection.password or "").strip()
    if token.lower().startswith("bearer "):
        token = token[len("bearer ") :].strip()
    if not is_token(token):
        raise ConnectionNotUsable(
            f"The password of the connection {connection.conn_id!r} is not a bearer token: it holds white space or "
            "characters that no token has."
        )
    return token or None


def is_token(value: str) -> bool:
    """Whether a header can hold the text, and nothing but a token can be read out of it."""
    return all(0x21 <= ord(character) <= 0x7E for character in value)


def _client_credentials(connection: ConnectionLike) -> ClientCredentials:
    conn_id, extra = connection.conn_id, connection.extra_dejson
    given = text(extra, "client_auth").lower() or CLIENT_AUTH[0]
    if given not in CLIENT_AUTH:
        raise ConnectionNotUsable(
            f"The extra field 'client_auth' of the connection {conn_id!r} must be 'basic' or 'body'."
        )
    secret = text(extra, "client_secret") or (connection.password or "").strip()
    if not secret:
        raise _missing(conn_id, AuthMode.CLIENT_CREDENTIALS, "client_secret")
    return ClientCredentials(
        auth_url=urlunsplit(http_url(conn_id, extra, "auth_url")),
        client_id=_required(connection, AuthMode.CLIENT_CREDENTIALS, "client_id"),
        client_secret=secret,
        scope=text(extra, "scope"),
        audience=text(extra, "audience"),
        in_body=given == "body",
        trust_env=flag(conn_id, extra, "trust_env", default=True),
    )


def _signing_key(connection: ConnectionLike) -> SigningKey:
    conn_id, extra = connection.conn_id, connection.extra_dejson
    algorithm = text(extra, "algorithm").upper() or ALGORITHMS[0]
    if algorithm not in ALGORITHMS:
        raise ConnectionNotUsable(
            f"The extra field 'algorithm' of the connection {conn_id!r} must be one of {', '.join(ALGORITHMS)}."
        )
    key = text(extra, "private_key") or (connection.password or "").strip()
    key_file = text(extra, "key_file")
    if bool(key) == bool(key_file):
        raise ConnectionNotUsable(
            f"The connection {conn_id!r} has 'auth' = 'jwt' and must be given either a 'private_key' or a 'key_file'; "
            f"it has {'both' if key else 'neither'}."
        )
    return SigningKey(
        client_id=_required(connection, AuthMode.JWT, "client_id"),
        algorithm=algorithm,
        key=key,
        key_file=key_file,
        key_id=text(extra, "key_id"),
        issuer=text(extra, "issuer"),
        audience=text(extra, "audience"),
        lifetime=seconds(conn_id, extra, "lifetime", DEFAULT_LIFETIME),
    )


def _required(connection: ConnectionLike, mode: AuthMode, name: str) -> str:
    value = text(connection.extra_dejson, name)
    if not value:
        raise _missing(connection.conn_id, mode, name)
    return value


def _missing(conn_id: str, mode: AuthMode, name: str) -> ConnectionNotUsable:
    return ConnectionNotUsable(f"The connection {conn_id!r} has 'auth' = {mode.value!r}, but no {name!r}.")
