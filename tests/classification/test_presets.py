"""Every preset is whole, cites its numbers, and widens outwards."""

from __future__ import annotations

from dataclasses import fields

import pytest

from ephys.classification import Limits, load_preset, preset_names
from ephys.errors import ParameterError


@pytest.mark.parametrize("name", preset_names())
def test_every_limit_of_a_shipped_preset_says_where_it_comes_from(name: str) -> None:
    preset = load_preset(name)
    limits = [getattr(preset, f.name) for f in fields(preset) if isinstance(getattr(preset, f.name), Limits)]
    assert len(limits) == 6
    assert all(limit.source for limit in limits)
    assert preset.band_source
    assert preset.rate.low < 1.7 < preset.rate.high


def test_species_and_preparation_differ_in_rate_only_upwards() -> None:
    assert [load_preset(name).rate.high for name in ("rat_in_vivo", "rat_slice", "mouse_in_vivo")] == [3.5, 4.0, 5.0]


@pytest.mark.parametrize(
    ("value", "verdict"), [(0.3, "pass"), (3.5, "pass"), (3.6, "borderline"), (0.2, "borderline"), (5.1, "fail")]
)
def test_both_ends_of_a_range_belong_to_it(value: float, verdict: str) -> None:
    assert load_preset("rat_in_vivo").rate.judge(value) == verdict


def test_a_misspelt_preset_is_named_with_a_suggestion() -> None:
    with pytest.raises(ParameterError, match="did you mean 'rat_in_vivo'"):
        load_preset("rat_in_vitro")


def test_limits_that_narrow_outwards_are_refused() -> None:
    with pytest.raises(ParameterError, match="widen outwards"):
        Limits(low=1.0, borderline_low=2.0)
