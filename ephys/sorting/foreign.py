"""Other people's sorters, as a choice in the settings: SpikeInterface runs them on the cleaned voltage."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from ephys.errors import ParameterError


@contextmanager
def spikeinterface_at_work() -> Iterator[None]:
    """See that SpikeInterface is there, and keep its warnings, and its switches for warnings, to itself.

    Raises
    ------
    ParameterError
        If it is not installed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import spikeinterface.core  # noqa: F401  # takes a second: only where it is asked for
        except ImportError as error:
            raise ParameterError(
                f"this needs SpikeInterface, which is not here ({error}): pip install 'ephys[spikeinterface]'"
            ) from None
        warnings.simplefilter("ignore")
        yield
