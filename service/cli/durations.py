"""How long, as an operator types it: `90s`, `15m`, `24h`, `7d`, or `0`."""

import re

import click

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_FORM = re.compile(r"(\d{1,9})([smhd])")
_LONGEST = 10 * 365 * 86_400


class Duration(click.ParamType[int]):
    """Whole seconds, from 0 to ten years."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read a duration."""
        if isinstance(value, int):
            return value
        found = _FORM.fullmatch(str(value))
        seconds = 0 if value == "0" else int(found[1]) * _SECONDS[found[2]] if found else -1
        if not 0 <= seconds <= _LONGEST:
            self.fail(f"{value!r} is not a duration such as 15m, 24h or 7d", param, ctx)
        return seconds


DURATION = Duration()
EXPIRES = click.option("--expires", "seconds", type=DURATION, default=None, help="When the new token runs out: 90d.")
OVERLAP = click.option(
    "--overlap", type=DURATION, default="24h", show_default=True, help="How long the older ones stay good."
)
