"""The animal."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from ephys.errors import ParameterError
from ephys.jupyter import Shown


@dataclass(frozen=True, slots=True)
class Subject(Shown):
    """The animal. Empty or NaN means not stated; nothing is invented."""

    animal: str = ""
    species: str = ""
    strain: str = ""
    sex: str = ""
    weight_g: float = math.nan
    age: str = ""
    group: str = ""
    treatment: str = ""
    anaesthetic: str = ""
    preparation: str = ""

    def described(self, entries: Iterable[str]) -> Subject:
        """Copy with what entries state in place of what it has.

        Parameters
        ----------
        entries : iterable of str
            ``"species=Rattus norvegicus"``.

        Raises
        ------
        ParameterError
            If an entry has no "=", names nothing that is known of an animal, or gives no number for the weight.

        Examples
        --------
        >>> Subject(animal="r7").described(["sex=male", "weight_g=310"]).weight_g
        310.0
        """
        stated: dict[str, str | float] = {}
        known = [field.name for field in fields(self)]
        for entry in entries:
            name, equals, text = (part.strip() for part in entry.partition("="))
            if not (equals and text):
                raise ParameterError(
                    f"the animal is described by entries like 'species=Rattus norvegicus', got {entry!r}"
                )
            if name not in known:
                close = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
                raise ParameterError(f"an animal has no {name!r}; {hint}")
            stated[name] = _weight(text) if name == "weight_g" else text
        return replace(self, **stated)  # type: ignore[arg-type]  # the weight alone is a number


def _weight(text: str) -> float:
    """Weight in grams.

    Raises
    ------
    ParameterError
        If it is no positive number.
    """
    try:
        grams = float(text)
    except ValueError:
        grams = math.nan
    if not (grams > 0 and math.isfinite(grams)):
        raise ParameterError(f"the animal's weight_g must be a number of grams, got {text!r}")
    return grams
