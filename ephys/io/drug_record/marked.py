"""The marks of a recording together: which of them gave what, ended what, or must be asked about."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ephys.io.dose_rows import route_of
from ephys.io.dose_series import SERIES, Stated, series_faults
from ephys.io.dose_times import EARLY_S
from ephys.io.dose_units import VOLUMES, Amount, AmountError, Stock, amount_of
from ephys.io.drug_record.grammar import read_mark
from ephys.io.drug_record.legend import legend_of, stocks_of
from ephys.io.drug_record.mark_reading import MarkReading
from ephys.io.drug_record.words import has_word
from ephys.model import Administration, Event, ReadingSettings, Support

_ASK = "(--dose-kind, or the column in the table that `ephys doses` writes)"


@dataclass(frozen=True, slots=True)
class MarkedDose:
    """A mark, what was read in it, and what became of it among the others.

    Parameters
    ----------
    event : Event
        The mark.
    reading : MarkReading
        Its text, or that of its key, read.
    stock : Stock
        What a volume was drawn from, by the mark or by the user.
    amount : Amount
        The dose; NaN where it is not known.
    stop_s : float, optional
        Time of the mark that ended it.
    ends_s : float, optional
        Time of the mark that this one ended.
    doubts : tuple of str
        What a person must settle, of the mark and of the marks together.
    """

    event: Event
    reading: MarkReading
    stock: Stock = field(default_factory=Stock)
    amount: Amount = field(default_factory=Amount)
    dose_kind: str = ""
    stop_s: float | None = None
    ends_s: float | None = None
    doubts: tuple[str, ...] = ()

    @property
    def gives(self) -> bool:
        """Whether something was given, or may have been."""
        return not self.reading.is_note and self.ends_s is None

    @property
    def role(self) -> str:
        """Its role; other where a person must first say which drug, or how its doses add up."""
        unsettled = self.doubts and (self.reading.role in SERIES or {"drug", "role"} & set(self.reading.asked))
        return "other" if unsettled or not self.reading.role else self.reading.role

    @property
    def administration(self) -> Administration:
        """The administration: with a doubt, of unknown effect, so that no baseline follows it."""
        mark = self.event.text.strip() or f"key {self.event.code}"
        return Administration(
            self.reading.drug or mark.lower(),
            self.event.time_s,
            self.stop_s,
            amount=self.amount.typed,
            unit=self.amount.typed_unit,
            dose=self.amount.dose,
            dose_unit=self.amount.dose_unit,
            derivation=self.amount.derivation,
            dose_kind=self.dose_kind or "increment",  # type: ignore[arg-type]  # one of the two
            form=self.reading.form,
            route=route_of(self.reading.route, self.amount.dose_unit, ""),
            role=self.role,  # type: ignore[arg-type]  # a role of the table, or other
            source="mark",
            text=self.event.text or self.event.code,
        )


def read_marks(
    events: Sequence[Event], *, reading: ReadingSettings, support: Support, weight_g: float = math.nan
) -> tuple[MarkedDose, ...]:
    """Read the marks of a recording: each by itself, then together.

    Parameters
    ----------
    events : sequence of Event
        In order of time; those without text and code are passed over.
    reading : ReadingSettings
        Legend, stocks and kind of dose.
    support : Support
        When the session was recorded.
    weight_g : float, optional
        Turns a volume into a dose.

    Returns
    -------
    tuple of MarkedDose
        One for each mark that has a text or a code.

    Raises
    ------
    ParameterError
        If a stock is no concentration.

    Examples
    --------
    >>> from ephys.model import Epoch
    >>> events = (Event(10.0, "5-HT 50 nA on"), Event(60.0, "50 nA off"), Event(90.0, "lesop 5"))
    >>> marks = read_marks(events, reading=ReadingSettings(), support=Support.of(Epoch(0.0, 99.0)))
    >>> [(m.administration.drug, m.stop_s, m.role) for m in marks if m.gives]
    [('5-ht', 60.0, 'agonist'), ('lesopitron', None, 'other')]
    """
    legend, stocks = legend_of(reading.legend), stocks_of(reading.stocks)
    told = [event for event in events if event.text.strip() or event.code.strip()]
    keyboards = _keyboards(told, legend)
    begun = {_named(event) for event in told if event.polarity == "rise"}
    ends = [event.polarity == "fall" and _named(event) in begun for event in told]
    readings = [_end(event) if end else _read(event, legend, keyboards) for event, end in zip(told, ends, strict=True)]
    marks = [MarkedDose(event, read, doubts=read.doubts) for event, read in zip(told, readings, strict=True)]
    marks = _switched(marks)
    marks = [_measured(mark, stocks, reading.dose_kind, weight_g) if mark.gives else mark for mark in marks]
    marks = [_inside(mark, support) if mark.gives else mark for mark in marks]
    return tuple(_together(marks, support))


def _named(event: Event) -> tuple[str, str, str]:
    """What the two edges of an interval share."""
    return event.text, event.code, event.channel


def _end(event: Event) -> MarkReading:
    """Read the end of an interval, which gives nothing anew: what was given was given at its beginning."""
    return MarkReading(event.text.strip() or event.code.strip(), is_note=True)


def _keyboards(events: Sequence[Event], legend: Mapping[str, str]) -> frozenset[str]:
    """Channels on which keys are typed: those called so, and those of which the legend explains a key."""
    typed = (e.channel for e in events if {e.text.strip(), e.code.strip()} & set(legend))
    return frozenset((*typed, *(e.channel for e in events if e.channel.lower().startswith("keyboard"))))


def _read(event: Event, legend: Mapping[str, str], keyboards: frozenset[str]) -> MarkReading:
    """Read one mark: what its text or its key stands for, else its text."""
    text, key = event.text.strip(), event.code.strip()
    if text in legend:
        return read_mark(legend[text])
    lettered = has_word(text)
    if key in legend and not lettered:
        return read_mark(legend[key])
    if lettered:
        return read_mark(text)
    key = key or text
    if any(letter.isalpha() for letter in key) or (key.isprintable() and event.channel in keyboards):
        doubt = f"key {key!r} is not in the legend (--key {key}=TEXT)"
        return MarkReading(text or key, doubts=(doubt,), asked=("drug",))
    return MarkReading(text or key, is_note=True)


def _switched(marks: Sequence[MarkedDose]) -> list[MarkedDose]:
    """Join what began with the mark that ended it."""
    joined = list(marks)
    running: dict[int, MarkReading] = {}
    for at, mark in enumerate(marks):
        reading = mark.reading
        if reading.switch == "off" and not mark.doubts:
            ended = [i for i, begun in running.items() if _may_end(begun, reading)]
            if reading.is_note and not ended:
                continue  # "stop" or "end" of the recording
            if len(ended) == 1 and mark.event.time_s > joined[ended[0]].event.time_s:
                joined[at] = replace(mark, ends_s=joined[ended[0]].event.time_s)
                joined[ended[0]] = replace(joined[ended[0]], stop_s=mark.event.time_s)
                del running[ended[0]]
            else:
                what = f"could end {len(ended)} that are on" if ended else "ends nothing that is on"
                doubts = (*mark.doubts, f"{reading.text!r} {what}")
                joined[at] = replace(mark, reading=replace(reading, asked=("drug",), is_note=False), doubts=doubts)
        elif reading.switch == "on" or reading.unit == "nA":
            running = {i: begun for i, begun in running.items() if begun.drug != reading.drug}
            running[at] = reading
    for at, reading in running.items():
        if reading.switch == "on":
            note = (*joined[at].reading.taken, "no mark ends it")
            joined[at] = replace(joined[at], reading=replace(joined[at].reading, taken=note))
    return joined


def _may_end(begun: MarkReading, ended: MarkReading) -> bool:
    """Whether a mark may end what another began: the same drug and amount, as far as it says."""
    if ended.is_note and begun.switch != "on":
        return False
    return ended.drug in ("", begun.drug) and (
        math.isnan(ended.amount) or (ended.amount, ended.unit) == (begun.amount, begun.unit)
    )


def _measured(mark: MarkedDose, stocks: Mapping[str, Stock], dose_kind: str, weight_g: float) -> MarkedDose:
    """Turn the amount of a mark into a dose, or say why it is none."""
    reading = mark.reading
    stock = Stock(reading.concentration, reading.concentration_unit)
    if reading.unit in VOLUMES and math.isnan(stock.concentration):
        stock = stocks.get(reading.drug, stock)
    kind = reading.dose_kind or (dose_kind if reading.role in SERIES else "")
    mark = replace(mark, stock=stock, dose_kind=kind)
    try:
        amount = amount_of(reading.amount, reading.unit, role=reading.role, stock=stock, weight_g=weight_g)
    except AmountError as error:
        amount = Amount(max(reading.amount, 0.0), reading.unit)
        doubt = f"{error.column} {error}"
        if math.isnan(reading.amount):
            amount, doubt = Amount(), "no amount is stated"
        doubts = mark.doubts if _told_already(mark.doubts, doubt) else (*mark.doubts, doubt)
        return replace(mark, amount=amount, doubts=doubts)
    return replace(mark, amount=amount)


def _told_already(doubts: Sequence[str], doubt: str) -> bool:
    """Whether the mark by itself was doubted for the same."""
    return bool(doubts) and (doubt == "no amount is stated" or any("has no unit" in told for told in doubts))


def _inside(mark: MarkedDose, support: Support) -> MarkedDose:
    """Say where a mark lies outside the recording."""
    time_s = mark.event.time_s
    if support.start_s - EARLY_S <= time_s < support.stop_s:
        return mark
    where = f"outside the recording, {support.start_s:g} to {support.stop_s:g} s"
    return replace(mark, doubts=(*mark.doubts, f"at {time_s:g} s it lies {where}"))


def _together(marks: Sequence[MarkedDose], support: Support) -> list[MarkedDose]:
    """Say which doses of one drug make no series."""
    sure = [i for i, mark in enumerate(marks) if mark.gives and not mark.doubts]
    stated = [
        Stated(marks[i].administration, f"the mark at {marks[i].event.time_s:g} s", bool(marks[i].dose_kind))
        for i in sure
    ]
    faults = list(series_faults(stated, what="marks", support=support))
    doubted = list(marks)
    for fault in faults:
        drug, role = stated[fault.index].given.drug, stated[fault.index].given.role
        message = f"{fault.message} {_ASK}" if fault.column == "dose_kind" else fault.message
        for at, each in zip(sure, stated, strict=True):
            hit = each.given.drug == drug and each.given.role == role and role in SERIES
            if (hit or each is stated[fault.index]) and message not in doubted[at].doubts:
                doubted[at] = replace(doubted[at], doubts=(*doubted[at].doubts, message))
    return doubted
