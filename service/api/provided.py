"""What handlers are given; unvalidated, because it was made here and not by a client.

A handler asks for one thing: where the framework may resolve two at once it starts a task group for them, which cost
a submission a fifth of its CPU.
"""

from dataclasses import dataclass

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from service.api.streaming import Streams
from service.settings import Settings
from service.workflow.house import House


@dataclass(frozen=True)
class Desk:
    """The house with the settings and the open streams of this process."""

    house: House
    settings: Settings
    streams: Streams


GivenHouse = NamedDependency[SkipValidation[House]]
GivenDesk = NamedDependency[SkipValidation[Desk]]
