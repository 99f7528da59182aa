"""Profiles as assets: what is scheduled by, emitted and watched."""

from airflow_provider_profiler.assets.events import emit_profile_event
from airflow_provider_profiler.assets.facts import ProfileFacts
from airflow_provider_profiler.assets.profile import profile_asset

__all__ = ["ProfileFacts", "emit_profile_event", "profile_asset"]
