"""A Methods section as a value: its paragraphs, what they cite, and what nobody recorded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ephys.jupyter import Shown, listed, shown
from ephys.jupyter.html import Html, folded, joined, text
from ephys.report.methods.named_references import NAMED
from ephys.report.methods.reference import Reference
from ephys.report.methods.references import REFERENCES

_CITE, _GAP, _END = "\ue000", "\ue001", "\ue002"
"""Marks round the key of a reference and round a gap, until sentences are put together: nobody types them."""

_MARKED = re.compile(f"([{_CITE}{_GAP}])(.*?){_END}")


@dataclass(frozen=True, slots=True)
class Paragraph(Shown):
    """One step of the experiment or the analysis.

    Parameters
    ----------
    title : str
        What it is about.
    text : str
        In the past tense, as it is printed.
    """

    title: str
    text: str

    def __str__(self) -> str:
        """Title with the text after it, as journals run them in."""
        return f"{self.title}. {self.text}"


@dataclass(frozen=True, slots=True)
class MethodsText(Shown):
    """The methods of an analysis, to be pasted into a paper.

    Parameters
    ----------
    paragraphs : tuple of Paragraph
        What was done, step by step; a step that was not done is not told.
    references : tuple of Reference
        Those that the paragraphs cite, in that order.
    gaps : tuple of str
        What a Methods section needs and the record does not hold: it stands in square brackets where it belongs.
    """

    paragraphs: tuple[Paragraph, ...]
    references: tuple[Reference, ...]
    gaps: tuple[str, ...]

    def __str__(self) -> str:
        """Paragraphs with an empty line between them, then the references, numbered."""
        numbered = [f"{number}. {one}" for number, one in enumerate(self.references, start=1)]
        return "\n\n".join([*map(str, self.paragraphs), "\n".join(["References", *numbered])])

    def __repr__(self) -> str:
        """How long it is."""
        numbers = (len(self.paragraphs), len(self.references), len(self.gaps))
        return "MethodsText({} paragraphs, {} references, {} gaps)".format(*numbers)

    def _repr_html_(self) -> str:
        """The paragraphs, and folded the references, for Jupyter."""
        told = joined(_html(paragraph) for paragraph in self.paragraphs)
        references = folded(f"references: {len(self.references)}", listed("references", [*map(str, self.references)]))
        return shown(self, told, references, told=repr(self), beside={"to be filled in": self.gaps})


def _html(paragraph: Paragraph) -> Html:
    """A paragraph for Jupyter."""
    return Html(f"<p><strong>{text(paragraph.title)}.</strong> {text(paragraph.text)}</p>")


def cite(*keys: str) -> str:
    """Mark where references are cited.

    Parameters
    ----------
    *keys : str
        Of `REFERENCES`.

    Raises
    ------
    KeyError
        If there is no such reference.
    """
    return "".join(f"{_CITE}{REFERENCES[key].key}{_END}" for key in keys)


def gap(what: str) -> str:
    """Mark a place where the author has to say something."""
    return f"{_GAP}{what}{_END}"


def typed(words: str) -> str:
    """What a person typed, on one line and without marks of ours.

    >>> typed("  urethane  1.3 g/kg ")
    'urethane 1.3 g/kg'
    """
    return " ".join(re.sub(f"[{_CITE}{_GAP}{_END}]", "", words).split())


def put_together(steps: Iterable[tuple[str, Sequence[str]]]) -> MethodsText:
    """Methods of titles with their sentences; a step without a sentence is left out.

    Parameters
    ----------
    steps : iterable of (str, sequence of str)
        Sentences with the marks of `cite` and `gap` in them.
    """
    told = [(title, " ".join(map(_one_stop, filter(None, sentences)))) for title, sentences in steps]
    told = [(title, words) for title, words in told if words]
    marks = [mark for _, words in told for mark in _MARKED.findall(words)]
    keys = dict.fromkeys(key for kind, key in marks if kind == _CITE)
    named = (one.key for one in NAMED if any(one.is_named_in(words) for _, words in told))
    keys |= dict.fromkeys(named)
    gaps = dict.fromkeys(what for kind, what in marks if kind == _GAP)
    paragraphs = tuple(Paragraph(title, _printed(words)) for title, words in told)
    return MethodsText(paragraphs, tuple(REFERENCES[key] for key in keys), tuple(gaps))


def _one_stop(sentence: str) -> str:
    """A sentence that ends in one full stop, where its last word has one of its own.

    >>> _one_stop("Vehicle: saline i.v..")
    'Vehicle: saline i.v.'
    """
    return sentence[:-1] if sentence.endswith("..") else sentence


def _printed(words: str) -> str:
    """Sentences with citations and gaps as they are printed; citations that meet share their brackets."""
    together = re.compile(f"(?:{_CITE}[^{_END}]*{_END})+")
    cited = together.sub(lambda found: f"({'; '.join(_labels(found[0]))})", words)
    return _MARKED.sub(lambda found: f"[{found[2]}]", cited)


def _labels(marks: str) -> Iterator[str]:
    """Authors and year of each of some marks."""
    yield from (REFERENCES[key].label for _, key in _MARKED.findall(marks))
