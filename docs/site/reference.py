"""The pages of the reference: made from docstrings, from the service's own description, and from the command line."""

import sys
from pathlib import Path
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parent))  # hooks are loaded one by one, their folder is no package
from command_line import command_line_page
from http_routes import http_page
from measured import measured_page

_ROOT: Final = Path(__file__).parents[2]
_OURS: Final = "airflow_provider_profiler"

#: What DAGs import, by heading.
AIRFLOW: Final[dict[str, tuple[str, ...]]] = {
    "Operators": (
        "operators.profile_dataset.ProfileDatasetOperator",
        "operators.check_profile.CheckProfileOperator",
        "operators.fetch_profile.FetchProfileOperator",
        "operators.list_datasets.ListDatasetsOperator",
        "operators.clean_up.CleanUpProfileJobOperator",
    ),
    "Sensors": ("sensors.profile_job.ProfileJobSensor", "sensors.cdd_profile.CddProfileSensor"),
    "Decorators": ("decorators.profile_dataset.profile_dataset_task",),
    "Assets": ("assets.profile.profile_asset", "assets.events.emit_profile_event", "assets.facts.ProfileFacts"),
    "Notifications": ("notifications.profile.ProfileNotifier",),
    "Hooks": (
        "hooks.profiler.ProfilerHook",
        "hooks.profiler_async.ProfilerAsyncHook",
        "hooks.retry_policy.ProfilerRetryPolicy",
    ),
    "Triggers": (
        "triggers.profile_job.ProfileJobTrigger",
        "triggers.cdd_profile.CddProfileTrigger",
        "triggers.profile_events.ProfileEventTrigger",
        "triggers.outcome.Outcome",
    ),
    "Errors": ("hooks.errors",),
}
#: What programs without Airflow import.
PYTHON: Final[dict[str, tuple[str, ...]]] = {
    "The engine": ("profiling.api.profile", "profiling.merging.merge.merge", "profiling.result.Profile"),
    "Comparing and checking": ("checks.comparison", "checks.rules", "checks.outcome"),
    "The profile model": ("contract.profile", "contract.statistics"),
    "What is asked for": ("contract.specification", "contract.options"),
    "Jobs": ("contract.job", "contract.states", "contract.reasons"),
}
_MODELS: Final = ("contract.", "checks.", "assets.facts.")
#: In what is found, guides come first.
_BEHIND_THE_GUIDES: Final = "---\nsearch: {boost: 0.3}\n---\n\n"
#: Classes whose methods come from several modules of theirs.
_WITH_INHERITED: Final = {
    "hooks.profiler.ProfilerHook",
    "hooks.profiler_async.ProfilerAsyncHook",
}


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages."""
    pages = {
        "airflow": _docstrings_page(
            "Airflow", "What DAG files import; the guide is [In a DAG](../airflow.md).", AIRFLOW
        ),
        "python": _docstrings_page(
            "Python", "What needs neither Airflow nor a service. The guide is [the library](../library.md).", PYTHON
        ),
        "http": http_page(),
        "command-line": command_line_page(),
        "measured": measured_page(_ROOT / ".bench", (_ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")),
    }
    for name, content in pages.items():
        files.append(File.generated(config, f"reference/{name}.md", content=_BEHIND_THE_GUIDES + content))
    return files


def _docstrings_page(title: str, introduction: str, parts: dict[str, tuple[str, ...]]) -> str:
    lines = [f"# {title}", "", introduction, ""]
    for heading, names in parts.items():
        lines += [f"## {heading}", ""]
        for name in names:
            lines += [f"::: {_OURS}.{name}", "    options:", "      heading_level: 3"]
            if name in _WITH_INHERITED:
                lines += ["      inherited_members: true"]
            if name.startswith(_MODELS):  # a field's name may say it all
                lines += ["      show_if_no_docstring: true"]
            lines.append("")
    return "\n".join(lines)
