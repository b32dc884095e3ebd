"""The worker process, wired once."""

import asyncio
import logging
import os
import secrets
import signal
import socket
from datetime import UTC, datetime

from service.domain.chores import Chore
from service.domain.rules import WORKER_RULES
from service.domain.runbook import named
from service.language import uncovered
from service.settings import Settings
from service.storage.chores import IdleConsumers, Leftovers, Recounts
from service.storage.open import Storage, open_storage
from service.wiring import archive_of
from service.workflow.drawing import AuditChore
from service.workflow.lateness import Latecomers
from service.workflow.reapply import ErasureChore
from service.workflow.retention import RetentionChore
from service.workflow.settling import ReportsChore, TalliesChore
from workers.classifiers.embedded_fast import EmbeddedFast
from workers.classifiers.registry import load_classifier
from workers.consumer import Consumer
from workers.express import ExpressDesk
from workers.judge import Judge
from workers.rehearsing import RehearsalDesk, in_a_process
from workers.run import BROKEN_EXIT, Post, Worker, warn_of_foreign_thresholds
from workers.scoring import BrokenClassifier, Scorer
from workers.shadow import Shadow
from workers.threads import Threads

_log = logging.getLogger(__name__)


def worker_name() -> str:
    """Name this process: host, process id and some random characters, for a restart is another consumer."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


def _now() -> datetime:
    return datetime.now(UTC)


def post_of(settings: Settings, storage: Storage, name: str) -> Post:
    """Load the classifier and make the post; raises CannotLoad before anything is taken from the queue."""
    classifier = load_classifier(settings.classifier)
    judge = Judge(classifier, WORKER_RULES, uncovered=uncovered, load_fast=EmbeddedFast.load)
    judge.scorer.prove()
    threads = Threads(settings.claim_seconds)
    consumer = Consumer(
        name=name,
        queue=storage.queue,
        comments=storage.comments,
        directory=storage.directory,
        judge=judge,
        threads=threads,
        now=_now,
    )
    express = ExpressDesk(
        name=name,
        questions=storage.questions,
        scorer=judge.scorer,
        threads=threads,
        on_broken=consumer.fail,
    )
    return Post(
        consumer=consumer,
        express=express,
        queue=storage.queue,
        directory=storage.directory,
        fleet=storage.fleet,
        classifier=classifier,
        lanes=settings.lanes,
        claim_seconds=settings.claim_seconds,
        controls=storage.controls,
        housekeeping=storage.housekeeping,
        chores=chores_of(storage),
        rehearsals=RehearsalDesk(name=name, jobs=storage.rehearsal_jobs, rehearse=in_a_process(settings.redis_url)),
    )


def chores_of(storage: Storage) -> tuple[Chore, ...]:
    """Name what housekeepers do: one line a chore."""
    archive = archive_of(storage)
    return (
        IdleConsumers(storage.link),
        Leftovers(storage.link),
        Recounts(storage.link),
        RetentionChore(archive),
        ErasureChore(archive),
        Latecomers(queue=storage.queue, comments=storage.comments, directory=storage.directory, now=_now),
        ReportsChore(archive),
        TalliesChore(archive),
        AuditChore(archive, storage.audits),
    )


async def run_worker(settings: Settings) -> int:
    """Run a worker until it is told to stop; returns the process's exit code."""
    storage = open_storage(
        settings.redis_url, backlog=settings.backlog, site_backlog=settings.site_backlog, ledger=settings.ledger
    )
    try:
        try:
            post = post_of(settings, storage, worker_name())
        except BrokenClassifier as error:
            _log.critical("%s; nothing was taken from the queue; see %s", error, named("worker-exits-3"))
            return BROKEN_EXIT
        await warn_of_foreign_thresholds(storage.directory, post.classifier)
        return await Worker(post).run()
    finally:
        await storage.close()


async def run_shadow(settings: Settings, classifier: str) -> int:
    """Run a shadow until it is told to stop; returns the process's exit code: 0, or 3 for a broken classifier."""
    storage = open_storage(settings.redis_url, backlog=settings.backlog, site_backlog=settings.site_backlog)
    try:
        scorer = Scorer(load_classifier(classifier))
        scorer.prove()
        shadow = Shadow(
            feed=storage.shadows,
            comments=storage.comments,
            directory=storage.directory,
            scorer=scorer,
            lanes=settings.lanes,
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, shadow.stopping.set)
        await shadow.run()
    except BrokenClassifier as error:
        _log.critical("%s; this shadow ends; see %s", error, named("worker-exits-3"))
        return BROKEN_EXIT
    finally:
        await storage.close()
    return 0
