"""The storage of one process, opened from its settings."""

from dataclasses import dataclass
from pathlib import Path

from service.storage.acts import RedisActs
from service.storage.appeals import RedisAppeals
from service.storage.auditing import RedisAudits
from service.storage.batches import RedisBatches
from service.storage.blocks import RedisBlocks
from service.storage.changes import RedisChanges, RedisNews
from service.storage.claiming import RedisClaims
from service.storage.comments import RedisComments
from service.storage.connect import connect
from service.storage.controls import RedisControls
from service.storage.decisions import RedisDecisions
from service.storage.directory import RedisDirectory
from service.storage.express import RedisExpress
from service.storage.feedback import RedisFeedback
from service.storage.fleet import RedisFleet
from service.storage.foreign_keys import RedisForeignKeys
from service.storage.holds import RedisHolds
from service.storage.housekeeping import RedisHousekeeping
from service.storage.inspection import RedisInspection
from service.storage.ledger import RedisLedger
from service.storage.ledger_file import LedgerFile
from service.storage.link import Link
from service.storage.policy_history import RedisPolicyHistory
from service.storage.questions import RedisQuestions
from service.storage.queue import RedisQueue
from service.storage.rehearsals import RedisRehearsalJobs, RedisRehearsals
from service.storage.reports import RedisReports
from service.storage.sessions import RedisSessions
from service.storage.shadows import RedisShadows
from service.storage.shelf import RedisShelf
from service.storage.tallies import RedisTallies
from service.storage.traces import RedisBuried, RedisTraces
from service.storage.watch import RedisWatch


@dataclass(frozen=True)
class Storage:
    """Every port over one Link."""

    link: Link
    comments: RedisComments
    queue: RedisQueue
    directory: RedisDirectory
    changes: RedisChanges
    fleet: RedisFleet
    shadows: RedisShadows
    controls: RedisControls
    housekeeping: RedisHousekeeping
    inspection: RedisInspection
    traces: RedisTraces
    buried: RedisBuried
    holds: RedisHolds
    ledger: RedisLedger
    watch: RedisWatch
    express: RedisExpress
    questions: RedisQuestions
    keys: RedisForeignKeys
    feedback: RedisFeedback
    reports: RedisReports
    appeals: RedisAppeals
    tallies: RedisTallies
    claims: RedisClaims
    batches: RedisBatches
    sessions: RedisSessions
    acts: RedisActs
    news: RedisNews
    shelf: RedisShelf
    blocks: RedisBlocks
    history: RedisPolicyHistory
    audits: RedisAudits
    decisions: RedisDecisions
    rehearsals: RedisRehearsals
    rehearsal_jobs: RedisRehearsalJobs

    async def close(self) -> None:
        """Close every connection."""
        await self.changes.close()
        await self.news.close()
        await self.watch.close()
        await self.express.close()
        await self.link.close()


def open_storage(redis_url: str, *, backlog: int, site_backlog: int, ledger: Path | None = None) -> Storage:
    """Wire the ports to a Redis, and the ledger to its file where one is named; nothing is sent yet."""
    link = connect(redis_url)
    fleet, questions = RedisFleet(link), RedisQuestions(link)
    return Storage(
        link=link,
        comments=RedisComments(link, backlog=backlog, site_backlog=site_backlog),
        queue=RedisQueue(link),
        directory=RedisDirectory(link),
        changes=RedisChanges(link),
        fleet=fleet,
        shadows=RedisShadows(link),
        controls=RedisControls(link),
        housekeeping=RedisHousekeeping(link),
        inspection=RedisInspection(link),
        traces=RedisTraces(link),
        buried=RedisBuried(link),
        holds=RedisHolds(link),
        ledger=RedisLedger(link, LedgerFile(ledger) if ledger is not None else None),
        watch=RedisWatch(link),
        express=RedisExpress(link, fleet),
        questions=questions,
        keys=RedisForeignKeys(link),
        feedback=RedisFeedback(link),
        reports=RedisReports(link),
        appeals=RedisAppeals(link),
        tallies=RedisTallies(link),
        claims=RedisClaims(link),
        batches=RedisBatches(link),
        sessions=RedisSessions(link),
        acts=RedisActs(link),
        news=RedisNews(link),
        shelf=RedisShelf(link),
        blocks=RedisBlocks(link),
        history=RedisPolicyHistory(link),
        audits=RedisAudits(link),
        decisions=RedisDecisions(link),
        rehearsals=RedisRehearsals(link, fleet),
        rehearsal_jobs=RedisRehearsalJobs(link, questions.sealer),
    )
