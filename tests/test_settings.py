import pytest

from ephys.errors import SettingsError
from ephys.settings import Settings


def test_one_setting_changes_and_the_rest_stays() -> None:
    changed = Settings().override("fit.emax_percent", "80")
    assert changed.fit.emax_percent == 80.0
    assert changed.readout == Settings().readout


def test_settings_survive_a_dictionary() -> None:
    changed = Settings().override("readout.anchor", "after_dose")
    assert Settings().updated(changed.as_dict()) == changed


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("fitt.level", "0.9", "did you mean 'fit'"),
        ("fit.levle", "0.9", "did you mean 'level'"),
        ("fit.level", "high", "takes a value like 0.95, got 'high'"),
        ("fit.level", "1.5", "between 0.5 and 1"),
        ("readout.anchor", "nadir", "before_next or after_dose"),
        ("analysis.units", "mine", "auto, wavemark, sort or both"),
        ("analysis.seed", "0.5", "takes a value like 0"),
        ("analysis.seed", "-1", "must be 0 or more, got -1"),
    ],
)
def test_a_wrong_setting_says_which_and_what_it_takes(name: str, value: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Settings().override(name, value)
