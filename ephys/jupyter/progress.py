"""The bar of long work: a widget in a notebook that has widgets, else text on stderr."""

import warnings

with warnings.catch_warnings():  # a notebook without ipywidgets has the bar as text, which nobody need be warned of
    warnings.filterwarnings("ignore", "IProgress not found")
    from tqdm.auto import tqdm  # type: ignore[import-untyped]  # it ships no types

__all__ = ["tqdm"]
