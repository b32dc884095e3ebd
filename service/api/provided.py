"""What handlers are given; unvalidated, because it was made here and not by a client."""

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from service.api.streaming import Streams
from service.settings import Settings
from service.workflow.house import House

GivenHouse = NamedDependency[SkipValidation[House]]
GivenSettings = NamedDependency[SkipValidation[Settings]]
GivenStreams = NamedDependency[SkipValidation[Streams]]
