"""Counts and times of requests, by the routes' templates: no path that anybody makes up becomes a label."""

from prometheus_client import CollectorRegistry, Counter, Histogram

#: Paths that no route matches, all of them together.
UNKNOWN_ROUTE = "unknown"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
#: Seconds; the last ones are those of clients that wait for events.
_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0)


class RequestMetrics:
    """What this process answered since it started.

    :param registry: where the metrics are exposed.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._answered = Counter(
            "profiler_http_requests",
            "Requests that were answered, by route template and status.",
            ("method", "route", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "profiler_http_request_duration_seconds",
            "Seconds from a request's arrival to the end of its answer.",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=registry,
        )
        # To find a metric by its labels costs several times what it costs to count.
        self._found: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer.

        :param method: as it was sent; an unusual one is counted as ``other``.
        :param route: the route's template.
        """
        method = method if method in _METHODS else "other"
        found = self._found.get((method, route, status))
        if found is None:
            found = self._answered.labels(method, route, str(status)), self._seconds.labels(method, route)
            self._found[method, route, status] = found
        answered, took = found
        answered.inc()
        took.observe(seconds)
