"""The trigger that waits for the job of a task that laid data for it, and takes the data away if the task is ended."""

from typing import Any

from asgiref.sync import sync_to_async

from airflow_provider_profiler.triggers.profile_job import ProfileJobTrigger


class StagedProfileTrigger(ProfileJobTrigger):
    """Waits as :class:`~airflow_provider_profiler.triggers.profile_job.ProfileJobTrigger` does.

    A deferred task that a user fails or clears is not resumed, so that nobody but the trigger could take its data
    away. Where the job ends, or the deadline passes, the task itself does.

    :param staged: the folder of the data, as workers and triggerer see it.
    """

    def __init__(self, *, staged: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.staged = str(staged)

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The class and its arguments, for another process."""
        return (
            f"{StagedProfileTrigger.__module__}.{StagedProfileTrigger.__name__}",
            {**super().serialize()[1], "staged": self.staged},
        )

    async def on_kill(self) -> None:
        """Stop the job, then take away what it was reading."""
        from airflow_provider_profiler.decorators.staging import StagedFolder  # noqa: PLC0415 - wanted only here
        from airflow_provider_profiler.hooks.errors import ProfilerHookError  # noqa: PLC0415

        await super().on_kill()
        if not (self.staged and self.stop_on_kill):
            return
        try:
            await sync_to_async(StagedFolder(uri=self.staged, path="").remove)()
        except ProfilerHookError as error:
            self.log.warning("%s", error)
        else:
            self.log.info("The data at %s is removed.", self.staged)
