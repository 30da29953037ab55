"""How people spell a compound: what of a word counts, and which salt its end names."""

from __future__ import annotations

import re
import unicodedata

BASE = "base"
_GREEK = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta"}
_FORMS = {
    "freebase": BASE, "base": BASE,
    "hcl": "hydrochloride", "monohydrochloride": "hydrochloride",
    "2hcl": "dihydrochloride", "dihcl": "dihydrochloride", "3hcl": "trihydrochloride", "trihcl": "trihydrochloride",
    "hbr": "hydrobromide", "mesilate": "mesylate", "methanesulfonate": "mesylate",
    "hclhemihydrate": "hydrochloridehemihydrate",
    "bitartrate": "tartrate", "hydrogentartrate": "tartrate", "dihydrogencitrate": "citrate",
    "hydrogenmaleate": "maleate", "bimaleate": "maleate", "sulphate": "sulfate",
}  # fmt: skip
"""Other spellings of a form, as they are compared."""


_ROTATION = re.compile(r"\(([+\-\u2010-\u2015\u2212])\)")
"""Sign of rotation, as chemists write it."""


def plain_name(word: str) -> str:
    """Letters and digits of a name, in lower case: what names are compared by.

    Blanks, dashes of every kind, brackets and accents do not count. A sign of rotation does: an isomer is no racemate.

    >>> plain_name("8‑OH‑DPAT"), plain_name("(-)-Tertatolol"), plain_name("α-chloralose"), plain_name("(±)-DOI")
    ('8ohdpat', 'minustertatolol', 'alphachloralose', 'doi')
    """
    folded = unicodedata.normalize("NFKD", word).casefold()
    folded = _ROTATION.sub(lambda sign: "plus" if sign[1] == "+" else "minus", folded)
    spelt = "".join(_GREEK.get(letter, letter) for letter in folded)
    return re.sub(r"[^a-z0-9]", "", spelt)


def split_form(plain: str, forms: frozenset[str]) -> tuple[str, str]:
    """Part a plain name from the form that its end names; the form is empty where none is.

    Parameters
    ----------
    plain : str
        As `plain_name` returns it.
    forms : frozenset of str
        Plain names of the salts that are known.

    Examples
    --------
    >>> split_form("ipsapironehcl", frozenset({"hydrochloride"}))
    ('ipsapirone', 'hydrochloride')
    >>> split_form("saline", frozenset({"hydrochloride"}))
    ('saline', '')
    """
    plain = plain.removesuffix("salt")
    for ending in sorted({*forms, *_FORMS}, key=len, reverse=True):
        if plain.endswith(ending) and plain != ending:
            return plain.removesuffix(ending), _FORMS.get(ending, ending)
    return plain, ""
