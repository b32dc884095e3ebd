"""`gatepost queue`: what waits, in which lane, and how to stop and start it."""

from typing import Any

import click
import msgspec

from service.cli.operator import act_of, signed
from service.cli.session import Answer, housed
from service.settings import Settings
from service.workflow import lateness, operate
from service.workflow.house import House
from service.workflow.lateness import Latecomers

_lane = click.option("--lane", default=None, help="One lane. Default: all.")


@click.group()
def queue() -> None:
    """Look at the queue, stop it and start it, and try again what could not be judged."""


@queue.command("status")
@_lane
@housed
async def status(house: House, _: Settings, *, lane: str | None) -> Answer:
    """Show each lane's backlog, its pause, and who works on it."""
    workers = await house.fleet.workers()
    rows: list[dict[str, Any]] = []
    for name in await operate.lanes_of(house, lane):
        backlog = await house.queue.backlog([name])
        serving = [worker for worker in workers if name in worker.lanes]
        notes = await house.controls.journal(name, limit=1_000)
        pause = next((note for note in notes if note.what in ("pause", "resume")), None)
        rows.append(
            {
                "lane": name,
                "entries": backlog.entries,
                "oldest_s": round(backlog.oldest_seconds, 1),
                "buried": backlog.buried,
                "paused": bool(backlog.paused),
                "paused_by": pause.by if pause and backlog.paused else None,
                "paused_at": pause.at.isoformat() if pause and backlog.paused else None,
                "workers": [worker.name for worker in serving if worker.healthy],
                "heeding_pause": [worker.name for worker in serving if name in worker.paused],
                "housekeeper": next((worker.name for worker in serving if name in worker.keeps), None),
            }
        )
    return {"lanes": rows}, "\n\n".join(map(_lines, rows)) or "There is no lane yet: add a site."


def _lines(row: dict[str, Any]) -> str:
    pause = f"since {row['paused_at']} by {row['paused_by']}" if row["paused"] else "no"
    return "\n".join(
        (
            f"lane {row['lane']}",
            f"  waiting      {row['entries']}, the oldest for {row['oldest_s']} s",
            f"  buried       {row['buried']}",
            f"  paused       {pause}",
            f"  workers      {', '.join(row['workers']) or 'none'}",
            f"  housekeeper  {row['housekeeper'] or 'none'}",
        )
    )


@queue.command("pause")
@_lane
@signed
@housed
async def pause(house: House, _: Settings, *, lane: str | None, by: str) -> Answer:
    """Stop the workers from taking, within a second; submissions are still accepted and wait."""
    lanes = await operate.lanes_of(house, lane)
    for name in lanes:
        await house.controls.pause(name, act_of(by))
    return {"paused": lanes}, f"Paused: {', '.join(lanes)}. `gatepost queue resume` lets it go on."


@queue.command("hold-late")
@_lane
@housed
async def hold_late(house: House, _: Settings, *, lane: str | None) -> Answer:
    """Put before a human what has waited too long by its site's policy; for when no worker lives to do it."""
    late = Latecomers(queue=house.queue, comments=house.comments, directory=house.directory, now=house.now)
    held = {name: await lateness.hold_late(late, name) for name in await operate.lanes_of(house, lane)}
    return {"held": held}, "\n".join(f"{name}: held {count}" for name, count in held.items())


@queue.command("resume")
@_lane
@signed
@housed
async def resume(house: House, _: Settings, *, lane: str | None, by: str) -> Answer:
    """Let the workers take again."""
    lanes = await operate.lanes_of(house, lane)
    for name in lanes:
        await house.controls.resume(name, act_of(by))
    return {"resumed": lanes}, f"Resumed: {', '.join(lanes)}."


@queue.command("buried")
@_lane
@click.option("--limit", type=click.IntRange(1, 10_000), default=200, show_default=True, help="At most, a lane.")
@housed
async def buried(house: House, _: Settings, *, lane: str | None, limit: int) -> Answer:
    """List what no worker could judge: ids, the error's kind and when; never what was written."""
    found = await operate.graves(house, await operate.lanes_of(house, lane), limit=limit)
    rows = [
        {
            "id": grave.buried.id,
            "site": grave.buried.site,
            "lane": grave.buried.lane,
            "error": grave.buried.error,
            "at": grave.buried.at.isoformat(),
            "fate": grave.fate,
        }
        for grave in found
    ]
    lines = [f"{row['at']}  {row['site']}  {row['id']}  {row['error']}  {row['fate']}" for row in rows]
    return {"buried": rows}, "\n".join(lines) or "Nothing is buried."


@queue.command("retry")
@click.argument("comment_id", required=False)
@click.option("--all", "everything", is_flag=True, help="Everything that is buried and that nobody has decided since.")
@_lane
@signed
@housed
async def retry(
    house: House, _: Settings, /, comment_id: str | None, *, everything: bool, lane: str | None, by: str
) -> Answer:
    """Send back to the workers what is held because none could judge it."""
    if (comment_id is None) is not everything:
        message = "Name one comment, or give --all."
        raise click.UsageError(message)
    lanes = await operate.lanes_of(house, lane)
    done = await operate.retry(house, lanes, act_of(by), only=comment_id)
    text = (
        f"{len(done.queued)} sent back to the workers, {len(done.cleared)} were decided or gone and left the list, "
        f"{len(done.unreadable)} cannot be read, {len(done.kept)} cannot be moved now."
    )
    return msgspec.to_builtins(done), text


@queue.command("journal")
@_lane
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@housed
async def journal(house: House, _: Settings, *, lane: str | None, limit: int) -> Answer:
    """List what operators did to lanes and sites, newest first."""
    lanes = await operate.lanes_of(house, lane)
    notes = [(name, note) for name in lanes for note in await house.controls.journal(name, limit=limit)]
    rows = [{"lane": name, **msgspec.to_builtins(note)} for name, note in notes]
    lines = [f"{note.at.isoformat()}  {name}  {note.by}  {note.what} {note.site} {note.detail}" for name, note in notes]
    return {"journal": rows}, "\n".join(lines) or "Nothing has been done."
