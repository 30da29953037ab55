"""What a slow signal shows, by its name as laboratories write it, and by its unit."""

from __future__ import annotations

import re
from typing import Literal

MonitorKind = Literal[
    "respiration", "CO2", "airflow", "ECG", "blood pressure", "temperature", "EEG", "LFP", "EMG", "movement",
    "stimulus", "trigger", "command", "",
]  # fmt: skip
"""Kinds of slow signals; empty where neither name nor unit tells."""

_WORDS: tuple[tuple[MonitorKind, str], ...] = (
    ("CO2", r"co ?2|(et|pet) ?co ?2|capno\w*|kapno\w*|end.?tidal"),
    ("airflow", r"(air)?flow|luftfluss|atemfluss|volume?n?|tidal|spiro\w*"),
    ("temperature", r"temp|\w*temp[eé]ratur\w*|rectal|rektal|therm\w*"),
    ("respiration", r"resp(?!on)\w*|breath\w*|atmung|atem|belt|thora\w*|chest|pleth\w*|pneumo\w*|ventil\w*"),
    ("EEG", r"eeg\w*|ecog|eco ?g|electroenceph\w*"),
    ("LFP", r"lfp\w*|field( potential)?"),
    ("EMG", r"emg\w*|electromyo\w*"),
    ("ECG", r"ecg\w*|ekg\w*|electrocard\w*|heart\w*|herz\w*|card[iy]\w*|pulse?|hr"),
    ("blood pressure", r"[am]?bp|map|art|arterial|art[eé]ri\w*|pressure|press?ion|presi[oó]n|blutdruck|druck|carotid"),
    ("command", r"ao ?#\d+|analog ?out\w*|command|cmd|holding|clamp"),
    ("trigger", r"trig\w*|ttl|sync\w*|gate|onset|clock"),
    ("stimulus", r"stim\w*|reiz\w*|laser|led|opto\w*|shock|pinch|puff"),
    ("movement", r"acc|accel\w*|aux|angle|position|force|torque|motion|movement|speed|wheel"),
)
"""Whole words of a name, in English, German, French, Spanish and Italian as far as they differ, and abbreviations."""

_UNITS: tuple[tuple[MonitorKind, str], ...] = (
    ("blood pressure", r"mm ?hg|torr|kpa|cm ?h2o"),
    ("temperature", r"[°º]? ?c|deg ?c|celsius"),
    ("airflow", r"(m|µ|μ|u)?l( ?/ ?(s|sec|min))?|lpm|slpm"),
    ("ECG", r"bpm|beats ?/ ?min"),
)
"""Whole units that only one kind of signal has."""

_KINDS = tuple((kind, re.compile(rf"(?<![^\W\d_])(?:{words})(?![^\W\d_])")) for kind, words in _WORDS)
_KIND_UNITS = tuple((kind, re.compile(units)) for kind, units in _UNITS)


def monitor_kind(name: str, unit: str = "") -> MonitorKind:
    """Return what a channel shows that is no wire; empty where neither its name nor its unit tells.

    Parameters
    ----------
    name, unit : str
        As in the file.

    Examples
    --------
    >>> monitor_kind("Resp. belt"), monitor_kind("Art. P"), monitor_kind("ch 3", "mmHg"), monitor_kind("leftEEG")
    ('respiration', 'blood pressure', 'blood pressure', 'EEG')
    >>> monitor_kind("Response 1"), monitor_kind("Unit", "mV")
    ('', '')
    """
    plain = re.sub(r"(?<=[a-zäöüé])(?=[A-Z])", " ", name).lower()
    plain_unit = unit.strip().lower()
    named = [kind for kind, words in _KINDS if words.search(plain)]
    by_unit = [kind for kind, units in _KIND_UNITS if units.fullmatch(plain_unit)]
    return next(iter((*named, *by_unit)), "")
