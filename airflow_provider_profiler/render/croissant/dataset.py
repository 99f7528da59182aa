"""The dataset node: what the submitter said, and a plain statement wherever readers insist on one that nobody made."""

import re
from datetime import date
from typing import Any, Final

from airflow_provider_profiler.contract.profile import DatasetProfile, DistributionKind
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.render.moma.dataset import CONFORMS_TO
from airflow_provider_profiler.render.moma.temporal import temporal_coverage
from airflow_provider_profiler.render.renderer import timestamp
from airflow_provider_profiler.render.specification import stated

_NUMBER: Final = r"(0|[1-9]\d*)"
_VERSION: Final = re.compile(rf"v?({_NUMBER}(\.{_NUMBER}(\.{_NUMBER}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?)?)?)")
_FIRST_VERSION: Final = "1.0.0"
NOT_STATED: Final = "Not stated"


def dataset_properties(profile: DatasetProfile) -> dict[str, Any]:
    """The dataset's own keys. What is recommended and was not stated has a stand-in; anything else is left out."""
    specification = profile.specification
    properties: dict[str, Any] = {
        "@type": "sc:Dataset",
        "@id": str(specification.id),
        "name": specification.name or str(specification.id),
        "description": specification.description or specification.headline or f"The dataset {specification.name}",
        "conformsTo": CONFORMS_TO,
        "citeAs": specification.cite_as or _citation(specification),
        "license": specification.license or NOT_STATED,
        "version": _version(specification),
        "datePublished": _published(profile),
        "identifier": str(specification.id),
    }
    optional: dict[str, Any] = {
        "url": specification.published_url,
        "headline": specification.headline,
        "inLanguage": list(specification.languages),
        "keywords": list(specification.keywords),
        "sameAs": f"https://doi.org/{specification.doi}" if specification.doi.startswith("10.") else "",
        "temporalCoverage": temporal_coverage(profile),
    }
    properties |= {key: value for key, value in optional.items() if value}
    if _is_live(profile):
        # Without a checksum nobody can tell whether the content is still the one that was described.
        properties["isLiveDataset"] = True
    return properties


def _citation(specification: ProfileSpecification) -> str:
    told = (specification.uploaded_by, specification.name or str(specification.id), specification.date_published)
    return ", ".join(part for part in (*told, specification.doi) if part)


def _version(specification: ProfileSpecification) -> str:
    """The version as MAJOR.MINOR.PATCH, which readers insist on; the first one where none was stated."""
    found = _VERSION.fullmatch(stated(specification, "version").strip())
    return found[1] if found else _FIRST_VERSION


def _published(profile: DatasetProfile) -> str:
    """The date of publication, or the profile's where none was stated that is one."""
    try:
        return date.fromisoformat(profile.specification.date_published.strip()[:10]).isoformat()
    except ValueError:
        return timestamp(profile)[:10]


def _is_live(profile: DatasetProfile) -> bool:
    return any(item.sha256 is None and item.kind is not DistributionKind.FILE_SET for item in profile.distributions)
