"""The shell door: `gatepost`, joined from the entry points of the group `gatepost.commands`."""

from importlib.metadata import entry_points

import click


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gatepost")
def main() -> None:
    """Run Gatepost, the comment moderation service: its processes, sites and people."""


def _join() -> None:
    for entry in sorted(entry_points(group="gatepost.commands"), key=lambda e: e.name):
        for command in entry.load():
            main.add_command(command)


_join()
