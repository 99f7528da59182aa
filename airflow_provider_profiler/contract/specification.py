"""The documented ``profile_specification``: what a submitter says about a dataset and where its data lies."""

import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StrictInt, StrictStr, field_validator, model_validator

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.contract.model import Model


def check_dataset_path(path: str) -> str:
    """Return the path unchanged when it is a plain relative path of one or more segments.

    :raises ValueError: for an absolute path, an empty one, or one with ``.``, ``..`` or empty segments.
    """
    if not path:
        raise ValueError("is empty; give the dataset's path relative to the data root")
    if "\x00" in path:
        raise ValueError("holds a NUL character")
    if path.startswith("/"):
        raise ValueError(f"{path!r} is absolute; give the dataset's path relative to the data root")
    segments = path.split("/")
    if any(segment in ("", ".", "..") for segment in segments):
        raise ValueError(f"{path!r} holds an empty, '.' or '..' segment; give a plain path under the data root")
    return path


_CREDENTIALS = frozenset({"user", "username", "login", "dsn", "uri", "url"})
_PARTS_OF_SECRETS = (
    *("password", "passwd", "passphrase", "pwd", "secret", "token", "credential"),
    *("api_key", "apikey", "access_key", "private_key", "connection_string", "connectionstring"),
)


def _names_in(value: Any) -> Iterator[str]:
    """The names of all members, at any depth."""
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _names_in(item)


class RawDataPath(Model):
    """Files under the data root."""

    model_config = ConfigDict(extra="allow")

    type: Literal["RawDataPath"] = "RawDataPath"
    dataset_id: StrictStr

    @field_validator("dataset_id")
    @classmethod
    def _plain_relative_path(cls, value: str) -> str:
        return check_dataset_path(value)


class DatabaseConnection(Model):
    """A database that the service knows by host and port. Credentials never travel in a request."""

    model_config = ConfigDict(extra="allow")

    type: Literal["DatabaseConnection"] = "DatabaseConnection"
    protocol: StrictStr
    engine: StrictStr
    database_name: StrictStr
    host: StrictStr
    port: StrictInt = Field(gt=0, lt=65536)

    @field_validator("protocol", "engine", "host", "database_name")
    @classmethod
    def _no_part_of_an_address(cls, value: str) -> str:
        # "user:password@host" or "name?password=..." would carry a secret into every document.
        if any(character in value for character in "@?#;="):
            raise ValueError(
                "holds '@', '?', '#', ';' or '='; give the plain name, credentials are configured at the service"
            )
        return value

    @model_validator(mode="after")
    def _no_credentials(self) -> "DatabaseConnection":
        for name in _names_in(self.model_extra or {}):
            if name.lower() in _CREDENTIALS or any(part in name.lower() for part in _PARTS_OF_SECRETS):
                raise ValueError(
                    f"field {name!r} is not accepted: credentials are configured at the service, never sent"
                )
        return self


Connector = Annotated[RawDataPath | DatabaseConnection, Field(discriminator="type")]


class ProfileSpecification(Model):
    """Metadata about a dataset and the connectors that reach its data.

    Scalars are not coerced: ``"name": 7`` is an error. Fields that are not of the specification are kept
    (``unknown_fields``) and noted as a warning on the job.
    """

    model_config = ConfigDict(extra="allow")

    id: UUID
    name: StrictStr
    description: StrictStr
    license: StrictStr
    headline: StrictStr
    country: StrictStr
    date_published: StrictStr
    uploaded_by: StrictStr
    keywords: tuple[StrictStr, ...]
    fields_of_science: tuple[StrictStr, ...]
    languages: tuple[StrictStr, ...]
    data_connectors: tuple[Connector, ...]
    cite_as: StrictStr = ""
    published_url: StrictStr = ""
    doi: StrictStr = ""

    @field_validator("id", mode="before")
    @classmethod
    def _uuid_as_text(cls, value: Any) -> Any:
        # pydantic also takes 16 raw bytes for a UUID; JSON has text only.
        if not isinstance(value, str | UUID):
            raise ValueError("must be a UUID written as text")
        return value

    @field_validator("data_connectors", mode="before")
    @classmethod
    def _at_least_one(cls, value: Any) -> Any:
        # Checked before the connectors themselves, so that a faulty one is not reported as a missing one too.
        if isinstance(value, list | tuple) and not value:
            raise ValueError("must name at least one connector")
        return value

    @model_validator(mode="after")
    def _fits_in_a_document(self) -> "ProfileSpecification":
        # Fields beyond the documented ones may be of any type, and text may hold half a surrogate pair: what JSON or
        # UTF-8 cannot hold must fail at submission, not when the documents are written.
        try:
            json.dumps(self.model_dump(), ensure_ascii=False, allow_nan=False, default=str).encode("utf-8")
        except UnicodeEncodeError as error:
            raise ValueError(f"holds a character that UTF-8 cannot encode: {error.object[error.start]!r}") from error
        except ValueError as error:
            raise ValueError("holds NaN or infinity, which JSON does not know; leave the field out instead") from error
        return self

    @property
    def unknown_fields(self) -> dict[str, Any]:
        """Fields beyond the documented ones, as they were sent."""
        return dict(self.model_extra or {})

    @classmethod
    def for_path(cls, dataset_path: str, *, dataset_id: str = "", **metadata: Any) -> "ProfileSpecification":
        """A specification for a dataset of which only the path is known.

        :param dataset_path: path under the data root.
        :param dataset_id: a UUID, or a name that a UUID is derived from; the path where it is empty.
        :param metadata: any specification fields that are known.
        :raises pydantic.ValidationError: when the path or a field does not fit.
        """
        unknown: dict[str, Any] = {
            "name": dataset_path.rsplit("/", 1)[-1],
            "description": "",
            "license": "",
            "headline": "",
            "country": "",
            "date_published": "",
            "uploaded_by": "",
            "keywords": (),
            "fields_of_science": (),
            "languages": (),
        }
        connectors = (RawDataPath(dataset_id=dataset_path),)
        identity = dataset_uuid(dataset_id or dataset_path)
        return cls.model_validate({"id": identity, "data_connectors": connectors, **unknown, **metadata})
