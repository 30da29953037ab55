"""Ki from an IC50: by hand, by a published worked example, and its interval by drawing IC50 and Kd a million times."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.pharmacology import cheng_prusoff


def test_ki_by_hand() -> None:
    """30 nM / (1 + 1 nM / 2 nM) = 20 nM, pKi = 9 - log10(20) = 7.699."""
    ki = cheng_prusoff(30.0, ligand_nm=1.0, kd_nm=2.0)
    assert ki.ki_nm == pytest.approx(20.0)
    assert ki.pki == pytest.approx(7.69897, abs=1e-5)
    assert ki.factor == 1.5
    assert ki.ki_text == "20 nM"
    assert any("no interval of Ki" in note for note in ki.notes)


def test_the_worked_example_of_the_receptor_tutorial_of_nebraska() -> None:
    """Prazosin at alpha-2B: IC50 10 nM, Kd 890 pM, and 36317, 36365, 33589 cpm added at 36 % and 59 Ci/mmol: Ki 5.4 nM.

    University of Nebraska Medical Center, unmc.edu/Pharmacology/receptortutorial/competition/analysis_sample4.htm
    (1 ml a tube; 2.2e12 dpm a curie).
    """
    cpm = np.mean([36317.0, 36365.0, 33589.0])
    ligand_nm = cpm / 0.36 / 2.2e12 / 59.0 / 1000.0 * 1000.0 * 1e9
    assert ligand_nm == pytest.approx(0.758, abs=0.001)
    assert round(cheng_prusoff(10.0, ligand_nm=float(ligand_nm), kd_nm=0.890).ki_nm, 1) == 5.4


def test_without_radioligand_ki_is_the_ic50() -> None:
    ki = cheng_prusoff(30.0, ligand_nm=0.0, kd_nm=2.0, ic50_low_nm=20.0, ic50_high_nm=50.0)
    assert (ki.ki_nm, ki.low_nm, ki.high_nm) == pytest.approx((30.0, 20.0, 50.0))
    assert not any("Kd is taken as exact" in note for note in ki.notes)


@pytest.mark.parametrize(("ligand_nm", "kd_cv", "ic50_sd"), [(0.5, 0.2, 0.1), (8.0, 0.25, 0.05), (2.0, 0.1, 0.2)])
def test_the_interval_is_that_of_a_million_draws(ligand_nm: float, kd_cv: float, ic50_sd: float) -> None:
    """Kd log-normal with a standard error of `kd_cv` times itself, the IC50 log-normal; both independent."""
    rng = np.random.default_rng(1)
    kd_sd = math.sqrt(math.log1p(kd_cv**2))
    ic50 = 30.0 * np.exp(rng.normal(0.0, ic50_sd, 1_000_000))
    kd = 2.0 * np.exp(rng.normal(0.0, kd_sd, 1_000_000))
    low, high = np.quantile(ic50 / (1.0 + ligand_nm / kd), [0.025, 0.975])
    reach = math.exp(1.959964 * ic50_sd)
    ki = cheng_prusoff(
        30.0, ligand_nm=ligand_nm, kd_nm=2.0, kd_se_nm=2.0 * kd_cv, ic50_low_nm=30.0 / reach, ic50_high_nm=30.0 * reach
    )
    assert (ki.low_nm, ki.high_nm) == pytest.approx((low, high), rel=0.03)


def test_an_interval_that_is_open_or_lopsided_stays_so() -> None:
    given = {"ligand_nm": 2.0, "kd_nm": 2.0, "kd_se_nm": 0.2}
    ki = cheng_prusoff(30.0, ic50_low_nm=29.0, ic50_high_nm=math.inf, **given)
    assert ki.high_nm == math.inf
    assert 15.0 / ki.low_nm > 30.0 / 29.0
    ki = cheng_prusoff(30.0, ic50_low_nm=0.0, ic50_high_nm=33.0, **given)
    assert ki.low_nm == 0.0


def test_an_error_of_kd_only_widens_and_its_absence_is_said() -> None:
    given = {"ligand_nm": 4.0, "kd_nm": 2.0, "ic50_low_nm": 25.0, "ic50_high_nm": 36.0}
    exact, told = cheng_prusoff(30.0, **given), cheng_prusoff(30.0, kd_se_nm=0.4, **given)
    assert told.low_nm < exact.low_nm
    assert told.high_nm > exact.high_nm
    assert any("Kd is taken as exact" in note for note in exact.notes)
    assert not any("Kd is taken as exact" in note for note in told.notes)


def test_much_radioligand_is_told_with_what_it_means() -> None:
    """L = 4 Kd: the weight of ln Kd is 4/5, so 10 % of Kd move Ki by 8 %; held against the equation itself."""
    ki = cheng_prusoff(30.0, ligand_nm=8.0, kd_nm=2.0)
    assert "L is 4 times Kd: an error of 10 % in Kd moves Ki by about 8 %" in ki.notes
    moved = cheng_prusoff(30.0, ligand_nm=8.0, kd_nm=2.0 * 1.01).ki_nm / ki.ki_nm
    assert math.log(moved) / math.log(1.01) == pytest.approx(0.8, abs=0.002)
    assert not any("times Kd" in note for note in cheng_prusoff(30.0, ligand_nm=1.0, kd_nm=2.0).notes)


def test_that_inhibition_is_competitive_is_never_taken_as_shown() -> None:
    assert any(
        "cannot show that inhibition is competitive" in n for n in cheng_prusoff(3.0, ligand_nm=1, kd_nm=2).notes
    )


def test_the_row_and_the_sentence_hold_what_went_in_and_what_came_out() -> None:
    ki = cheng_prusoff(30.0, ligand_nm=1.0, kd_nm=2.0, kd_se_nm=0.2, ic50_low_nm=25.0, ic50_high_nm=36.0)
    assert ki.rows == (("30", "1", "2 (SE 0.2)", "20 (16.5 to 24.3) nM", "7.70 (7.61 to 7.78)"),)
    assert len(ki.columns) == len(ki.rows[0])
    assert ki.as_rows()[0]["ki_nm"] == pytest.approx(20.0)
    assert str(ki).splitlines()[0] == "Ki = 20 (95 % CI 16.5 to 24.3) nM, pKi 7.70 (7.61 to 7.78); L 1 nM, Kd 2 nM"
    assert "with L = 1 nM and Kd = 2 nM, with the error of Kd" in ki.methods


@pytest.mark.parametrize(
    ("ic50_nm", "given", "message"),
    [
        (0.0, {}, "ic50_nm must be positive, got 0"),
        (-3.0, {}, "ic50_nm must be positive, got -3"),
        (math.nan, {}, "ic50_nm must be positive, got nan: a bound has no Ki"),
        (30.0, {"ligand_nm": -0.1}, r"ligand_nm must be 0 or more, got -0\.1"),
        (30.0, {"ligand_nm": math.nan}, "ligand_nm must be 0 or more, got nan"),
        (30.0, {"kd_nm": 0.0}, "kd_nm must be positive, got 0: without a Kd there is an IC50 and no Ki"),
        (30.0, {"kd_nm": -1.0}, "kd_nm must be positive, got -1"),
        (30.0, {"kd_nm": math.nan}, "kd_nm must be positive, got nan"),
        (30.0, {"kd_se_nm": 0.0}, "kd_se_nm must be positive, got 0"),
        (30.0, {"ic50_low_nm": 31.0, "ic50_high_nm": 40.0}, "the interval 31 to 40 nM does not hold ic50_nm 30"),
        (30.0, {"level": 95.0}, "level must lie between"),
    ],
)
def test_what_cannot_be_is_refused(ic50_nm: float, given: dict[str, float], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        cheng_prusoff(ic50_nm, **{"ligand_nm": 1.0, "kd_nm": 2.0, **given})
