"""Those who write: readers who repeat a submission with its key until it is accepted, authors, and a moderator."""

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from typing import Any

import httpx

from tests.chaos.ledger import Ledger
from tests.chaos.texts import Draft, rewritten

CLIENTS = 24
_TIMEOUT = 4.0
_PAUSE = 0.05


class Crowd:
    """Everybody who writes to one town."""

    def __init__(self, urls: Sequence[str], key: str, moderator: str, ledger: Ledger, drafts: Sequence[Draft]) -> None:
        """Take where the APIs are, the site's key, a moderator's token, and what is to be written."""
        self._urls = urls
        self._key = {"authorization": f"Bearer {key}"}
        self._moderator = {"authorization": f"Bearer {moderator}"}
        self._ledger = ledger
        self._drafts: Iterator[Draft] = iter(drafts)
        self.later: list[asyncio.Task[None]] = []
        self._accepted_at = time.monotonic()
        self.stopping = False

    async def write(self) -> None:
        """Write everything that there is to write."""
        await asyncio.gather(*(self._client() for _ in range(CLIENTS)))

    async def finish(self) -> None:
        """Wait for the authors who came back to their comments."""
        await asyncio.gather(*self.later)

    async def _client(self) -> None:
        async with httpx.AsyncClient(timeout=_TIMEOUT) as http:
            for draft in self._drafts:
                if self.stopping:
                    return
                await self._submit(http, draft)

    async def _submit(self, http: httpx.AsyncClient, draft: Draft) -> None:
        ledger = self._ledger
        parent = self._parent(draft)
        answers = 0
        key = draft.key
        while answers < 1 + draft.twice:
            wire: dict[str, Any] = {"thread": draft.thread, "author": {"name": "Anna"}, "body": draft.body}
            if parent is not None:
                wire["parent_id"] = parent
            answer = await self._ask(http, "POST", "", wire, {**self._key, "idempotency-key": key})
            if answer is None:
                continue
            if answer.status_code == 202:
                answers += 1
                made = answer.json()
                ledger.accepted(draft, made["id"], reply=parent is not None)
                now = time.monotonic()
                ledger.longest_outage = max(ledger.longest_outage, now - self._accepted_at)
                self._accepted_at = now
                if answers == 1 and draft.later:
                    self.later.append(asyncio.create_task(self._come_back(draft, made["id"], made["token"])))
            elif answer.status_code in (404, 409) and parent is not None:
                # Withdrawn meanwhile: it is said to nobody in particular, under a key of its own.
                parent, key = None, f"{draft.key}-alone"
            else:
                ledger.wrong.append(f"POST of note {draft.number}: {answer.status_code} {answer.text[:200]}")
                return
        ledger.done += 1

    def _parent(self, draft: Draft) -> str | None:
        if not draft.reply:
            return None
        drafts = self._ledger.drafts
        # One may be shown whose 202 was lost on the way.
        latest = [i for i, _ in list(self._ledger.polled)[-200:] if i in drafts]
        shown = [i for i in latest if drafts[i].thread == draft.thread]
        return shown[draft.number % len(shown)] if shown else None

    async def _ask(
        self, http: httpx.AsyncClient, method: str, path: str, wire: dict[str, Any] | None, headers: dict[str, str]
    ) -> httpx.Response | None:
        """Ask either API once; nothing for no answer and for an honest 503, after a pause."""
        url = f"{random.choice(self._urls)}/v1/sites/mill/comments{path}"
        began = time.monotonic()
        try:
            answer = await http.request(method, url, json=wire, headers=headers)
        except httpx.HTTPError as error:
            self._ledger.answers[f"none: {type(error).__name__}"] += 1
            await asyncio.sleep(_PAUSE)
            return None
        self._ledger.slowest_answer = max(self._ledger.slowest_answer, time.monotonic() - began)
        self._ledger.answers[f"{method} {answer.status_code}"] += 1
        if answer.status_code != 503:
            return answer
        if "retry-after" not in answer.headers:
            self._ledger.wrong.append(f"{method}: 503 without Retry-After")
        await asyncio.sleep(_PAUSE)
        return None

    async def _come_back(self, draft: Draft, comment_id: str, token: str) -> None:
        """Rewrite or withdraw one's comment once it is decided, however often that must be said."""
        headers = {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(timeout=_TIMEOUT) as http:
            while True:
                answer = await self._ask(http, "GET", f"/{comment_id}", None, headers)
                if answer is None:
                    continue
                own = answer.json()
                if draft.later == "withdraw" and own.get("status") == "deleted":
                    # An earlier try of ours, of which no answer came.
                    self._ledger.withdrawn.setdefault(comment_id, time.monotonic())
                    return
                if answer.status_code != 200:
                    self._ledger.wrong.append(f"GET of an author's own: {answer.status_code} {answer.text[:200]}")
                    return
                if draft.later == "edit" and own["body"] == rewritten(draft):
                    # As above.
                    self._ledger.rewritten.setdefault(comment_id, time.monotonic())
                    return
                if own["status"] != "pending" and await self._change(http, draft, comment_id, headers):
                    return
                await asyncio.sleep(0.3)

    async def _change(self, http: httpx.AsyncClient, draft: Draft, comment_id: str, headers: dict[str, str]) -> bool:
        if draft.later == "withdraw":
            answer = await self._ask(http, "DELETE", f"/{comment_id}", None, headers)
            if answer is not None and answer.status_code == 204:
                self._ledger.withdrawn[comment_id] = time.monotonic()
                return True
        else:
            answer = await self._ask(http, "PATCH", f"/{comment_id}", {"body": rewritten(draft)}, headers)
            if answer is not None and answer.status_code == 200:
                self._ledger.rewritten[comment_id] = time.monotonic()
                return True
        if answer is not None and answer.status_code != 409:
            self._ledger.wrong.append(f"{draft.later}: {answer.status_code} {answer.text[:200]}")
        return False

    async def moderate(self, stop: asyncio.Event) -> None:
        """Decide some of what is held, again and again, and sometimes what is approved."""
        rng = random.Random(0)
        async with httpx.AsyncClient(timeout=_TIMEOUT, headers=self._moderator) as http:
            while not stop.is_set():
                await asyncio.sleep(0.5)
                try:
                    found = await http.get(
                        f"{rng.choice(self._urls)}/v1/review/comments",
                        params={"site": "mill", "status": rng.choice(("held", "approved")), "limit": 5},
                    )
                    if found.status_code != 200:
                        continue
                    # Twice each: whoever comes second must be told so.
                    chosen = [self._choice(row) for row in found.json()["items"]] * 2
                    if not chosen:
                        continue
                    done = await http.post(f"{rng.choice(self._urls)}/v1/review/decisions", json={"decisions": chosen})
                except httpx.HTTPError:
                    continue
                if done.status_code == 200:
                    self._note(done.json()["results"])
                elif done.status_code != 503:
                    self._ledger.wrong.append(f"decisions: {done.status_code} {done.text[:200]}")

    def _choice(self, row: dict[str, Any]) -> dict[str, Any]:
        action = "approve" if row["status"] == "held" and int(row["id"][-1], 16) % 2 else "reject"
        return {"site": "mill", "id": row["id"], "version": row["version"], "action": action}

    def _note(self, results: list[dict[str, Any]]) -> None:
        for result in results:
            if not result["ok"]:
                continue
            key = (result["id"], result["version"])
            if key in self._ledger.decided:
                self._ledger.wrong.append(f"decision {key}: accepted twice")
            self._ledger.decided[key] = result["status"]
            if result["status"] == "rejected":
                self._ledger.taken_down[result["id"]] = time.monotonic()
