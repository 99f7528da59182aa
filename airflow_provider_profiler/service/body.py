"""Reading a JSON body: bounded, strictly JSON, and checked without ever failing inside."""

import json
import math
from collections import Counter
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from anyio import move_on_after
from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.service.errors import InvalidBody, UnsupportedMediaType, problems_of

M = TypeVar("M", bound=BaseModel)

#: A body that is too long is read on without keeping it, for so many bytes, so that the client gets to read why it
#: was refused instead of a broken connection.
_READ_ON = 16 * 1024 * 1024
#: Seconds for a body to arrive: whoever sends it byte by byte wants to keep connections busy.
_PATIENCE = 60.0
#: What a request is counted as whose client hung up; nobody reads the answer. nginx introduced the number.
_HUNG_UP = 499


async def read_json_body(request: Request) -> bytes:
    """The body of a request that says that it is JSON.

    :raises UnsupportedMediaType: when it says something else or nothing.
    :raises InvalidRequest: when it is longer than ``max_body_bytes``, or is not there in time.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise UnsupportedMediaType("Send the body as JSON, with the header Content-Type: application/json.")
    return await read_body(request)


async def read_body(request: Request) -> bytes:
    """The body of a request, whatever it is.

    :raises InvalidRequest: when it is longer than ``max_body_bytes``, or is not there in time.
    :raises HTTPException: when the client hangs up; what the service did is then no failure of it.
    """
    limit: int = request.app.state.settings.max_body_bytes
    parts: list[bytes] = []
    length = 0
    try:
        with move_on_after(_PATIENCE) as waiting:
            async for part in request.stream():
                length += len(part)
                if length <= limit:
                    parts.append(part)
                elif length > limit + _READ_ON:
                    break
    except ClientDisconnect:
        raise HTTPException(_HUNG_UP, "The client hung up before its request was complete.") from None
    if waiting.cancelled_caught:
        raise InvalidRequest(f"The body was not there after {_PATIENCE:g} seconds; send it at once.")
    if length > limit:
        raise InvalidRequest(f"The body is longer than {limit} bytes (PROFILER_MAX_BODY_BYTES at the service).")
    return b"".join(parts)


JsonBody = Annotated[bytes, Depends(read_json_body)]


def parse_body(model: type[M], body: bytes) -> M:
    """Read a model from JSON text.

    Refused beyond what the model refuses: NaN and infinities (also as ``1e999``), which JSON does not know, and
    names given twice in one object, of which different programs take different ones.

    :raises InvalidBody: with every problem that was found, without the values that were sent.
    """
    try:
        json.loads(
            body.decode("utf-8"),
            parse_constant=_refuse("NaN and infinities are not JSON"),
            parse_float=_finite,
            object_pairs_hook=_unique,
        )
        return model.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        raise InvalidBody(problems_of(found, "body")) from None
    except RecursionError:
        raise _not_json("it is nested too deeply") from None
    except UnicodeDecodeError:
        raise _not_json("it is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise _not_json(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except ValueError as error:
        raise _not_json(str(error)) from None


def _not_json(why: str) -> InvalidBody:
    return InvalidBody(
        problems_of([{"loc": (), "msg": f"The body is not valid JSON: {why}.", "type": "json_invalid"}], "body")
    )


def _refuse(why: str) -> Callable[[str], Any]:
    def refuse(literal: str) -> Any:  # noqa: ARG001
        raise ValueError(why)

    return refuse


def _finite(literal: str) -> float:
    value = float(literal)
    if not math.isfinite(value):
        raise ValueError("a number is larger than 64-bit floating point can hold")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"the name {twice[:100]!r} stands twice in one object")
    return members
