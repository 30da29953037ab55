"""Published affinities, read from a data file in which every value has its source and how far that was followed."""

from __future__ import annotations

import math
import tomllib
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any, Literal, get_args

from ephys.errors import ParameterError
from ephys.jupyter import Shown, shown, table
from ephys.pharmacology.compounds import COMPOUNDS, Compound, find_compound, suggest_compounds
from ephys.pharmacology.groups.estimates import count_text

Measure = Literal["Ki", "Kd", "IC50"]
Standing = Literal["abstract", "review", "vendor guide"]

STANDING_TEXT = {
    "abstract": "abstract of the paper read",
    "review": "read in a review; primary source not checked",
    "vendor guide": "as quoted by a vendor guide; primary source not checked",
}
NOT_STATED = "not stated"
NOT_RANKED = (
    "a binding constant is not a potency on firing: a drug reaches the receptor through kinetics, and inhibition "
    "through efficacy and reserve; nothing here is ranked, or divided by anything"
)


@dataclass(frozen=True, slots=True)
class PublishedAffinity(Shown):
    """What one source says of one compound at one target.

    Parameters
    ----------
    compound, target : str
    measure : {"Ki", "Kd", "IC50"}
        As the source calls it; an IC50 depends on the radioligand's concentration and is no Ki.
    value_nm : float
    citation : str
    standing : {"abstract", "review", "vendor guide"}
        How far the source was followed.
    bound : {"", ">", "<"}
    error_nm : float
        NaN where there is none.
    error_kind : str
        Empty where the source does not say what its error is.
    radioligand, species, tissue : str
        Empty where not stated.

    Raises
    ------
    ParameterError
        If the value or its error is not positive, a word is not known, or the citation is empty.
    """

    compound: str
    target: str
    measure: Measure
    value_nm: float
    citation: str
    standing: Standing
    bound: Literal["", ">", "<"] = ""
    error_nm: float = math.nan
    error_kind: str = ""
    radioligand: str = ""
    species: str = ""
    tissue: str = ""

    def __post_init__(self) -> None:
        where = f"affinity of {self.compound} at {self.target}"
        if not 0 < self.value_nm < math.inf or self.error_nm <= 0:
            raise ParameterError(f"{where}: value and error must be positive, got {self.value_nm} and {self.error_nm}")
        for what, allowed in (("measure", Measure), ("standing", Standing)):
            if getattr(self, what) not in get_args(allowed):
                raise ParameterError(f"{where}: {what} must be one of {', '.join(get_args(allowed))}")
        if self.bound not in ("", ">", "<") or not self.citation:
            raise ParameterError(f"{where}: bound must be > or < or left out, and a citation must be given")

    @property
    def value_text(self) -> str:
        """Measure and value, with its error and of what kind that is."""
        error = "" if math.isnan(self.error_nm) else f" ± {self.error_nm:g} ({self.error_kind or 'of unstated kind'})"
        return f"{self.measure} {f'{self.bound} ' if self.bound else ''}{self.value_nm:g}{error} nM"

    @property
    def assay_text(self) -> str:
        """Radioligand, species and tissue, each as far as it is stated."""
        tissue = " ".join(filter(None, (self.species, self.tissue)))
        return f"{self.radioligand or f'radioligand {NOT_STATED}'}, {tissue or f'species {NOT_STATED}'}"

    def __str__(self) -> str:
        """One line."""
        standing = STANDING_TEXT[self.standing]
        return f"{self.compound} at {self.target}: {self.value_text} ({self.assay_text}; {self.citation}; {standing})"


