"""Who decides the call, and at which probability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ephys.errors import ParameterError
from ephys.jupyter import Shown

Engine = Literal["rule", "evidence", "learned"]
ENGINES: tuple[Engine, ...] = ("rule", "evidence", "learned")


@dataclass(frozen=True, slots=True)
class ClassificationSettings(Shown):
    """Who decides the call, and at which probability. The limits of the rule are the preset's.

    Parameters
    ----------
    engine : {"rule", "evidence", "learned"}
        The classical rule; the evidence by Bayes from published distributions; or a classifier of one's own, which has
        to be given. What the others say stands beside, and decides nothing.
    called_at, rejected_at : float
        A probability of `called_at` or more is called serotonergic, one of `rejected_at` or less is not. Convention.
    prior_serotonergic : float
        Share of serotonergic cells among those recorded, where the laboratory knows its own (histology of all cells of
        a series, say); 0 for the one that the published distributions come with.
    strange : float
        A cell so far out that the class which it most resembles has fewer than this share there is called by no
        probability. Convention.
    """

    engine: Engine = "rule"
    called_at: float = 0.8
    rejected_at: float = 0.2
    prior_serotonergic: float = 0.0
    strange: float = 0.001

    def __post_init__(self) -> None:
        if self.engine not in ENGINES:
            raise ParameterError(f"engine must be one of {', '.join(ENGINES)}, got {self.engine!r}")
        if not (0 < self.rejected_at < self.called_at < 1 and 0 <= self.strange < 1):
            raise ParameterError(
                "classification needs 0 < rejected_at < called_at < 1 and 0 <= strange < 1, "
                f"got {self.rejected_at}, {self.called_at} and {self.strange}"
            )
        if not 0 <= self.prior_serotonergic < 1:
            raise ParameterError(
                f"prior_serotonergic is a share below 1, or 0 for the published one; got {self.prior_serotonergic}"
            )
