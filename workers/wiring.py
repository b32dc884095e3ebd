"""The worker process, wired once."""

import os
import secrets
import socket
from datetime import UTC, datetime

from service.domain.rules import WORKER_RULES
from service.settings import Settings
from service.storage.open import Storage, open_storage
from workers.classifiers.registry import load_classifier
from workers.consumer import Consumer
from workers.judge import Judge
from workers.language import uncovered
from workers.run import Post, Worker, warn_of_foreign_thresholds


def worker_name() -> str:
    """Name this process: host, process id and some random characters, for a restart is another consumer."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


def _now() -> datetime:
    return datetime.now(UTC)


def post_of(settings: Settings, storage: Storage, name: str) -> Post:
    """Load the classifier and make the post; raises CannotLoad before anything is taken from the queue."""
    classifier = load_classifier(settings.classifier)
    judge = Judge(classifier, WORKER_RULES, uncovered=uncovered)
    judge.scorer.prove()
    consumer = Consumer(
        name=name,
        queue=storage.queue,
        comments=storage.comments,
        directory=storage.directory,
        judge=judge,
        claim_seconds=settings.claim_seconds,
        now=_now,
    )
    return Post(
        consumer=consumer,
        queue=storage.queue,
        directory=storage.directory,
        fleet=storage.fleet,
        classifier=classifier,
        lanes=settings.lanes,
        claim_seconds=settings.claim_seconds,
    )


async def run_worker(settings: Settings) -> int:
    """Run a worker until it is told to stop; returns the process's exit code."""
    storage = open_storage(settings.redis_url, backlog=settings.backlog, site_backlog=settings.site_backlog)
    try:
        post = post_of(settings, storage, worker_name())
        await warn_of_foreign_thresholds(storage.directory, post.classifier)
        return await Worker(post).run()
    finally:
        await storage.close()
