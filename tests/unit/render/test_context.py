"""The JSON-LD context: every term leads to an address."""

from airflow_provider_profiler.render.context import CROISSANT, MOMA


def test_every_term_is_written_with_a_prefix_that_the_context_declares():
    prefixes = {key for key, value in MOMA.items() if isinstance(value, str) and value.startswith("http")}
    for key, value in MOMA.items():
        if key in prefixes or key == "@language":
            continue
        address = value["@id"] if isinstance(value, dict) else value
        assert address.partition(":")[0] in prefixes, key


def test_moma_leaves_the_terms_of_croissant_as_they_are():
    assert {key: MOMA[key] for key in CROISSANT} == CROISSANT
    assert {"equivalentProperty", "samplingRate", "containedIn", "isArray", "arrayShape"} <= set(CROISSANT)
