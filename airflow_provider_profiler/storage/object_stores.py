"""Object stores behind fsspec: which schemes are taken, how they are opened, and what their errors mean."""

import importlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from airflow_provider_profiler.contract.errors import ConfigurationError, ConnectionFailed, CredentialsMissing

#: The schemes that are taken, each with the distribution that installs its file system beside fsspec. Others of
#: fsspec's reach into this machine, run commands or chain URLs, and have no place in a setting.
SCHEMES = {
    "s3": "airflow-provider-profiler[objectstores]",
    "gs": "gcsfs",
    "az": "adlfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
}
_MISSING = ("NoCredentialsError", "PartialCredentialsError", "ClientAuthenticationError", "DefaultCredentialsError")


def is_url(root: str) -> bool:
    """Whether a data root is a URL rather than a folder."""
    return "://" in root


@dataclass(frozen=True)
class ObjectStamp:
    """What tells an object from one that replaced it."""

    size: int
    version: str
    """The store's entity tag, or what else it has in its place."""
    modified_ns: int | None = None


@dataclass(frozen=True)
class ObjectStore:
    """A bucket and the prefix in it; picklable, and silent about its credentials.

    :param url: scheme, bucket and prefix, such as ``s3://datasets/nightly``.
    :param options: what fsspec's file system is made with (``endpoint_url``, ``key``, ``secret``): from settings alone.
    """

    url: str
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, url: str, options: str = "") -> "ObjectStore":
        """Read a URL and options as they stand in settings.

        :param options: a JSON object, or empty.
        :raises ConfigurationError: for a scheme that is not taken, a URL with credentials or without a bucket, and for
            options that are no JSON object; options are never quoted.
        """
        parts = urlsplit(url)
        if parts.scheme not in SCHEMES or "::" in url:
            raise ConfigurationError(
                f"A data root of the scheme {parts.scheme!r} is not supported. Set DATA_ROOT_PATH to a folder or to a "
                f"URL that begins with {', '.join(f'{scheme}://' for scheme in SCHEMES)}."
            )
        if parts.password or parts.username or parts.query or parts.fragment:
            raise ConfigurationError(
                "DATA_ROOT_PATH may hold no credentials, query or fragment: a URL is scheme, bucket and prefix. "
                "Credentials belong into the environment of the service or into PROFILER_OBJECT_STORE_OPTIONS."
            )
        if not parts.netloc or ".." in parts.path.split("/"):
            raise ConfigurationError("DATA_ROOT_PATH must name a bucket, such as s3://datasets, and no '..' in it.")
        try:
            read = json.loads(options) if options else {}
        except ValueError:
            read = None
        if not isinstance(read, dict):
            raise ConfigurationError(
                'PROFILER_OBJECT_STORE_OPTIONS must be a JSON object such as {"endpoint_url": "https://..."}.'
            )
        return cls(f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}", read)

    @property
    def root(self) -> str:
        """Bucket and prefix as the file system names them: no scheme, no slash at the end."""
        return self.url.partition("://")[2]

    def filesystem(self) -> Any:
        """The file system of fsspec; equal ones are one object in a process.

        :raises ConfigurationError: when what the scheme needs is not installed.
        """
        scheme = self.url.partition("://")[0]
        try:
            fsspec = importlib.import_module("fsspec")
            # Listings are not kept: whether something has changed is asked again and again.
            return fsspec.filesystem(scheme, use_listings_cache=False, **self.options)
        except ImportError as error:
            raise ConfigurationError(
                f"A data root of {scheme}:// needs the library {error.name or SCHEMES[scheme]!r}, which is not "
                f"installed: pip install '{SCHEMES[scheme]}'."
            ) from error
        except (TypeError, ValueError) as error:
            raise ConfigurationError(
                f"The options in PROFILER_OBJECT_STORE_OPTIONS do not fit {scheme}:// ({type(error).__name__})."
            ) from None

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turn what the store's client raises into errors for people; what it says may quote a key and is left out.

        A missing object stays a ``FileNotFoundError``.

        :raises CredentialsMissing: when there are none, or the store refuses them.
        :raises ConnectionFailed: when the store cannot be reached.
        """
        try:
            yield
        except FileNotFoundError:
            raise
        except PermissionError:
            raise CredentialsMissing(
                f"The object store refuses access to {self.url}: give the service's credentials the right to list and "
                "read it."
            ) from None
        except Exception as error:
            if type(error).__name__ in _MISSING:
                raise CredentialsMissing(
                    f"There are no credentials for {self.url}: set them in the service's environment, or in "
                    "PROFILER_OBJECT_STORE_OPTIONS."
                ) from None
            raise ConnectionFailed(
                f"The object store of {self.url} cannot be reached ({type(error).__name__}); check its address and "
                "that it runs."
            ) from None


def stamp_of(info: Mapping[str, Any]) -> ObjectStamp:
    """The stamp of an object from what its store says of it, whichever store that is."""
    modified = next(
        (info[name] for name in ("LastModified", "mtime", "last_modified", "updated") if info.get(name)), None
    )
    if isinstance(modified, str):
        modified = datetime.fromisoformat(modified)
    if isinstance(modified, datetime):
        modified = modified if modified.tzinfo else modified.replace(tzinfo=UTC)
        nanoseconds: int | None = int(modified.timestamp()) * 1_000_000_000 + modified.microsecond * 1000
    else:
        nanoseconds = None
    version = next((str(info[name]) for name in ("ETag", "etag", "md5Hash", "content_md5") if info.get(name)), "")
    return ObjectStamp(size=int(info.get("size") or 0), version=version or str(nanoseconds), modified_ns=nanoseconds)
