"""How a process knows that what it has read still stands."""

from typing import Protocol, runtime_checkable

from service.domain.site import Site


class Glance(Protocol):
    """A moment at which a thread was looked at."""

    def stands(self) -> bool:
        """Tell whether what was read after this moment is still what the thread shows; false where it is unproven."""
        ...


@runtime_checkable
class Watch(Protocol):
    """Proof that what was read of a thread is still what it shows: at most 0.4 seconds old, whatever gets lost."""

    def glance(self, site: Site, thread: str) -> Glance | None:
        """Look at a thread before reading it, and follow it; gives nothing while nothing can be proven."""
        ...

    async def close(self) -> None:
        """Let nothing stand any more."""
        ...
