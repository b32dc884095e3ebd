"""The shell door: `gatepost`, joined from the entry points of the group `gatepost.commands`."""

from importlib.metadata import EntryPoint, entry_points

import click

from service.domain.errors import GatepostError


class _Joined(click.Group):
    """A group that loads a command when it is asked for: some need a model, and most do not."""

    def _entries(self) -> dict[str, EntryPoint]:
        return {entry.name: entry for entry in entry_points(group="gatepost.commands")}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's form
        return sorted(self._entries())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's form
        entry = self._entries().get(cmd_name)
        if entry is None:
            return None
        command = entry.load()
        if not isinstance(command, click.Command):
            message = f"the entry point {entry.value} is no command"
            raise GatepostError(message)
        return command


@click.command(cls=_Joined, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gatepost")
def main() -> None:
    """Run Gatepost, the comment moderation service: its processes, sites and people."""
