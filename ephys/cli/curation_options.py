"""Corrections as they are typed: ``--merge 2,5 --split 3@812s``, in the order typed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import ephys
from ephys.cli.help_pages import Page
from ephys.cli.unseen import BLIND, neutral_words
from ephys.errors import CurationError, FileFormatError, ParameterError

TYPED, REPEATED = "ephys.typed", "ephys.repeated"
"""Where the context of a command keeps the corrections in their order, and the command without them."""

LAST = "last"
"""What a bare ``--undo`` takes back."""

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_OF_THE_CALL = ("--note", "--curation", "--to-phy", "--to-spikeinterface")
"""Options that are not repeated with the next correction."""

_ALONE = ("--redo", "--json")
"""Those of them that no value follows."""

_OF_ANOTHER_PROGRAM = ("from_phy", "from_spikeinterface")
_OF_A_DRUG = ("move_dose", "edit_dose", "delete_dose", "exclude_dose", "window")

Step = Callable[["ephys.Curation", str], object]
"""One correction, made on a `Curation` for a reason."""


class Typed(NamedTuple):
    """One correction as it was typed."""

    option: str
    value: str


class InOrder(Page):
    """Command that knows in which order its corrections were typed; options alone tell only their own values."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Note the order, then go on as ever."""
        whole = _with_last(args)
        values, _, order = self.make_parser(ctx).parse_args(list(whole))
        names = [parameter.name for parameter in order if parameter.name in CORRECTIONS]
        left = {name: list(values[name]) if isinstance(values[name], list) else [] for name in names}
        typed = tuple(Typed(name, left[name].pop(0) if left[name] else "") for name in names)
        ctx.meta[TYPED] = typed
        repeated = _without_corrections(whole)
        if BLIND in repeated:
            repeated = neutral_words(repeated, self.get_params(ctx))
        ctx.meta[REPEATED] = shlex.join(["ephys", "curate", *repeated])
        return super().parse_args(ctx, whole)


def _with_last(args: Sequence[str]) -> list[str]:
    """Words of a command, with what a bare ``--undo`` means put in.

    >>> _with_last(["--undo", "rat07.smr", "--undo", "3"])
    ['--undo', 'last', 'rat07.smr', '--undo', '3']
    """
    words: list[str] = []
    for place, word in enumerate(args):
        words.append(word)
        number = args[place + 1] if place + 1 < len(args) else ""
        if word == "--undo" and not number.isdecimal():
            words.append(LAST)
    return words


def _without_corrections(args: Sequence[str]) -> list[str]:
    """Words of a command without its corrections, their reason and the log that they began from.

    >>> _without_corrections(["rat07.smr", "--merge", "2,5", "--note=why", "--redo", "--json", "--seed", "1"])
    ['rat07.smr', '--seed', '1']
    """
    once = {*(_flag(name) for name in CORRECTIONS), *_OF_THE_CALL, *_ALONE}
    kept, words = [], iter(args)
    for word in words:
        if word.partition("=")[0] not in once:
            kept.append(word)
        elif "=" not in word and word not in _ALONE:
            next(words, "")
    return kept


def _flag(option: str) -> str:
    """Name of an option as it is typed."""
    return f"--{option.replace('_', '-')}"


def check_blind(typed: Iterable[Typed], out: Path | None, targets: Mapping[str, Path | None]) -> None:
    """Raise if a correction needs a drug's name or another program, or results would bear the session's name.

    Raises
    ------
    ParameterError
        If so; what was typed is not repeated.
    """
    from ephys.report.blind_view import NO_EXCHANGE, NO_MARKS  # here: it brings in what draws

    for one in typed:
        if one.option in _OF_A_DRUG:
            raise ParameterError(f"{_flag(one.option)}: {NO_MARKS}")
        if one.option in _OF_ANOTHER_PROGRAM:
            raise ParameterError(f"{_flag(one.option)}: {NO_EXCHANGE}")
    for option, target in targets.items():
        if target is not None:
            raise ParameterError(f"{option}: {NO_EXCHANGE}")
    if out is None:
        raise ParameterError("--blind needs --out: the usual folder is named after the session")


def read_corrections(typed: Iterable[Typed]) -> list[Step]:
    """Understand corrections, before any work begins.

    Raises
    ------
    ParameterError
        If one is not understood; it names option and value.
    """
    return [_step(one) for one in typed]


def _step(typed: Typed) -> Step:
    """One correction that says where it was typed if it fails, now or when it is made."""

    def told(error: Exception) -> str:
        value = "" if str(error).startswith(typed.value) else typed.value  # a file's error begins with its name
        return f"{_flag(typed.option)} {value}".strip() + f": {error}"

    try:
        step = CORRECTIONS[typed.option](typed.value)
    except ParameterError as error:
        raise ParameterError(told(error)) from error

    def make(curation: ephys.Curation, reason: str) -> object:
        try:
            return step(curation, reason)
        except (CurationError, FileFormatError, ParameterError) as error:
            raise type(error)(told(error)) from error

    return make


def _merge(text: str) -> Step:
    units = [name.strip() for name in text.split(",") if name.strip()]
    return lambda curation, reason: curation.merge(*units, reason=reason)