@dataclass(frozen=True, slots=True)
class AffinityTable(Shown):
    """Published affinities, in the order of the data file: no ranking.

    Parameters
    ----------
    affinities : tuple of PublishedAffinity
    beside : str, optional
        What they stand beside, as it was printed there.
    """

    affinities: tuple[PublishedAffinity, ...]
    beside: str = ""

    @property
    def title(self) -> str:
        """What the table is of."""
        names = dict.fromkeys(affinity.compound for affinity in self.affinities)
        return f"Published affinities of {', '.join(names)}" if names else "No published affinities"

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings."""
        return ("compound", "target", "value (nM)", "radioligand", "species, tissue", "source", "standing")

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """A row for each value, as printed."""
        return tuple(
            (
                one.compound, one.target, one.value_text.removesuffix(" nM"), one.radioligand or NOT_STATED,
                " ".join(filter(None, (one.species, one.tissue))) or NOT_STATED, one.citation,
                STANDING_TEXT[one.standing],
            )
            for one in self.affinities
        )  # fmt: skip

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know before a value is used."""
        unsure = sum(one.standing == "vendor guide" for one in self.affinities)
        mixed = len({one.measure for one in self.affinities}) > 1
        told = (
            (NOT_RANKED, True),
            (f"{count_text(unsure, 'value')} quoted from a vendor guide without a primary source", unsure > 0),
            ("Ki, Kd and IC50 are not the same: an IC50 grows with the radioligand's concentration", mixed),
        )
        return tuple(text for text, wanted in told if wanted)

    def as_rows(self) -> list[dict[str, Any]]:
        """A row for each value, every field in a column of its own."""
        return [asdict(one) | {"notes": "; ".join(self.notes)} for one in self.affinities]

    @property
    def methods(self) -> str:
        """Where the values come from, for a Methods section."""
        if not self.affinities:
            return "No published affinities were looked up."
        sources = "; ".join(dict.fromkeys(f"{a.citation} ({STANDING_TEXT[a.standing]})" for a in self.affinities))
        return f"Published affinities were taken from: {sources}. They were not compared with potencies on firing."

    def __str__(self) -> str:
        """What they stand beside, a line for each value, and the notes."""
        lines = [f"  {one}" for one in self.affinities] or ["  none in the table"]
        return "\n".join([self._head, *lines, *(f"Note: {note}." for note in self.notes)])

    def __repr__(self) -> str:
        """Of what, and how many."""
        return f"AffinityTable({self.title!r}, {count_text(len(self.affinities), 'value')})"

    def _repr_html_(self) -> str:
        """The table and the notes, for Jupyter."""
        return shown(self, table(self.columns, self.rows), told=self._head, beside={"notes": self.notes})

    @property
    def _head(self) -> str:
        """First line."""
        return f"{self.beside}\n{self.title}:" if self.beside else f"{self.title}:"


def published_affinities(compound: str | Compound | None = None, *, target: str | None = None) -> AffinityTable:
    """Look up published affinities.

    Parameters
    ----------
    compound : str or Compound, optional
        By any of its names; all compounds without it.
    target : str, optional
        Receptor or transporter; all without it.

    Returns
    -------
    AffinityTable
        Every value that there is, several for a compound where sources differ; none where there is none.

    Raises
    ------
    ParameterError
        If a compound is not in the table of compounds, or a target has no value at all.

    Examples
    --------
    >>> print(published_affinities("E-4424").affinities[0].value_text)
    Ki 104.8 ± 10.6 (of unstated kind) nM
    >>> [affinity.measure for affinity in published_affinities("ipsapirone", target="5-HT1A").affinities]
    ['Ki', 'IC50']
    """
    targets = dict.fromkeys(one.target for one in AFFINITIES)
    if target is not None and target.lower() not in {one.lower() for one in targets}:
        raise ParameterError(f"target must be one of {', '.join(targets)}, got {target!r}")
    name = compound if compound is None else named_compound(compound).name
    return AffinityTable(
        tuple(
            one for one in AFFINITIES
            if name in (None, one.compound) and (target is None or one.target.lower() == target.lower())
        )
    )  # fmt: skip


def named_compound(compound: str | Compound) -> Compound:
    """Return a compound by any of its names.

    Raises
    ------
    ParameterError
        If it is not in the table of compounds; with what the word may mean.
    """
    found = compound if isinstance(compound, Compound) else find_compound(compound)
    if found is None:
        meant = suggest_compounds(str(compound))
        hint = f"; did you mean {' or '.join(meant)}?" if meant else ""
        raise ParameterError(f"compound {compound!r} is not in the table of compounds{hint}")
    return found


def _shipped() -> tuple[PublishedAffinity, ...]:
    """Read the data file."""
    text = (resources.files("ephys.pharmacology.binding") / "affinities.toml").read_text(encoding="utf-8")
    affinities = tuple(PublishedAffinity(**entry) for entry in tomllib.loads(text)["affinity"])
    unknown = [one.compound for one in affinities if one.compound not in COMPOUNDS]
    if unknown:
        raise ParameterError(f"affinities of {', '.join(unknown)}, which the table of compounds does not have")
    return affinities


AFFINITIES: tuple[PublishedAffinity, ...] = _shipped()
"""Every value of the data file, in its order."""
