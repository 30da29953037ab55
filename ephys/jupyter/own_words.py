"""What a value says of itself: the lines of its `str`, or what stands in the brackets of its `repr`."""

from __future__ import annotations

from dataclasses import is_dataclass


def has_words(value: object) -> bool:
    """Whether a value says of itself what it is, and not only its fields one after another.

    >>> from ephys.errors import ParameterError
    >>> has_words(ParameterError("no such unit")), has_words(object())
    (True, False)
    """
    kind = type(value)
    return has_sentences(value) or not (kind.__repr__ is object.__repr__ or _is_made(value))


def has_sentences(value: object) -> bool:
    """Whether a value has a `str` of its own."""
    return type(value).__str__ is not object.__str__


def _is_made(value: object) -> bool:
    """Whether `dataclass` made the `repr`: it wraps what it makes."""
    return is_dataclass(value) and hasattr(type(value).__repr__, "__wrapped__")


def told_lines(value: object) -> tuple[str, ...]:
    """Lines in which a value says what it is; at least one.

    >>> told_lines(OSError("gone")), told_lines(range(3))
    (('gone',), ('0, 3',))
    """
    if has_sentences(value):
        return tuple(str(value).splitlines()) or ("",)
    return (within_brackets(value),)


def within_brackets(value: object) -> str:
    """What stands in the brackets of a `repr`, the name of the class left out.

    >>> within_brackets(range(3))
    '0, 3'
    """
    told, start = repr(value).replace("\n", " "), f"{type(value).__name__}("
    return told[len(start) : -1] if told.startswith(start) and told.endswith(")") else told
