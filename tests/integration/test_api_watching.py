"""A site's live channel over HTTP: counts, moves by whom, claims, and its end with the credential."""

import pytest

from service.api.routes import watching
from service.domain.news import ClaimNews
from service.domain.site import Thread
from service.settings import read_settings
from service.storage.keys import lane_keys
from service.storage.telling import written
from service.wiring import open_house
from service.workflow import sites
from tests.integration.conftest import STREAMS, ServedApi, Town
from tests.integration.test_api_live import follow, next_event, no_streams
from tests.integration.test_api_sorting import token_of
from tests.integration.wire import problem_of
from tests.processes import environment
from tests.steps import applied, held, published, submitted

STREAM = "/v1/review/stream?site=mill"
NOTHING = dict.fromkeys(("held", "urgent", "escalated", "look", "reported", "appeals", "audit", "pending"), 0)


async def test_a_site_s_moves_claims_and_counts_are_told(town: Town, served: ServedApi) -> None:
    await no_streams(served)
    backend, writer = town.backend, town.writer
    async with follow(town, STREAM, town.tokens["moderator-mill"]) as lines:
        assert await next_event(lines) == ("counts", NOTHING)
        waits = await held(backend, writer, await submitted(backend, writer, thread="/a"))
        move = {"id": waits.id, "thread": "/a", "from": "pending", "to": "held", "version": 2, "by": "", "name": ""}
        assert await next_event(lines) == ("move", move)
        assert await next_event(lines) == ("counts", {**NOTHING, "held": 1})
        claim = ClaimNews(id=waits.id, by="moderator-x", until="2026-11-24T08:00:00Z")
        with town.redis.client() as client:
            client.publish(lane_keys("main").news("mill"), written(claim))
        told = {"id": waits.id, "by": "moderator-x", "name": "", "until": "2026-11-24T08:00:00Z"}
        assert await next_event(lines) == ("claim", told)
        with town.http("moderator-both") as http:
            me = http.get("/v1/review/me").json()["id"]
            choice = {"site": "mill", "id": waits.id, "version": 2, "action": "approve"}
            assert http.post("/v1/review/decisions", json={"decisions": [choice]}).status_code == 200
        name, said = await next_event(lines)
        assert (name, said["by"], said["from"], said["to"], said["version"]) == ("move", me, "held", "approved", 3)
        assert await next_event(lines) == ("counts", NOTHING)
        # What comes in is counted without a move.
        await submitted(backend, writer)
        assert await next_event(lines) == ("counts", {**NOTHING, "pending": 1})


async def test_nothing_of_another_section_is_told(town: Town, served: ServedApi) -> None:
    await no_streams(served)
    sport = Thread(key="/sport", section="Sport")
    await town.backend.comments.patch_thread(town.mill, "/sport", changes=sport, fields=frozenset({"section"}))
    async with follow(town, STREAM, await token_of(town, "moderator", "Sport")) as lines:
        assert (await next_event(lines))[0] == "counts"
        await published(town.backend, town.writer, thread="/town")
        inside = await published(town.backend, town.writer, thread="/sport")
        while (event := await next_event(lines))[0] != "move":
            pass
        assert event[1]["id"] == inside.id


async def test_where_nothing_happens_a_ping_says_so(
    town: Town, served: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    await no_streams(served)
    monkeypatch.setattr(watching, "PING_SECONDS", 0.0)
    async with follow(town, STREAM, town.tokens["moderator-mill"]) as lines:
        assert (await next_event(lines))[0] == "counts"
        assert await next_event(lines) == ("ping", {})


async def test_a_stream_ends_with_its_token_and_there_is_room_for_some_alone(town: Town, served: ServedApi) -> None:
    await no_streams(served)
    async with open_house(read_settings(environment(town.redis.url))) as house:
        moderator, token = await sites.add_principal(house, role="moderator", sites=("mill",))
        async with follow(town, STREAM, token) as lines:
            assert (await next_event(lines))[0] == "counts"
            await sites.revoke(house, moderator.id)
            # Within the ten seconds that next_event waits.
            with pytest.raises(EOFError):
                await next_event(lines)
    await no_streams(served)
    token = town.tokens["moderator-mill"]
    async with follow(town, STREAM, token), follow(town, STREAM, token), follow(town, STREAM, token):
        assert STREAMS == 3
        with town.http("moderator-mill") as http:
            problem_of(http.get(STREAM), 503, "streams-full")


async def test_the_counts_of_a_decision_follow_it(town: Town, served: ServedApi) -> None:
    """Under a flow of moves the counts come once a second, and the last ones are right."""
    await no_streams(served)
    async with follow(town, STREAM, town.tokens["moderator-mill"]) as lines:
        for _ in range(20):
            waits = await held(town.backend, town.writer, await submitted(town.backend, town.writer))
            await applied(town.backend, town.writer, town.writer.decide(waits, "rejected"))
        waits = await held(town.backend, town.writer, await submitted(town.backend, town.writer))
        moves = counts = 0
        while True:
            name, said = await next_event(lines)
            moves += name == "move"
            counts += name == "counts"
            if name == "counts" and said["held"] == 1 and moves == 41:
                break
        assert counts < 10
