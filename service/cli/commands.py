"""Every command of this door."""

import click

from service.cli.moderators import moderator
from service.cli.processes import api, health
from service.cli.sites import site
from service.cli.threads import thread
from service.up.command import up

commands: tuple[click.Command, ...] = (up, api, health, site, moderator, thread)
