"""What keys and stock solutions stand for, as the user says."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from ephys.errors import ParameterError
from ephys.io.dose_units import CONCENTRATION_UNITS, Stock
from ephys.io.drug_record.names import plain_drug
from ephys.io.drug_record.quantities import split_quantities
from ephys.io.drug_record.words import plain_text
from ephys.io.schema import read_table


def read_legend(path: str | os.PathLike[str]) -> tuple[str, ...]:
    r"""Read what keys stand for: a table with the columns ``key`` and ``text``.

    Parameters
    ----------
    path : path
        CSV, TSV or Excel.

    Returns
    -------
    tuple of str
        Entries for `ReadingSettings.legend`.

    Raises
    ------
    TableError
        If the table cannot be read, or a key has no text.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = Path(folder) / "legend.csv"
    ...     _ = table.write_text("key,text\ni,ipsapirone 12.5 ug/kg iv\n")
    ...     read_legend(table)
    ('i=ipsapirone 12.5 ug/kg iv',)
    """
    rows = read_table(path, known=("key", "text"), required=("key", "text"))
    for row in rows:
        for column in ("key", "text"):
            if not row[column]:
                raise row.error(column, "must be stated: a row is a key and what it stands for")
    return tuple(f"{row['key']}={row['text']}" for row in rows)


def as_entries(said: Mapping[str, str] | Iterable[str]) -> tuple[str, ...]:
    """Entries as the settings have them, from a dictionary or from entries.

    >>> as_entries({"i": "ipsapirone 12.5 ug/kg iv"})
    ('i=ipsapirone 12.5 ug/kg iv',)
    """
    if isinstance(said, str):
        return (said,)
    return tuple(f"{key}={text}" for key, text in said.items()) if isinstance(said, Mapping) else tuple(said)


def legend_of(entries: Iterable[str]) -> dict[str, str]:
    """Return the text of each key."""
    return {key.strip(): text.strip() for key, _, text in (entry.partition("=") for entry in entries)}


def stocks_of(entries: Iterable[str]) -> dict[str, Stock]:
    """Return the stock of each drug, by its name in results.

    Raises
    ------
    ParameterError
        If an entry is no concentration.

    Examples
    --------
    >>> stocks_of(["ipsa=50 ug/ml"])
    {'ipsapirone': Stock(concentration=50.0, unit='ug/ml')}
    """
    stocks = {}
    for drug, text in legend_of(entries).items():
        quantities, rest = split_quantities(plain_text(text)[0])
        if len(quantities) != 1 or quantities[0].kind != "concentration" or rest.strip() or not quantities[0].value > 0:
            units = ", ".join(dict.fromkeys(CONCENTRATION_UNITS.values()))
            raise ParameterError(f"stock of {drug}: must be a number with one of {units}, got {text!r}")
        stocks[plain_drug(drug)[0]] = Stock(quantities[0].value, quantities[0].unit)
    return stocks
