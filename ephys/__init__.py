"""Single-unit electrophysiology pharmacology: from a recording and a dose table to an audited ID50.

The table of contents is ``ephys/__init__.pyi``: every public name, by what you want to do with it. Nothing is loaded
before it is used.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
