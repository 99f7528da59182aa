"""A merged dataset is said to be what all of its parts are said to be."""

from uuid import UUID

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.profiling.merging.specifications import merged_specification


def said(path: str, **fields) -> ProfileSpecification:
    return ProfileSpecification.for_path(path, **fields)


def test_what_all_agree_on_is_kept_and_the_rest_is_left_open():
    one = said("a", license="MIT", country="GR", keywords=("sea", "taxi"), version="1", languages=("el",))
    other = said("b", license="MIT", country="IT", keywords=("taxi", "land"), version="2", languages=("el",))
    merged, left_empty = merged_specification([one, other], dataset_id="", name="")
    assert (merged.license, merged.country) == ("MIT", "")
    assert (merged.keywords, merged.languages) == (("sea", "taxi", "land"), ("el",))
    assert left_empty == ("country", "version")
    assert merged.unknown_fields == {}
    assert merged.name == "a and b"
    assert [connector.dataset_id for connector in merged.data_connectors] == ["a", "b"]


def test_fields_of_its_own_are_kept_where_they_are_the_same():
    merged, left_empty = merged_specification(
        [said("a", access="open"), said("b", access="open")], dataset_id="", name=""
    )
    assert merged.unknown_fields == {"access": "open"}
    assert left_empty == ()


def test_the_id():
    a, b = said("a"), said("b")

    def identity(*parts: ProfileSpecification, dataset_id: str = "") -> UUID:
        return merged_specification(parts, dataset_id=dataset_id, name="")[0].id

    assert identity(a, a) == a.id
    assert identity(a, b) not in (a.id, b.id)
    assert identity(a, b) == identity(a, b, b) != identity(b, a)
    assert identity(a, b, dataset_id="all") == dataset_uuid("all")
    assert identity(a, b, dataset_id=str(a.id)) == a.id


def test_the_name_is_each_name_once():
    assert merged_specification([said("a"), said("a")], dataset_id="", name="")[0].name == "a"
    assert merged_specification([said("a"), said("b")], dataset_id="", name="both")[0].name == "both"
