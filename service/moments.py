"""Times as they are typed into a shell, at either door."""

from datetime import UTC, datetime

import click


class Moment(click.ParamType[datetime]):
    """An RFC 3339 time or a day; without an offset it is UTC."""

    name = "time"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read the time."""
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value} is not a time such as 2026-11-24T08:00:00Z", param, ctx)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
