"""The storage of one process, opened from its settings."""

from dataclasses import dataclass

from service.storage.changes import RedisChanges
from service.storage.comments import RedisComments
from service.storage.connect import connect
from service.storage.directory import RedisDirectory
from service.storage.express import RedisExpress
from service.storage.feedback import RedisFeedback
from service.storage.fleet import RedisFleet
from service.storage.foreign_keys import RedisForeignKeys
from service.storage.link import Link
from service.storage.questions import RedisQuestions
from service.storage.queue import RedisQueue
from service.storage.shadows import RedisShadows


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
    express: RedisExpress
    questions: RedisQuestions
    keys: RedisForeignKeys
    feedback: RedisFeedback

    async def close(self) -> None:
        """Close every connection."""
        await self.changes.close()
        await self.express.close()
        await self.link.close()


def open_storage(redis_url: str, *, backlog: int, site_backlog: int) -> Storage:
    """Wire the ports to a Redis; nothing is sent yet."""
    link = connect(redis_url)
    fleet = RedisFleet(link)
    return Storage(
        link=link,
        comments=RedisComments(link, backlog=backlog, site_backlog=site_backlog),
        queue=RedisQueue(link),
        directory=RedisDirectory(link),
        changes=RedisChanges(link),
        fleet=fleet,
        shadows=RedisShadows(link),
        express=RedisExpress(link, fleet),
        questions=RedisQuestions(link),
        keys=RedisForeignKeys(link),
        feedback=RedisFeedback(link),
    )
