"""A route for what clients ask in loops, thousands of times for each job."""

from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.routing import request_response

from airflow_provider_profiler.service.auth import authenticated_client


class DirectRoute(APIRoute):
    """Calls its function with the parts of the path, as they are, and the open backend.

    To find these two by what the function declares costs several times what such a function does. It declares them
    nevertheless, as every other: the description tells of them. The token is looked at before, as everywhere.

    :param endpoint: asynchronous, and makes the response itself.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.app = request_response(self._answer)

    async def _answer(self, request: Request) -> Response:
        await authenticated_client(request)
        response: Response = await self.endpoint(**request.path_params, backend=request.app.state.backend)
        return response
