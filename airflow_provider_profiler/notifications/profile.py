"""The notifier: tells people, or another program, how a profile came out."""

import asyncio
import copy
import importlib
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from airflow.sdk import BaseNotifier

from airflow_provider_profiler.hooks.names import DEFAULT_CONN_NAME

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_profiler.notifications.finding import About
    from airflow_provider_profiler.notifications.news import ProfileNews


class ProfileNotifier(BaseNotifier):
    """Sends a summary of a profile to an HTTP webhook, or through another notifier.

    As ``on_success_callback`` or ``on_failure_callback`` of a profiling task it tells of that task's job; of a DAG, or
    in a ``DeadlineAlert``, of the run's newest job, a failed one first. ``job_id`` and ``dataset_id`` choose another.
    When the service is away, or the task failed before it submitted, it tells what is known without it::

        ProfileDatasetOperator(
            task_id="profile", path="sales", on_failure_callback=ProfileNotifier(http_conn_id="chat", endpoint="hook")
        )

    :param http_conn_id: connection of type HTTP; ``payload`` is posted to it as JSON. (templated)
    :param endpoint: path that is put behind the connection's host. (templated)
    :param payload: what is posted: any JSON, with templates that know ``profile`` (see
        :class:`~airflow_provider_profiler.notifications.news.ProfileNews`) and ``profile_message``. By default an
        object with the message as ``text``, as most chats want it, and all facts as ``profile``.
    :param headers: headers to send with it. (templated)
    :param notifier: in place of the webhook, the class of another notifier or the dotted path of one. A new one is
        made for every message.
    :param notifier_kwargs: its arguments; its own templates know ``profile`` and ``profile_message`` too.
    :param message: template of the message. By default one sentence on how it came out, and the counts.
    :param job_id: the job. (templated)
    :param dataset_id: a UUID, or the name or path that one is derived from: its newest job. (templated)
    :param profiler_conn_id: the connection to the service; without the default one jobs are embedded. (templated)
    """

    template_fields: Sequence[str] = (
        "http_conn_id",
        "endpoint",
        "headers",
        "job_id",
        "dataset_id",
        "profiler_conn_id",
    )

    def __init__(
        self,
        *,
        http_conn_id: str | None = None,
        endpoint: str | None = None,
        payload: Any = None,
        headers: Mapping[str, str] | None = None,
        notifier: type[BaseNotifier] | str | None = None,
        notifier_kwargs: Mapping[str, Any] | None = None,
        message: str = "{{ profile.text }}",
        job_id: str | None = None,
        dataset_id: str | None = None,
        profiler_conn_id: str = DEFAULT_CONN_NAME,
        **kwargs: Any,
    ) -> None:
        if (http_conn_id is None) == (notifier is None):
            raise ValueError("ProfileNotifier must be given either http_conn_id or notifier: where the message goes.")
        if notifier is None and notifier_kwargs:
            raise ValueError("ProfileNotifier has notifier_kwargs, but no notifier that they are for.")
        if isinstance(notifier, BaseNotifier):
            raise ValueError(
                "ProfileNotifier takes the class of a notifier, and its arguments as notifier_kwargs: one that is made "
                "already would fill its templates in once and for all."
            )
        super().__init__(**kwargs)
        self.http_conn_id = http_conn_id
        self.endpoint = endpoint
        self.payload = payload
        self.headers = dict(headers) if headers else None
        self.notifier = notifier
        self.notifier_kwargs = dict(notifier_kwargs or {})
        self.message = message
        self.job_id = job_id
        self.dataset_id = dataset_id
        self.profiler_conn_id = profiler_conn_id

    def __call__(self, *args: Any) -> None:
        """Send the message for a context, as callbacks are called."""
        # Templates are filled in in place: a copy, so that the next task of the same DAG gets its own words.
        super(ProfileNotifier, copy.copy(self)).__call__(*args)

    def __await__(self) -> Generator[Any, Any, Any]:
        """Send the message for the context that was given when it was made."""
        self.context = cast("Context", dict(self.context))
        return super().__await__()

    def notify(self, context: "Context") -> None:
        """Ask the service, and send the message."""
        from airflow_provider_profiler.hooks.errors import ProfilerHookError  # noqa: PLC0415 - DAGs are parsed often
        from airflow_provider_profiler.hooks.profiler import ProfilerHook  # noqa: PLC0415
        from airflow_provider_profiler.hooks.retrying import RetryPolicy  # noqa: PLC0415
        from airflow_provider_profiler.notifications.finding import ask  # noqa: PLC0415

        about, news = self._known(context)
        try:
            with ProfilerHook(self.profiler_conn_id, retry=RetryPolicy(attempts=2)) as hook:
                news = ask(hook, about, news)
        except ProfilerHookError as error:
            news = self._without_service(news, error)
        told = self._context(context, news)
        if self.notifier is not None:
            self._other()(told)
        else:
            self._webhook(told, news).notify(told)
        self.log.info("Told of profiling job %s.", news.job_id)

    async def async_notify(self, context: "Context") -> None:
        """The same in the triggerer, where deadline alerts run."""
        from airflow_provider_profiler.hooks.errors import ProfilerHookError  # noqa: PLC0415
        from airflow_provider_profiler.hooks.profiler_async import ProfilerAsyncHook  # noqa: PLC0415
        from airflow_provider_profiler.hooks.retrying import RetryPolicy  # noqa: PLC0415
        from airflow_provider_profiler.notifications.finding import ask_async  # noqa: PLC0415

        about, news = self._known(context)
        try:
            async with ProfilerAsyncHook(self.profiler_conn_id, retry=RetryPolicy(attempts=2)) as hook:
                news = await ask_async(hook, about, news)
        except ProfilerHookError as error:
            news = self._without_service(news, error)
        told = self._context(context, news)
        if self.notifier is None:
            await self._webhook(told, news).async_notify(told)
        elif self._other_class().async_notify is BaseNotifier.async_notify:
            await asyncio.to_thread(self._other(), told)  # it knows no other way
        else:
            await self._other(context=told)
        self.log.info("Told of profiling job %s.", news.job_id)

    def _known(self, context: "Context") -> "tuple[About, ProfileNews]":
        """Which job it is about, and what is known of it without the service."""
        from airflow_provider_profiler.notifications.finding import About  # noqa: PLC0415
        from airflow_provider_profiler.notifications.news import ProfileNews, told_by_task  # noqa: PLC0415

        given = cast("Mapping[str, Any]", context)
        job_id = _rendered(self.job_id)
        dataset_id = _rendered(self.dataset_id)
        if job_id or dataset_id:
            return About(job_id=job_id, dataset_id=dataset_id), ProfileNews(job_id=job_id)
        # A DAG's callback is given some task of the run, together with a reason; a deadline's is given none.
        if given.get("ti") is not None and "reason" not in given:
            news = told_by_task(given)
            return About(job_id=news.job_id), news
        run = given.get("dag_run")
        dag_id = _field(run, "dag_id") or _field(given.get("dag"), "dag_id")
        # In a deadline's context the run is one as Airflow's API answers it, with an id of another name.
        run_id = _field(run, "run_id") or _field(run, "dag_run_id") or given.get("run_id")
        return About(dag_id=dag_id, run_id=run_id), ProfileNews()

    def _without_service(self, news: "ProfileNews", error: Exception) -> "ProfileNews":
        self.log.warning("The profiling service could not be asked: %s", error)
        return replace(news, problem=str(error)[:500])

    def _context(self, context: "Context", news: "ProfileNews") -> "Context":
        """The context as templates see it: with the facts, and the message that is made of them."""
        known: dict[str, Any] = {**cast("Mapping[str, Any]", context), "profile": news}
        env = self.get_template_env(dag=known.get("dag"))
        return cast("Context", {**known, "profile_message": env.from_string(self.message).render(known)})

    def _webhook(self, told: "Context", news: "ProfileNews") -> Any:
        from airflow.providers.http.notifications import HttpNotifier  # noqa: PLC0415

        payload = (
            {"text": cast("Mapping[str, Any]", told)["profile_message"], "profile": news.as_json()}
            if self.payload is None
            else self.render_template(self.payload, told, self.get_template_env(dag=told.get("dag")))
        )
        assert self.http_conn_id is not None  # noqa: S101 - for the type checker
        return HttpNotifier(
            http_conn_id=self.http_conn_id, endpoint=self.endpoint, json=payload, headers=self.headers, method="POST"
        )

    def _other_class(self) -> type[BaseNotifier]:
        found: Any = self.notifier
        if isinstance(found, str):
            module, _, name = found.rpartition(".")
            found = getattr(importlib.import_module(module), name)
        if not (isinstance(found, type) and issubclass(found, BaseNotifier)):
            raise ValueError(f"The notifier {self.notifier!r} of ProfileNotifier is no class of a notifier.")
        return found

    def _other(self, **more: Any) -> Any:
        return self._other_class()(**copy.deepcopy(self.notifier_kwargs), **more)


def _field(run: Any, name: str) -> Any:
    """A field of a DAG or a run: an object, in a deadline's context a mapping, or nothing."""
    return run.get(name) if isinstance(run, Mapping) else getattr(run, name, None)


def _rendered(value: str | None) -> str | None:
    """A templated value; a template that finds nothing renders the word "None"."""
    text = str(value or "").strip()
    return None if text in ("", "None") else text
