"""What both stores say when a job may not be moved as somebody wants."""

from uuid import UUID

from airflow_provider_profiler.contract.errors import IllegalTransition


def illegal_transition(job_id: UUID, state: str, wanted: str) -> IllegalTransition:
    """The error for a state that cannot follow the one that the job is in."""
    return IllegalTransition(
        f"Job {job_id} is {state} and cannot become {wanted}: states pass in order, and only as far as the job goes. "
        "Nothing was changed; this is a fault of the program that runs the job."
    )
