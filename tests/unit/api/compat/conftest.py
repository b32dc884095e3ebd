"""The door for foreign clients over memory: a toy classifier, keys, and a way to ask."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from service.api.compat.call import Receive, Scope, Send
from service.api.compat.door import ForeignDoor
from service.domain.errors import GatepostError
from service.domain.express import Answer, Question
from service.domain.foreign import Surface
from service.domain.tokens import AuthorTokens, Hasher
from service.settings import read_settings
from service.workflow.house import House
from service.workflow.keys import add_key
from tests.builders import policy_of, site_of
from tests.fakes.clock import Clock
from tests.fakes.express import MemoryExpress
from tests.ports import FakeBackend
from tests.toy_classifier import ToyClassifier

ANALYZE = "/v1alpha1/comments:analyze"
SUGGEST = "/v1alpha1/comments:suggestscore"
MODERATIONS = "/v1/moderations"
PUBLIC = "https://comments.example.org"


class Failing:
    """An Express that only fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def score(self, question: Question, *, seconds: float) -> Answer:
        raise self.error


async def ours(scope: Scope, receive: Receive, send: Send) -> None:
    """Stand in for our own application: a teapot."""
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@dataclass
class Desk:
    """Somebody who asks, with a key that opens both surfaces."""

    house: House
    express: MemoryExpress
    key: str

    async def send(self, method: str, path: str, **given: Any) -> httpx.Response:
        """Send anything."""
        door = ForeignDoor(ours, self.house, read_settings({"GATEPOST_PUBLIC_URL": PUBLIC}))
        transport = httpx.ASGITransport(door)
        async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
            return await client.request(method, path, **given)

    async def analyze(self, text: str | None = "Good morning.", *names: str, **more: Any) -> httpx.Response:
        """Ask for scores of a text."""
        body = {"comment": {"text": text}, "requestedAttributes": {name: {} for name in names or ("TOXICITY",)}, **more}
        return await self.send("POST", ANALYZE, params={"key": self.key}, content=json.dumps(body))

    async def moderate(self, given: Any, **more: Any) -> httpx.Response:
        """Ask as OpenAI's clients do."""
        headers = {"authorization": f"Bearer {self.key}"}
        return await self.send("POST", MODERATIONS, headers=headers, content=json.dumps({"input": given, **more}))

    def failing(self, error: GatepostError) -> "Desk":
        """Ask where every question fails."""
        return Desk(replace(self.house, express=Failing(error)), self.express, self.key)

    async def key_for(self, *surfaces: Surface, per_minute: int = 0, site: str | None = None) -> str:
        """Make another key."""
        return (await add_key(self.house, surfaces=surfaces, site=site, per_minute=per_minute))[1]

    def with_key(self, key: str) -> "Desk":
        """Ask with another key."""
        return Desk(self.house, self.express, key)


@pytest.fixture
def fake(clock: Clock) -> FakeBackend:
    return FakeBackend(clock)


@pytest.fixture
async def desk(fake: FakeBackend, clock: Clock) -> Desk:
    express = MemoryExpress(ToyClassifier())
    house = House(
        comments=fake.comments,
        queue=fake.queue,
        directory=fake.directory,
        changes=fake.changes,
        fleet=fake.fleet,
        controls=fake.controls,
        express=express,
        keys=fake.keys,
        feedback=fake.feedback,
        reports=fake.reports,
        appeals=fake.appeals,
        tallies=fake.tallies,
        claims=fake.claims,
        batches=fake.batches,
        sessions=fake.sessions,
        acts=fake.acts,
        news=fake.news,
        shelf=fake.shelf,
        blocks=fake.blocks,
        history=fake.history,
        audits=fake.audits,
        rehearsals=fake.rehearsals,
        tokens=AuthorTokens(("s" * 32,)),
        hasher=Hasher(b"p" * 32),
        now=clock,
    )
    await fake.directory.add_site(site_of(clock), policy_of())
    _, key = await add_key(house, surfaces=("perspective", "openai"), site=None)
    return Desk(house, express, key)


@pytest.fixture
def told() -> Callable[[httpx.Response, str], Any]:
    """Read an attribute of an answer that must have gone well."""

    def read(answer: httpx.Response, name: str = "TOXICITY") -> Any:
        assert answer.status_code == 200, answer.text
        return answer.json()["attributeScores"][name]

    return read
