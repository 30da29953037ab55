import json
import subprocess
import sys

import pytest

import ephys

HEAVY = ("neo", "scipy", "pandas", "matplotlib", "sklearn", "elephant", "pynwb")


def _python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def test_import_loads_nothing_heavy() -> None:
    loaded = json.loads(_python("import ephys, sys, json; print(json.dumps(list(sys.modules)))"))
    assert not [name for name in HEAVY if name in loaded]


@pytest.mark.parametrize("name", ephys.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    value = getattr(ephys, name)
    assert name == "__version__" or value.__doc__


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    loaded = json.loads(_python("import ephys.cli, sys, json; print(json.dumps(list(sys.modules)))"))
    assert not [name for name in HEAVY if name in loaded]


def test_reading_files_changes_nothing_of_how_numpy_prints() -> None:
    shown = _python(
        "import numpy as np; before = np.get_printoptions(); import ephys.io; print(before == np.get_printoptions())"
    )
    assert shown.strip() == "True"
