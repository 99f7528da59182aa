from uuid import uuid4

import pytest

from airflow_provider_profiler.contract.job import JobWarning
from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    Distribution,
    DistributionKind,
    DistributionStatus,
    Generator,
)
from airflow_provider_profiler.contract.reasons import FileReason, FileReasonCode, ReasonCode
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.jobs.findings import nothing_read, profile_warnings, specification_warnings

FAILED, LISTED, PROFILED = DistributionStatus.FAILED, DistributionStatus.LISTED, DistributionStatus.PROFILED
FILE, FILE_SET, DATABASE = DistributionKind.FILE, DistributionKind.FILE_SET, DistributionKind.DATABASE


@pytest.fixture
def profile(clock):
    def make(*parts, kind=Target.HEAVY):
        distributions = [
            Distribution(
                id=uuid4(),
                kind=part,
                status=status,
                reason=None if status is PROFILED else FileReason(code=FileReasonCode.UNREADABLE, message="why"),
                path=f"{number}.csv",
                name=f"{number}.csv",
                media_type="text/csv",
                content_url="x",
            )
            for number, (part, status) in enumerate(parts)
        ]
        return DatasetProfile(
            kind=kind,
            generated_at=clock(),
            generator=Generator(name="t", version="1"),
            specification=ProfileSpecification.for_path("ferries"),
            options=ProfileOptions(),
            distributions=tuple(distributions),
        )

    return make


@pytest.mark.parametrize(
    ("kind", "statuses", "fails"),
    [
        (Target.HEAVY, [], False),
        (Target.HEAVY, [PROFILED], False),
        (Target.HEAVY, [PROFILED, FAILED], False),
        (Target.HEAVY, [LISTED], False),
        (Target.HEAVY, [FAILED], True),
        (Target.HEAVY, [FAILED, LISTED], True),
        (Target.LIGHT, [FAILED, LISTED], False),
        (Target.LIGHT, [FAILED, PROFILED], False),
        (Target.LIGHT, [FAILED, FAILED], True),
        (Target.LIGHT, [], False),
    ],
)
def test_when_nothing_was_read(profile, kind, statuses, fails):
    assert (nothing_read(profile(*[(FILE, status) for status in statuses], kind=kind)) is not None) is fails


@pytest.mark.parametrize("kind", [Target.LIGHT, Target.HEAVY])
def test_one_failed_file_is_enough_where_the_options_say_so(profile, kind):
    made = profile((FILE, PROFILED), (FILE, FAILED), kind=kind)
    strict = made.model_copy(update={"options": ProfileOptions(execution={"continue_on_error": False})})
    assert nothing_read(made) is None
    reason = nothing_read(strict)
    assert reason.code is ReasonCode.FILE_FAILED
    assert "1.csv (unreadable)" in reason.message


def test_a_set_of_files_is_no_file(profile):
    assert nothing_read(profile((FILE_SET, LISTED), (FILE, FAILED), kind=Target.LIGHT)) is not None
    assert "1 of 1" in profile_warnings(profile((FILE_SET, LISTED), (FILE, FAILED)), Target.HEAVY)[0].message


def test_databases_that_are_only_listed_are_told(profile):
    (warning,) = profile_warnings(profile((FILE, PROFILED), (DATABASE, LISTED)), Target.HEAVY)
    assert warning.code == "databases_listed"
    assert "1.csv (unreadable)" in warning.message


def test_messages_name_a_few_files_and_count_the_rest(profile):
    reason = nothing_read(profile(*[(FILE, FAILED)] * 1000))
    assert "1000 files" in reason.message
    assert "4.csv" in reason.message
    assert "5.csv" not in reason.message
    assert "and 995 more" in reason.message


@pytest.mark.parametrize(("target", "told"), [(Target.LIGHT, True), (Target.HEAVY, False)])
def test_failed_files_are_told_once_of_the_jobs_last_profile(profile, target, told):
    light = profile((FILE, FAILED), (FILE, LISTED), kind=Target.LIGHT)
    assert bool(profile_warnings(light, target)) is told


def test_of_very_many_warnings_the_job_repeats_some(profile):
    many = tuple(JobWarning(code="note", message=str(number)) for number in range(1000))
    found = profile_warnings(profile((FILE, PROFILED)).model_copy(update={"warnings": many}), Target.HEAVY)
    assert found[:50] == many[:50]
    assert found[50].code == "more_warnings"
    assert "950" in found[50].message
    assert len(found) == 51


def test_fields_that_the_specification_does_not_know():
    known = ProfileSpecification.for_path("ferries")
    assert specification_warnings(known) == ()
    connector = {"type": "RawDataPath", "dataset_id": "ferries", "format": "csv"}
    (warning,) = specification_warnings(
        ProfileSpecification.for_path("ferries", zebra=1, Apple=2, data_connectors=[connector])
    )
    assert "Apple, zebra, data_connectors.format" in warning.message
