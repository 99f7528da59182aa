"""Reading lists that only an operator writes, from a setting or a file, without telling the secrets in them."""

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from airflow_provider_profiler.contract.errors import ConfigurationError

EntryT = TypeVar("EntryT", bound=BaseModel)


def read_list(kind: TypeAdapter[tuple[EntryT, ...]], text: str, fields: str) -> tuple[EntryT, ...]:
    """The entries of a JSON list.

    :param fields: what an entry may have, for the message.
    :raises ValueError: naming the entry and the field that do not fit, and never a value, which may be a secret.
    """
    try:
        given: Any = json.loads(text)
    except ValueError:
        raise ValueError(f"is no JSON; give a list of objects with {fields}") from None
    try:
        return kind.validate_python(given)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in item['loc']) or 'the list'}: {item['msg']}"
            for item in error.errors(include_input=False, include_url=False)
        )
        raise ValueError(problems) from None


def read_list_file(kind: TypeAdapter[tuple[EntryT, ...]], path: Path, fields: str, variable: str) -> tuple[EntryT, ...]:
    """The entries of a file that holds such a list.

    :param variable: names the file in the environment, for the message.
    :raises ConfigurationError: when it cannot be read, or does not fit.
    """
    try:
        return read_list(kind, path.read_text(encoding="utf-8"), fields)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The file {path} of {variable} cannot be read: {_why(error)}.") from None
    except ValueError as error:
        raise ConfigurationError(f"The file {path} of {variable} cannot be used: {error}.") from None


def read_secret_file(path: Path, owner: str) -> str:
    """What a file with one secret holds, without the line end behind it.

    :param owner: whose file it is, for the message: ``The password file of ...``.
    :raises ConfigurationError: when it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{owner} cannot be read: {_why(error)}.") from None


def _why(error: OSError | UnicodeDecodeError) -> str:
    return getattr(error, "strerror", None) or "it is not UTF-8"
