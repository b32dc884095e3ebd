"""What a move leaves for moderators: an act on the audit trail, and news for those who watch the site."""

from typing import Any

import msgspec

from service.domain.acts import ACTS_KEPT, decision_act
from service.domain.comment import rejected_by_people
from service.domain.news import News, news_of
from service.domain.orders import Move
from service.storage.keys import LaneKeys

_json = msgspec.json.Encoder()
_records = msgspec.msgpack.Encoder()


def tail(keys: LaneKeys, site: str, move: Move) -> list[Any]:
    """Give the last six arguments of `move.lua`: if people rejected it, trail, act or '', how many, channel, news."""
    act = decision_act(move.after)
    return [
        int(rejected_by_people(move.after)),
        keys.acts(site),
        _records.encode(act) if act is not None else "",
        ACTS_KEPT,
        keys.news(site),
        written(news_of(move.before, move.after)),
    ]


def written(news: News) -> bytes:
    """Write news as they are published."""
    return _json.encode(news)
