"""Values kept between two runs: what is written is read, and what could act is refused."""

import os
import pickle
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

import ephys
from ephys.errors import FileFormatError
from ephys.io.values import read_value, write_value
from ephys.model import Epoch, Support, Unit


def kept(path: Path, value: object) -> object:
    return read_value(write_value(path, value))


def test_what_is_kept_is_read_to_the_last_bit(tmp_path: Path) -> None:
    unit = Unit.from_times(np.array([0.1, 0.1 + 1e-16, 2.0]) + 1 / 3, support=Support.of(Epoch(0.0, 10.0)))
    again = kept(tmp_path / "units", (unit,))
    assert isinstance(again, tuple)
    np.testing.assert_array_equal(again[0].times_s, unit.times_s)
    assert again[0].support == unit.support
    plain = {"when": datetime(2000, 1, 1, 9), "where": Path("a/b"), "set": frozenset({1}), "scalar": np.float64(0.1)}
    assert kept(tmp_path / "plain", plain) == plain
    settings = ephys.Settings().override("fit.level", "0.9")
    assert kept(tmp_path / "settings", settings) == settings


class Command:
    """Runs a command when it is read."""

    def __init__(self, call: object, *arguments: object) -> None:
        self.call, self.arguments = call, arguments

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.call, self.arguments


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (os.system, "system"),
        (eval, "eval"),
        (getattr, "getattr"),
        (open, "open"),
        (np.load, "load"),
        (np.fromfile, "fromfile"),
        (ephys.write_settings, "write_settings"),
        (ephys.read_session, "read_session"),
        (pickle.loads, "loads"),
    ],
)
def test_a_file_that_would_act_is_refused_before_it_does(tmp_path: Path, call: object, name: str) -> None:
    trace = tmp_path / "acted"
    path = tmp_path / "foreign"
    path.write_bytes(pickle.dumps(Command(call, f"touch {trace}")))
    with pytest.raises(FileFormatError, match=rf"foreign: damaged, or not kept.*{name} is no value that is kept"):
        read_value(path)
    assert not trace.exists()


@pytest.mark.parametrize("name", ["ephys.io.values os.system", "ephys.io.atomic shutil.rmtree", "ephys.model Epoch.of"])
def test_no_function_is_reached_through_a_module_of_this_package(tmp_path: Path, name: str) -> None:
    module, attribute = name.split()
    path = tmp_path / "foreign"
    path.write_bytes(
        b"\x80\x04" + b"".join(bytes([0x8C, len(text)]) + text.encode() for text in (module, attribute)) + b"\x93."
    )
    with pytest.raises(FileFormatError, match=r"foreign: damaged"):
        read_value(path)


def test_a_class_of_somebody_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "foreign"
    text = b"collections\nChainMap\n"
    path.write_bytes(b"c" + text + b".")
    with pytest.raises(FileFormatError, match=r"collections\.ChainMap is no value that is kept"):
        read_value(path)


@pytest.mark.parametrize(
    "content", [b"", b"\x80", b"no pickle at all", b"\x80\x05\x95\xff\xff\xff\xff\xff\xff\xff\x7f"]
)
def test_a_damaged_file_is_said_to_be(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "damaged"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=r"damaged: damaged, or not kept by this version"):
        read_value(path)


def test_a_file_cut_short_is_said_to_be(tmp_path: Path) -> None:
    path = write_value(tmp_path / "value", {"baseline": Epoch(0.0, 180.0), "counts": np.arange(1000)})
    whole = path.read_bytes()
    for length in range(0, len(whole) - 1, 97):
        path.write_bytes(whole[:length])
        with pytest.raises(FileFormatError):
            read_value(path)


def test_a_file_that_is_not_there_is_not_damaged(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_value(tmp_path / "nothing")


def test_a_value_that_cannot_be_kept_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises((pickle.PicklingError, AttributeError, TypeError)):
        write_value(tmp_path / "value", lambda: None)
    assert list(tmp_path.iterdir()) == []
