"""Where the keys come from that tokens are verified with, and which algorithms each kind of key allows.

The algorithm is never taken from the token: a token that names an HMAC algorithm while the key is public would be
verified with a "secret" that everybody knows.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ConfigurationError
from airflow_provider_profiler.service.published_keys import JwksKeys

DEFAULT_ASYMMETRIC = ("RS256", "ES256", "EdDSA")
_RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
#: RFC 7518, section 3.4: each algorithm belongs to one curve.
_CURVES = {"secp256r1": ("ES256",), "secp384r1": ("ES384",), "secp521r1": ("ES512",)}
_ASYMMETRIC = (*_RSA, "ES256", "ES384", "ES512", "EdDSA")
#: RFC 7518, section 3.2: the secret has at least the size of the hash, in bytes.
_SECRET_BYTES = {"HS256": 32, "HS384": 48, "HS512": 64}


class KeySource(Protocol):
    """Gives the key that a token is to be verified with."""

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The only algorithms that a token may use with keys of this source."""
        ...

    def key_at_hand(self, token: str) -> Any | None:
        """The key, in a form that PyJWT takes; None where it may have to be fetched. Never waits.

        :raises NotAuthenticated: when there is no key for this token.
        :raises ServiceUnavailable: when it would have to be fetched, and that failed a moment ago.
        """
        ...

    async def fetched_key(self, token: str) -> Any:
        """The key, fetched if need be.

        :raises NotAuthenticated: when there is no key for this token.
        :raises ServiceUnavailable: when the keys cannot be fetched.
        """
        ...


@dataclass(frozen=True)
class FixedKey:
    """One configured key: public, or a shared secret."""

    key: Any
    algorithms: tuple[str, ...]

    def key_at_hand(self, token: str) -> Any:  # noqa: ARG002
        """The same for every token."""
        return self.key

    async def fetched_key(self, token: str) -> Any:
        """The same: there is nothing to fetch."""
        return self.key_at_hand(token)


def key_source(settings: Settings) -> KeySource | None:
    """The configured source of keys, or None where none is configured.

    :raises ConfigurationError: when more than one is configured, or one that cannot be used safely.
    """
    given = {
        "PROFILER_AUTH_KEY": settings.auth_key,
        "PROFILER_AUTH_KEY_FILE": settings.auth_key_file,
        "PROFILER_AUTH_JWKS_URL": settings.auth_jwks_url,
    }
    names = [name for name, value in given.items() if value]
    if len(names) > 1:
        raise ConfigurationError(f"{' and '.join(names)} are set; set one of them, so that it is clear which counts.")
    if settings.auth_jwks_url:
        allowed = _chosen(settings, default=DEFAULT_ASYMMETRIC, possible=_ASYMMETRIC, kind="a key set")
        return JwksKeys(settings.auth_jwks_url, allowed)
    if settings.auth_key_file:
        try:
            content = settings.auth_key_file.read_bytes().strip()
        except OSError as error:
            raise ConfigurationError(f"PROFILER_AUTH_KEY_FILE cannot be read: {error}") from None
        return _fixed(content, settings, "PROFILER_AUTH_KEY_FILE")
    if settings.auth_key:
        return _fixed(settings.auth_key.get_secret_value().strip().encode(), settings, "PROFILER_AUTH_KEY")
    return None


def _fixed(content: bytes, settings: Settings, name: str) -> FixedKey:
    if not content:
        raise ConfigurationError(f"{name} is empty; give a PEM public key or a shared secret.")
    # Whatever looks like PEM is meant to be a key: as a shared secret it would be known to everybody.
    if b"-----BEGIN" in content:
        return _public(content, settings, name)
    allowed = _chosen(settings, default=("HS256",), possible=tuple(_SECRET_BYTES), kind="a shared secret")
    needed = max(_SECRET_BYTES[algorithm] for algorithm in allowed)
    if len(content) < needed:
        raise ConfigurationError(
            f"{name} is a shared secret of {len(content)} bytes; {'/'.join(allowed)} needs at least {needed} "
            "(RFC 7518, section 3.2)."
        )
    return FixedKey(content, allowed)


def _public(content: bytes, settings: Settings, name: str) -> FixedKey:
    if b"PRIVATE KEY" in content:
        raise ConfigurationError(f"{name} holds a private key; the service needs the public one only.")
    try:
        # A configuration that was written in one line often carries its line breaks as \n.
        key = load_pem_public_key(content.replace(b"\\n", b"\n"))
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigurationError(f"{name} is not a public key in PEM form (-----BEGIN PUBLIC KEY-----).") from None
    if isinstance(key, RSAPublicKey):
        possible: tuple[str, ...] = _RSA
    elif isinstance(key, EllipticCurvePublicKey):
        possible = _CURVES.get(key.curve.name, ())
    elif isinstance(key, Ed25519PublicKey | Ed448PublicKey):
        possible = ("EdDSA",)
    else:
        possible = ()
    if not possible:
        raise ConfigurationError(
            f"{name} is a key of a kind that tokens cannot be signed with; use RSA, EC or Ed25519."
        )
    return FixedKey(key, _chosen(settings, default=possible[:1], possible=possible, kind="this public key"))


def _chosen(settings: Settings, *, default: tuple[str, ...], possible: tuple[str, ...], kind: str) -> tuple[str, ...]:
    wrong = [algorithm for algorithm in settings.auth_algorithms if algorithm not in possible]
    if wrong:
        raise ConfigurationError(
            f"PROFILER_AUTH_ALGORITHMS names {', '.join(wrong)}, which cannot be used with {kind}; "
            f"possible are {', '.join(possible)}."
        )
    return settings.auth_algorithms or default