def _split(text: str) -> Step:
    unit, place = _pair(text, "@", "UNIT@812s, UNIT@80uV or UNIT@shape")
    found = re.fullmatch(rf"({_NUMBER})\s*(s|[uµμ]V)|shape(?:=(\d+))?", place)
    if found is None:
        raise ParameterError(f"where? {place!r} is neither a time (812s), nor an amplitude (80uV), nor shape")
    number, of, parts = found.groups()
    if number is None:
        return lambda curation, reason: curation.split(unit, by_shape=int(parts or 2), reason=reason)
    if of == "s":
        return lambda curation, reason: curation.split(unit, at_s=float(number), reason=reason)
    return lambda curation, reason: curation.split(unit, at_uv=float(number), reason=reason)


def _drop(text: str) -> Step:
    return lambda curation, reason: curation.delete(text.strip(), reason=reason)


def _relabel(text: str) -> Step:
    unit, label = _pair(text, "=", "UNIT=multi_unit or UNIT=single_unit")
    return lambda curation, reason: curation.relabel(unit, cast("Any", label), reason=reason)


def _restrict(text: str) -> Step:
    unit, span = _pair(text, "@", "UNIT@100s:900s")
    start_s, stop_s = _span(span)
    return lambda curation, reason: curation.restrict(unit, start_s, stop_s, reason=reason)


def _call(text: str) -> Step:
    unit, call = _pair(text, "=", "UNIT=serotonergic, UNIT=uncertain or UNIT=not_serotonergic")
    return lambda curation, reason: curation.override_call(unit, cast("Any", call), reason=reason)


def _exclude(text: str) -> Step:
    return lambda curation, reason: curation.exclude_cell(text.strip(), reason=reason)


def _move_dose(text: str) -> Step:
    mark, to = _pair(text, "=", "DRUG@270=274")
    drug, given_s = _mark(mark)
    to_s = _seconds(to)
    return lambda curation, reason: curation.move_dose(drug, given_s, to_s, reason=reason)


def _edit_dose(text: str) -> Step:
    mark, amount = _pair(text, "=", "'DRUG@270=25 ug/kg'")
    drug, given_s = _mark(mark)
    found = re.fullmatch(rf"({_NUMBER})\s*(\S.*)", amount)
    if found is None:
        raise ParameterError(f"{amount!r} is no dose with its unit, such as '25 ug/kg'")
    dose, unit = float(found[1]), found[2]
    return lambda curation, reason: curation.edit_dose(drug, given_s, dose, unit, reason=reason)


def _delete_dose(text: str) -> Step:
    drug, given_s = _mark(text)
    return lambda curation, reason: curation.delete_dose(drug, given_s, reason=reason)


def _exclude_dose(text: str) -> Step:
    drug, given_s = _mark(text)
    return lambda curation, reason: curation.exclude_dose(drug, given_s, reason=reason)


def _baseline(text: str) -> Step:
    start_s, stop_s = _span(text)
    return lambda curation, reason: curation.draw_baseline(start_s, stop_s, reason=reason)


def _window(text: str) -> Step:
    mark, span = _pair(text, "=", "DRUG@270=300:360")
    drug, given_s = _mark(mark)
    start_s, stop_s = _span(span)
    return lambda curation, reason: curation.draw_window(drug, given_s, start_s, stop_s, reason=reason)


def _from_phy(text: str) -> Step:
    return lambda curation, reason: curation.from_phy(text, **_given(reason))


def _from_spikeinterface(text: str) -> Step:
    return lambda curation, reason: curation.from_spikeinterface(text, **_given(reason))


def _given(reason: str) -> dict[str, str]:
    """A reason, where one was typed: what another program decided has one of its own."""
    return {"reason": reason} if reason.strip() else {}


def _undo(text: str) -> Step:
    if text != LAST and not text.isdecimal():
        raise ParameterError(f"{text!r} is no number of an entry")
    entry = None if text == LAST else int(text)
    return lambda curation, reason: curation.undo(entry, reason=reason)


def _redo(_: str) -> Step:
    return lambda curation, reason: curation.redo(reason=reason)


CORRECTIONS: dict[str, Callable[[str], Step]] = {
    "merge": _merge, "split": _split, "drop": _drop, "relabel": _relabel, "restrict": _restrict, "call": _call,
    "exclude": _exclude, "move_dose": _move_dose, "edit_dose": _edit_dose, "delete_dose": _delete_dose,
    "exclude_dose": _exclude_dose, "baseline": _baseline, "window": _window, "from_phy": _from_phy,
    "from_spikeinterface": _from_spikeinterface, "undo": _undo, "redo": _redo,
}  # fmt: skip
"""How each option is understood."""


def _pair(text: str, sign: str, shape: str) -> tuple[str, str]:
    """What stands before and after the last sign of a kind."""
    before, found, after = text.rpartition(sign)
    if not found or not before.strip() or not after.strip():
        raise ParameterError(f"it is typed as {shape}")
    return before.strip(), after.strip()


def _mark(text: str) -> tuple[str, float]:
    """Drug and time of a mark, as the record has them."""
    drug, given = _pair(text, "@", "DRUG@SECONDS, as ipsapirone@270")
    return drug, _seconds(given)


def _span(text: str) -> tuple[float, float]:
    """Two times."""
    start, stop = _pair(text, ":", "START:STOP in seconds, as 100:900")
    return _seconds(start), _seconds(stop)


def _seconds(text: str) -> float:
    """A time in seconds, with or without its unit."""
    found = re.fullmatch(rf"({_NUMBER})\s*s?", text.strip())
    if found is None:
        raise ParameterError(f"{text!r} is no time in seconds")
    return float(found[1])
