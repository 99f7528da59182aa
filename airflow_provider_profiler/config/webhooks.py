"""Where events are sent to as they happen: only an operator names the addresses, never a request."""

from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr, TypeAdapter, field_validator, model_validator

from airflow_provider_profiler.config.listed import read_list, read_list_file, read_secret_file
from airflow_provider_profiler.contract.errors import ConfigurationError
from airflow_provider_profiler.contract.job import EventKind

SHORTEST_SECRET = 16


class WebhookTarget(BaseModel):
    """An address that events are sent to. Neither its secret nor its path shows in any readable form of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr
    """``https://`` or ``http://``. Masked, as many services put what must not be known into the path."""
    secret: SecretStr | None = None
    """What the signature is made with; at least 16 characters."""
    secret_file: Path | None = None
    """A file that holds the secret; a line end behind it does not count."""
    types: tuple[EventKind, ...] = ()
    """The kinds of events that are sent; all where it is empty."""
    ca_file: Path | None = None
    """The certificates that the address is verified with, instead of the well-known ones."""

    @field_validator("url")
    @classmethod
    def _plain_address(cls, value: SecretStr) -> SecretStr:
        try:
            parts = urlsplit(value.get_secret_value())
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise ValueError("must be an address that begins with https:// or http://")
        if parts.username is not None or parts.password is not None:
            raise ValueError("must not hold a user or a password; the receiver checks the signature")
        return value

    @model_validator(mode="after")
    def _one_secret(self) -> "WebhookTarget":
        if (self.secret is None) == (self.secret_file is None):
            raise ValueError("give the secret or the file that holds it, and not both")
        if self.secret is not None and len(self.secret.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"the secret must have at least {SHORTEST_SECRET} characters")
        return self

    @property
    def key(self) -> str:
        """Names the target in the store, without telling its address."""
        return sha256(self.url.get_secret_value().encode()).hexdigest()[:16]

    @property
    def label(self) -> str:
        """What people may read of the address: its host, and a few characters to tell two paths apart."""
        parts = urlsplit(self.url.get_secret_value())
        return f"{parts.scheme}://{parts.netloc}/... ({self.key[:6]})"

    def with_secret(self) -> "WebhookTarget":
        """The target with the secret in it.

        :raises ConfigurationError: when the file cannot be read, or what it holds is too short.
        """
        if self.secret_file is None:
            return self
        secret = read_secret_file(self.secret_file, f"The secret file {self.secret_file} of the webhook {self.label}")
        if len(secret) < SHORTEST_SECRET:
            raise ConfigurationError(
                f"The secret in {self.secret_file} of the webhook {self.label} must have at least {SHORTEST_SECRET} "
                "characters."
            )
        return self.model_copy(update={"secret": SecretStr(secret), "secret_file": None})

    def masked(self, mask: str) -> dict[str, Any]:
        """What may be shown of the target.

        :param mask: what stands for the secret.
        """
        shown: dict[str, Any] = {"url": self.label, "secret": mask}
        if self.secret_file is not None:
            shown = {"url": self.label, "secret_file": str(self.secret_file)}
        if self.types:
            shown["types"] = [kind.value for kind in self.types]
        if self.ca_file is not None:
            shown["ca_file"] = str(self.ca_file)
        return shown


_FIELDS = "url, secret (or secret_file) and types"
_TARGETS = TypeAdapter(tuple[WebhookTarget, ...])


def read_targets(text: str) -> tuple[WebhookTarget, ...]:
    """The targets of a JSON list.

    :raises ValueError: naming the target and the field that do not fit, and never a value, which may be a secret.
    """
    return read_list(_TARGETS, text, _FIELDS)


def read_targets_file(path: Path) -> tuple[WebhookTarget, ...]:
    """The targets of a file that holds such a list.

    :raises ConfigurationError: when it cannot be read, or does not fit.
    """
    return read_list_file(_TARGETS, path, _FIELDS, "PROFILER_WEBHOOKS_FILE")


def usable_targets(listed: tuple[WebhookTarget, ...]) -> tuple[WebhookTarget, ...]:
    """The targets with their secrets in them.

    :raises ConfigurationError: when two have one address, or a secret or a certificate cannot be had.
    """
    for target in listed:
        if target.ca_file is not None and not target.ca_file.is_file():
            raise ConfigurationError(f"The ca_file {target.ca_file} of the webhook {target.label} is not there.")
    repeated = [key for key, count in Counter(target.key for target in listed).items() if count > 1]
    if repeated:
        label = next(target.label for target in listed if target.key == repeated[0])
        raise ConfigurationError(f"The webhook {label} is listed twice; give each address once, with all its types.")
    return tuple(target.with_secret() for target in listed)
