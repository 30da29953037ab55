"""Frozen dataclasses as JSON and back: every key and type checked, every error with the key that it was found at."""

from __future__ import annotations

import json
import math
import os
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from ephys.errors import FileFormatError, ParameterError
from ephys.io.atomic import write_text

T = TypeVar("T")


def write_record(record: Any, path: str | os.PathLike[str], *, kind: str, version: int) -> Path:
    """Write a dataclass as JSON that begins with its kind and version; NaN is ``null``.

    Parameters
    ----------
    record : dataclass
        Of numbers, texts, tuples, mappings and other dataclasses.
    path : path
        Where to; the file appears whole or not at all.
    kind : str
        First key of the file.
    version : int
        Of the layout.

    Returns
    -------
    Path
        `path`.
    """
    content = {kind: version, **_plain(record)}
    return write_text(path, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def read_record(record_type: type[T], path: str | os.PathLike[str], *, kind: str, version: int) -> T:
    """Read a dataclass that `write_record` wrote.

    Raises
    ------
    FileFormatError
        If the file is missing, no JSON, of another kind or version, a key is missing, unknown or there twice, or a
        value is of the wrong type or cannot be; names file and key.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        content = json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_refuse_constant)
        return _checked(record_type, content, kind, version)
    except FileNotFoundError:
        raise FileFormatError(f"{path}: no such file") from None
    except (json.JSONDecodeError, UnicodeDecodeError, OSError) as error:
        raise FileFormatError(f"{path}: not readable as JSON in UTF-8: {error}") from error
    except ParameterError as error:
        raise FileFormatError(f"{path}: {error}") from error


def _checked(record_type: type[T], content: Any, kind: str, version: int) -> T:
    """Record of plain values, once its kind and version are those that are understood."""
    if not isinstance(content, dict) or kind not in content:
        raise ParameterError(f'key {kind!r} is missing: the file must begin with {{"{kind}": {version}, ...}}')
    found = content.pop(kind)
    if found != version or isinstance(found, bool):
        raise ParameterError(f"key {kind!r}: version {found!r}, this ephys reads {version}; make the file anew")
    record: T = _record(record_type, content, "")
    return record


def _plain(value: Any) -> Any:
    """Value as JSON has it."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in sorted(value.items())}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _record(record_type: Any, content: Any, key: str) -> Any:
    """Dataclass of an object, with exactly its keys."""
    if not isinstance(content, dict):
        raise _error(key, "must be an object", content)
    hints = get_type_hints(record_type)
    names = [field.name for field in fields(record_type)]
    for name in names:
        if name not in content:
            raise ParameterError(f"key {_joined(key, name)!r} is missing")
    for name in content:
        if name not in names:
            raise ParameterError(f"key {_joined(key, name)!r} is not known")
    values = {name: _value(hints[name], content[name], _joined(key, name)) for name in names}
    try:
        return record_type(**values)
    except ParameterError as error:
        raise ParameterError(f"key {key!r}: {error}" if key else str(error)) from error


def _value(hint: Any, content: Any, key: str) -> Any:
    """Value of the type that a field has."""
    if is_dataclass(hint):
        return _record(hint, content, key)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return None if content is None else _value(arguments[0], content, key)
    if origin is tuple:
        if not isinstance(content, list):
            raise _error(key, "must be a list", content)
        return tuple(_value(arguments[0], each, f"{key}[{i}]") for i, each in enumerate(content))
    if origin is Mapping:
        if not isinstance(content, dict):
            raise _error(key, "must be an object", content)
        return {name: _value(arguments[1], each, _joined(key, name)) for name, each in content.items()}
    if origin is Literal:
        if content not in arguments:
            raise _error(key, f"must be one of {', '.join(map(repr, arguments))}", content)
        return content
    return _scalar(hint, content, key)


def _scalar(hint: Any, content: Any, key: str) -> Any:
    """Number or text."""
    if hint is float and content is None:
        return math.nan
    allowed = {float: (int, float), int: (int,), str: (str,), bool: (bool,)}[hint]
    if not isinstance(content, allowed) or (isinstance(content, bool) and hint is not bool):
        what = {float: "a number", int: "a whole number", str: "a text", bool: "true or false"}[hint]
        raise _error(key, f"must be {what}", content)
    number = float(content) if hint is float else content
    if isinstance(number, float) and math.isinf(number):
        raise _error(key, "must be finite", content)
    return number


def _joined(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _error(key: str, message: str, content: Any) -> ParameterError:
    """Error at a key, with what was found there."""
    found = repr(content)
    return ParameterError(f"key {key!r} {message}, got {found if len(found) < 60 else found[:57] + '...'}")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Object in which no key occurs twice: the first would be lost in silence."""
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ParameterError(f"key {twice[0]!r} occurs twice in one object")
    return dict(pairs)


def _refuse_constant(name: str) -> float:
    """NaN and infinity are no JSON."""
    raise ParameterError(f"{name} is no number: what is not known is null")
