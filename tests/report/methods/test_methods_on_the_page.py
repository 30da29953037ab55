"""The methods stand on the page as text that is copied as a whole, and real files have methods, too."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

import ephys
from ephys.model import DoseProtocol, Epoch, ReadingSettings, Session, Subject, Support, Unit
from ephys.report import render_report
from tests.report.methods.checking import check

mpl.use("Agg")
WHOLE = Support.of(Epoch(0.0, 100.0))
REAL = {
    "spike2/motor_units.smr": "Spike2 (.smr)",
    "spike2/Extracellular_Spikes.smr": "Spike2 (.smr)",
    "smrx/deleted_channel.smrx": "Spike2 (.smrx)",
}
"""Small files, and the format that is told of each."""


@pytest.fixture(scope="module")
def page() -> str:
    unit = Unit.from_times(np.arange(0.5, 99.0), support=WHOLE)
    subject = Subject(strain="<b>Wistar</b> & 'co'")
    analysis = ephys.analyse_session(Session("demo", DoseProtocol((), WHOLE), units=(unit,), subject=subject))
    return render_report(replace(analysis, cells=()), provenance={"ephys": "0.1.0"})


def test_methods_come_before_the_settings_and_stand_in_the_contents(page: str) -> None:
    assert page.index('<section id="methods"') < page.index('<section id="settings"')
    assert page.index('href="#methods"') < page.index('href="#settings"')


def test_all_of_the_methods_are_copied_at_once(page: str) -> None:
    found = re.search(r'<div class="methods" data-copy="methods">(.*?)</div>', page, flags=re.DOTALL)
    assert found
    assert found[1].count("<p><strong>Recording.</strong>") == 1
    assert found[1].count("<li>") == 3, "the references are a list"
    assert "The ephys developers" in found[1]


def test_gaps_are_told_and_typed_words_are_text(page: str) -> None:
    assert "Not on record" in page
    assert "[electrode]" in page
    assert "&lt;b&gt;Wistar&lt;/b&gt;" in page
    assert "<b>Wistar" not in page


@pytest.mark.parametrize(("name", "kind"), REAL.items())
def test_real_files_have_methods(shared_data: Path, name: str, kind: str) -> None:
    text = ephys.methods_text(ephys.analyse_session(ephys.read_session(shared_data / name), jobs=1))
    check(text)
    assert f"Files were in {kind} format" in str(text)
    assert ("neo" in {one.key for one in text.references}) is name.endswith(".smr")
    assert "electrode" in text.gaps
    assert "dorsal raphe nucleus" not in text.paragraphs[0].text, "nobody said where the electrode was"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["axon/multichannelAbf1WithTags.abf", "nwb/A8604-211122.nwb"])
def test_real_files_of_other_formats_have_methods(shared_data: Path, name: str) -> None:
    reading = ReadingSettings(wire=("IN 0",), unit="mV") if name.endswith(".abf") else ReadingSettings()
    text = ephys.methods_text(ephys.analyse_session(ephys.read_session(shared_data / name, reading=reading), jobs=1))
    check(text)
    assert ("PyNWB" in str(text)) is name.endswith(".nwb")
