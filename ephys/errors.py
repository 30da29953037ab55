"""Every error that ephys raises, as one tree. What is doubtful is a flag of the result, never a warning.

Two things are warned of: a file that is written without what archives ask for (`MetadataWarning`), and a method that is
there for comparison and not for use (`PseudoreplicationWarning`).

::

    EphysError
    ├── ParameterError      a value that cannot be (also a ValueError)
    ├── FileFormatError     a file that cannot be read as what it claims to be
    ├── TableError          a row or column of a table that cannot be understood
    ├── SettingsError       an unknown setting, or a value that it does not take
    ├── CoverageError       a window that the recording does not cover
    ├── CurationError       a curation log that cannot be read or replayed
    ├── BusyError           a file that another process keeps
    └── DatasetError        sample data that cannot be found

A message says what, which, how much, and what to do.
"""


class EphysError(Exception):
    """Root of every error that ephys raises on purpose."""


class ParameterError(EphysError, ValueError):
    """A value that cannot be: wrong sign, shape, unit or order."""


class FileFormatError(EphysError):
    """A file that is missing, empty, damaged or not what it claims to be."""


class TableError(EphysError, ValueError):
    """A row or column of a table that cannot be understood; names file, row and value."""


class SettingsError(EphysError, ValueError):
    """A setting that does not exist, or a value that it does not take."""


class CoverageError(EphysError, ValueError):
    """A window in which the unit was not, or not wholly, recorded."""


class CurationError(EphysError, ValueError):
    """A correction that cannot be made, or not on these units any more; names the entry."""


class BusyError(EphysError, TimeoutError):
    """A file that another process keeps for itself; it can be tried again."""


class DatasetError(EphysError, FileNotFoundError):
    """Sample data that cannot be found; says how to get it."""


class MetadataWarning(UserWarning):
    """A field that archives ask for is not stated, or not in their words; the file is written without inventing it."""


class PseudoreplicationWarning(UserWarning):
    """Points or cells are taken for animals, so that p-values and intervals are far too small."""
