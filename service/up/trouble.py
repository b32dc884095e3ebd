"""Why `gatepost up` does not start, or cannot go on."""

from service.domain.errors import GatepostError


class CannotStart(GatepostError):  # noqa: N818 - named for what is so, like the whole tree
    """Say in one paragraph, for whoever typed the command, what is wrong and what to do."""
