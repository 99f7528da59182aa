"""The dataset node: what the submitter said, and how the profile came to be."""

from typing import Any

from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.render.moma.temporal import temporal_coverage
from airflow_provider_profiler.render.renderer import timestamp
from airflow_provider_profiler.render.specification import additional_fields, connectors, location, stated

CONFORMS_TO = "http://mlcommons.org/croissant/1.1"

#: The catalogue takes ``ready``, ``loaded`` and ``staged``, its older versions only the second, and it means the
#: dataset's place in the catalogue. What became of the profiling is said at each distribution.
STATUS = "loaded"


def dataset_properties(specification: ProfileSpecification) -> dict[str, Any]:
    """The specification's fields. Eight of them have two keys, because some readers know only the prefixed one.

    What nobody stated is an empty text rather than absent: readers look every key up.
    """
    keywords = list(specification.keywords)
    fields_of_science = list(specification.fields_of_science)
    access = stated(specification, "access")
    archived_at = location(specification)
    return {
        "@type": "sc:Dataset",
        "@id": str(specification.id),
        "name": specification.name,
        "description": specification.description,
        "conformsTo": CONFORMS_TO,
        "citeAs": specification.cite_as,
        "license": specification.license,
        "url": specification.published_url,
        "version": stated(specification, "version"),
        "datePublished": specification.date_published,
        "inLanguage": list(specification.languages),
        "country": specification.country,
        "headline": specification.headline,
        "dg:headline": specification.headline,
        "keywords": keywords,
        "dg:keywords": keywords,
        "fieldOfScience": fields_of_science,
        "dg:fieldOfScience": fields_of_science,
        "status": STATUS,
        "dg:status": STATUS,
        "access": access,
        "dg:access": access,
        "doi": specification.doi,
        "dg:doi": specification.doi,
        "uploadedBy": specification.uploaded_by,
        "dg:uploadedBy": specification.uploaded_by,
        "archivedAt": archived_at,
        "sc:archivedAt": archived_at,
        "dg:dataConnectors": connectors(specification),
        "dg:additionalFields": additional_fields(specification),
    }


def profiling_properties(profile: DatasetProfile) -> dict[str, Any]:
    """When and by what the profile was made, the period it covers and what its readers should know."""
    properties: dict[str, Any] = {}
    coverage = temporal_coverage(profile)
    if coverage:
        properties["temporalCoverage"] = coverage
    properties["prov:wasGeneratedBy"] = {
        "@type": "prov:Activity",
        "prov:endedAtTime": timestamp(profile),
        "prov:wasAssociatedWith": {
            "@type": "prov:SoftwareAgent",
            "name": f"{profile.generator.name} {profile.generator.version}",
        },
    }
    properties["dg:warnings"] = [{"dg:code": item.code, "dg:message": item.message} for item in profile.warnings]
    return properties
