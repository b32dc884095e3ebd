"""How a worker ends when its classifier cannot be used: plainly, and with the queue left alone."""

from pathlib import Path

import pytest

from tests.processes import WorkerProcess
from tests.redis_server import RedisServer


@pytest.mark.parametrize(
    ("classifier", "code", "says"), [("nonsense", 2, "no classifier nonsense"), ("toy-broken", 3, "control text")]
)
def test_a_classifier_that_cannot_be_used_ends_the_worker(
    own_redis: RedisServer, tmp_path: Path, classifier: str, code: int, says: str
) -> None:
    worker = WorkerProcess(own_redis.url, tmp_path / "worker", GATEPOST_CLASSIFIER=classifier)
    worker.start()
    assert worker.wait() == code
    assert says in worker.output()
    assert "Traceback" not in worker.output()
    with own_redis.client() as client:
        assert client.keys("*") == []
