"""Words that a mark may hold besides drugs and amounts, and the text as it was meant, whatever its encoding."""

from __future__ import annotations

import re


def _each(words: str) -> frozenset[str]:
    """Words of a list."""
    return frozenset(words.split())


ROUTES = {
    "iv": "i.v.", "ip": "i.p.", "sc": "s.c.", "po": "p.o.", "bath": "bath", "intravenous": "i.v.",
    "intraperitoneal": "i.p.", "subcutaneous": "s.c.", "oral": "p.o.", "iontophoresis": "iontophoresis",
    "ionto": "iontophoresis", "iontophoretic": "iontophoresis",
}  # fmt: skip
"""Routes by the word without its dots."""

FORMS = {
    "base": "base", "freebase": "base", "hcl": "hydrochloride", "hydrochloride": "hydrochloride",
    "2hcl": "dihydrochloride", "dihcl": "dihydrochloride", "dihydrochloride": "dihydrochloride",
    "3hcl": "trihydrochloride", "trihcl": "trihydrochloride", "trihydrochloride": "trihydrochloride",
    "hbr": "hydrobromide", "hydrobromide": "hydrobromide", "maleate": "maleate", "citrate": "citrate",
    "oxalate": "oxalate", "fumarate": "fumarate", "mesylate": "mesylate", "mesilate": "mesylate",
    "tartrate": "tartrate", "sulfate": "sulfate", "sulphate": "sulfate",
}  # fmt: skip
"""Base and salts by the word that is typed."""

ON = frozenset({"on", "start", "started", "begin"})
OFF = frozenset({"off", "stop", "stopped", "end", "finished"})
WASH = frozenset({"wash", "wash-out", "washout", "washing", "rinse", "lavado", "lavage", "auswaschen"})
SUPPLEMENT = frozenset({"supplement", "suppl", "supp", "topup", "top-up"})
ANAESTHESIA = frozenset({"anaesthetic", "anesthetic", "anaesthesia", "anesthesia", "anaesth", "anesth"})
KINDS = {
    "cum": "cumulative", "total": "cumulative", "cumul": "cumulative",
    "tot": "cumulative", "totale": "cumulative", "gesamt": "cumulative", "insgesamt": "cumulative",
    "kumulativ": "cumulative", "acum": "cumulative", "acumulada": "cumulative", "acumulado": "cumulative",
    "cumulé": "cumulative", "cumulée": "cumulative", "cumulatif": "cumulative", "cumulative": "cumulative",
    "increment": "increment", "incr": "increment", "inc": "increment", "incremento": "increment",
    "incrément": "increment", "additional": "increment", "extra": "increment", "more": "increment",
}  # fmt: skip
"""Increment or total, in the languages of the laboratories: a word left unread would take --dose-kind instead."""

DRUG_WORDS = _each(
    "drug drugs compound substance agonist antagonist inj injection injected inject dose bolus infusion infused given "
    "give added add ejection applied application administered"
)
"""Words that say that something was given, and not what."""

HEDGES = _each(
    "no not none without before after pre post until later next prepare prepared ready planned forgot failed fail "
    "wrong missed cancelled canceled instead maybe perhaps almost half twice double effect response recovery recovered "
    "approx about ca nicht kein keine ohne vor nach pas sans non sin half-dose ago late soon will should error mistake "
    "correction leak leaked extravasated retention retain retaining holding antes después despues hace tarde avant "
    "après apres erreur fehler falsch davor danach vorher media mitad demi demi-dose moitié halbe doppelt nächste "
    "próxima prochaine"
)
"""Words after which a drug's name need not mean that it was given here."""

FILLERS = _each("of in at the a and with to for from same via by as per is was")

NOTES = _each(
    "cell cells unit units neuron neurons neurone electrode electrodes pipette track depth moved move moving down up "
    "rec recording record recorded baseline control stable noise noisy artefact artifact artefacts lost new spike "
    "spikes break pause paused resume resumed eeg ecg emg respiration breathing temperature temp pinch tail foot shock "
    "light lamp laser stim stimulus stimulation sweep trial file channel gain filter good bad ok test calibration "
    "begin start started stop stopped end finished on off out in back again ground amplifier amp threshold comment "
    "marker event position left right mm um session animal rat mouse dead silent firing rate"
)
"""Words of a mark that is about the cell or the rig."""

MACHINE = re.compile(
    r"TTL (Input|Output) on .*|(Starting|Stopping) (Recording|Acquisition).*|(Event|Marker|Keyboard|KBD|EVT) ?\d*|"
    r"Strobed.*|Clampex .*|Digital (input|output).*",
    re.IGNORECASE,
)
"""Texts that the acquisition programs of Neuralynx, Plexon and Axon write themselves."""

_MICRO = {
    "Ã‚Âµ": "u", "Âµ": "u", "Â\u03bc": "u", "Î¼": "u", "¬µ": "u", "\u00b5": "u", "\u03bc": "u",
    "\u3391": "u", "\u338d": "ug", "\u338e": "mg", "\u338f": "kg", "\u3396": "ml", "\u3395": "ul", "\u3381": "nA",
}  # fmt: skip
"""Micro signs: the sign, the Greek letter, either read in a wrong encoding, and units in one sign."""

_OTHER = {
    "\u2212": "-", "\u2013": "-", "\u2014": "-", "\u2010": "-", "\u2011": "-", "\u2215": "/", "\u2044": "/",
    "\u207b\u00b9": "-1", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\x00": " ", "_": " ",
}  # fmt: skip

_LOST_MICRO = re.compile(r"(?<![A-Za-z])[\ufffd?\u2561\u00c1\u00e6]{1,2}(?=(?:g|l|mol|M)\b)")
"""A sign that cannot be shown before "g/kg", "l" or "M": nothing else than µ stands there."""

_ROTATION = re.compile(r"\(([+\-±])\)[- ]?")
_ISOMERS = {"+": "plus", "-": "minus", "±": ""}
"""An isomer is a word of its own, as names are compared; a racemate is the compound."""

_PER_KG = re.compile(r"\b([a-z]{1,5})(?: ?[.·⋅*] ?| )(kg|ml) ?\^? ?-1\b", re.IGNORECASE)
_SLASH = re.compile(r"(?<=[a-z])(?: ?/ ?| per )(?=(?:kg|ml|l|min|h)\b)", re.IGNORECASE)


def has_word(text: str) -> bool:
    """Whether a text says something: a letter, or an increment; a number alone is the code of a port.

    >>> has_word("ipsa"), has_word("+20"), has_word("5"), has_word("?")
    (True, True, False, False)
    """
    return any(letter.isalpha() for letter in text) or re.match(r"\s*\+ ?\d", text) is not None


def plain_text(text: str) -> tuple[str, tuple[str, ...]]:
    """Text in plain letters, and what had to be assumed for it.

    >>> plain_text("20 Âµg . kg-1"), plain_text("0,5 ml / kg")
    (('20 ug/kg', ()), ('0,5 ml/kg', ()))
    >>> plain_text("20 \ufffdg/kg")[1]
    ("the sign that cannot be shown in '20 \ufffdg/kg' is taken as µ",)
    """
    for odd, plain in (*_MICRO.items(), *_OTHER.items()):
        text = text.replace(odd, plain)
    text = _ROTATION.sub(lambda sign: _ISOMERS[sign[1]], " ".join(text.split()))
    found, count = _LOST_MICRO.subn("u", text)
    taken = (f"the sign that cannot be shown in {text!r} is taken as µ",) if count else ()
    return _SLASH.sub("/", _PER_KG.sub(r"\1/\2", found)), taken
