"""The order of the steps, and nothing else: a session in, its cells analysed or classified out."""

from ephys.pipeline.analysing import analyse_session
from ephys.pipeline.gathering import choose_preset, wants_sorting
from ephys.pipeline.identifying import classify_session
from ephys.pipeline.inspecting import inspect_units

__all__ = ["analyse_session", "choose_preset", "classify_session", "inspect_units", "wants_sorting"]
