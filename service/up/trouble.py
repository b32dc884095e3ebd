"""Why `gatepost up` does not start, or cannot go on."""

from service.domain.errors import GatepostError


class CannotStart(GatepostError):
    """Say in one paragraph, for whoever typed the command, what is wrong and what to do."""
