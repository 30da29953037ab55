"""The sample session of Spike2, from file to ID50."""

from __future__ import annotations

from pathlib import Path

import pytest

import ephys


def test_the_sample_session_gives_the_id50_that_it_was_made_with(sample_data: Path) -> None:
    session = ephys.read_session(sample_data / "spike2_session.smrx", dose_kind="cumulative")
    response = ephys.dose_response(session.units[1], session.protocol, drug="ipsapirone")
    fit = ephys.fit_dose_response(response)
    assert fit.id50_low < 62.5 < fit.id50_high
    assert fit.id50 == pytest.approx(62.5, rel=0.1)
    assert ephys.classify_unit(session.units[1], within=session.protocol.baseline).is_serotonergic
