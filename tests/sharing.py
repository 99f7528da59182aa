"""Which of the processes that run the tests has which of them."""

from xdist.scheduler import LoadScopeScheduling

#: Its tests share an Airflow, which takes minutes to start.
TOGETHER = "tests/e2e/airflow/"


class ByModule(LoadScopeScheduling):
    """All tests of a module in one process, where they share what is made for them once."""

    def _split_scope(self, nodeid: str) -> str:
        return TOGETHER if nodeid.startswith(TOGETHER) else str(nodeid.partition("::")[0])
