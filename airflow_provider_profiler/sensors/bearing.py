"""How many looks in a row failed, kept where a task that is rescheduled finds it again."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.sdk import Context

#: The key of the task state store.
STORE_KEY = "profiler_failed_looks"


class FailedLooks:
    """Counts the looks in a row that failed, within one try of a task.

    A task in ``reschedule`` mode is another process at each look: what is kept on the sensor is lost. The task state
    store outlives it, and retries and clears as well, so the count says which try it is of.

    :param context: of the task. Where it has no store, no failure can be borne.
    """

    def __init__(self, context: "Context") -> None:
        self._store: Any = context.get("task_state_store")
        ti: Any = context.get("ti")
        self._try = ti.try_number if ti is not None else 0

    def one_more(self) -> int | None:
        """Count a failed look.

        :return: how many it were in a row with this one; None where that cannot be kept.
        """
        if self._store is None:
            return None
        count = self._before() + 1
        self._store.set(STORE_KEY, {"try": self._try, "count": count})
        return count

    def none(self) -> None:
        """Note that a look succeeded: the count begins anew."""
        if self._store is not None and self._before():
            self._store.delete(STORE_KEY)

    def _before(self) -> int:
        kept = self._store.get(STORE_KEY)
        if not isinstance(kept, dict) or kept.get("try") != self._try:
            return 0
        count = kept.get("count")
        return count if isinstance(count, int) else 0
