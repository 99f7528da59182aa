"""What the service's answers mean: a value, or an error in words for people. Knows nothing of how they came."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from airflow_provider_profiler.hooks.errors import (
    AccessDenied,
    Conflict,
    JobGone,
    NotFound,
    ProfilerHookError,
    RequestRefused,
    ServiceFailed,
    TokenRefused,
    UnexpectedAnswer,
)

ModelT = TypeVar("ModelT", bound=BaseModel)

#: Characters of a foreign answer that a message may quote.
_QUOTED = 300

_BY_STATUS: dict[int, type[ProfilerHookError]] = {
    400: RequestRefused,
    404: NotFound,
    405: NotFound,  # a path that only answers to another method is as little the route that was asked for
    409: Conflict,
    410: JobGone,
    413: RequestRefused,
    415: RequestRefused,
    422: RequestRefused,
}


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    method: str
    url: str
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    token_sent: bool = False
    when_refused: str = ""
    """What to do when the token was not accepted, where it was got or made for the connection."""

    @property
    def what(self) -> str:
        """The request, as messages name it."""
        return f"{self.method} {self.url}"

    @property
    def date(self) -> datetime | None:
        """What the service's clock showed, to the second; None where the answer does not tell."""
        told = {name.lower(): value for name, value in self.headers.items()}.get("date")
        try:
            moment = parsedate_to_datetime(told) if told else None
        except ValueError:
            return None
        return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment

    def json(self) -> Any:
        """The body.

        :raises UnexpectedAnswer: when it is not JSON.
        """
        try:
            return json.loads(self.body)
        except ValueError:
            raise UnexpectedAnswer(
                f"{self.what} answered {self.status} with something that is not JSON: {self._excerpt()!r}. Check that "
                "the connection's host, port and path prefix lead to a dataset profiler and not to another web server."
            ) from None

    def model(self, model: type[ModelT]) -> ModelT:
        """The body as a model. Fields that this version does not know are ignored: the service may be newer.

        :raises UnexpectedAnswer: when it does not fit.
        """
        body = self.json()
        try:
            return model.model_validate(body, extra="ignore")
        except ValidationError as error:
            places = sorted({".".join(str(part) for part in item["loc"]) or "the body" for item in error.errors()})
            raise UnexpectedAnswer(
                f"{self.what} answered something that is not a {model.__name__}; wrong or missing: "
                f"{', '.join(places)}. Check that the service is a dataset profiler of a supported version."
            ) from None

    def raise_for_status(self) -> None:
        """Return for a 2xx answer.

        :raises ProfilerHookError: the one that fits, for anything else.
        """
        if 200 <= self.status < 300:
            return
        raise self._error()

    def detail(self) -> str:
        """What the service says about an error, on one line per problem."""
        try:
            body = json.loads(self.body)
        except ValueError:
            return self._excerpt() or "no explanation"
        detail = body.get("detail") if isinstance(body, Mapping) else body
        if isinstance(detail, list):
            return "".join(f"\n  - {_problem(item)}" for item in detail[:20])
        return str(detail)[:_QUOTED]

    def _error(self) -> ProfilerHookError:
        said = f"{self.what} answered {self.status}: {self.detail()}"
        if self.status == 401:
            way = "The service wants a token: put a bearer token into the connection's password, or set 'auth' in it."
            if self.token_sent:
                accepted = "The bearer token in the connection's password was not accepted; it may have expired."
                way = self.when_refused or accepted
            return TokenRefused(f"{said}. {way}")
        if self.status == 403:
            return AccessDenied(
                f"{said}. The token is genuine, but its client is not allowed: use a token whose claim 'client_id' is "
                "one of the service's allowed clients."
            )
        if 300 <= self.status < 400:
            target = self.headers.get("Location", "an address it does not name")
            return UnexpectedAnswer(
                f"{self.what} was redirected to {target[:_QUOTED]}. Put the final address into the connection's host."
            )
        if self.status == 429 or self.status >= 500:
            return ServiceFailed(f"The profiling service cannot serve the request at the moment. {said}")
        return _BY_STATUS.get(self.status, UnexpectedAnswer)(said)

    def _excerpt(self) -> str:
        return self.body[:_QUOTED].decode("utf-8", "replace").strip()


def _problem(item: Any) -> str:
    if not isinstance(item, Mapping):
        return str(item)[:_QUOTED]
    loc = item.get("loc")
    place = ".".join(str(part) for part in loc if part != "body") if isinstance(loc, list | tuple) else ""
    # Only the place and the message: some services echo the input, which may hold anything.
    return f"{place or 'request'}: {str(item.get('msg', 'is not accepted'))[:_QUOTED]}"


def readable(error: ValidationError) -> str:
    """A validation error of our own models as lines for people, without the values."""
    return "".join(f"\n  - {_problem(item)}" for item in error.errors(include_input=False, include_url=False))
