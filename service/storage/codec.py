"""How records become bytes: MessagePack, because a stored comment is mostly names of fields and numbers."""

import msgspec

from service.domain.comment import Comment
from service.domain.foreign import KeySettings, Suggestion
from service.domain.policy import Policy
from service.domain.scores import Scores
from service.domain.site import Principal, Site
from service.domain.status import Status
from service.domain.work import WorkerInfo

_encoder = msgspec.msgpack.Encoder()
_comment = msgspec.msgpack.Decoder(Comment)
_site = msgspec.msgpack.Decoder(Site)
_policy = msgspec.msgpack.Decoder(Policy)
_principal = msgspec.msgpack.Decoder(Principal)
_scores = msgspec.msgpack.Decoder(Scores)
_settings = msgspec.msgpack.Decoder(KeySettings)
_suggestion = msgspec.msgpack.Decoder(Suggestion)
_worker = msgspec.msgpack.Decoder(WorkerInfo)

Record = Comment | KeySettings | Policy | Principal | Scores | Site | Suggestion | WorkerInfo


def encode(record: Record) -> bytes:
    """Encode a record."""
    return _encoder.encode(record)


def comment(record: bytes, *, status: bytes, version: bytes) -> Comment:
    """Decode a comment; raises ValueError where the record and the fields beside it disagree."""
    decoded = _comment.decode(record)
    if decoded.status != status.decode() or decoded.version != int(version):
        message = f"record of {decoded.id} says {decoded.status}/{decoded.version}, fields {status!r}/{version!r}"
        raise ValueError(message)
    return decoded


def status_of(field: bytes | None) -> Status | None:
    """Read a status field."""
    return msgspec.convert(field.decode(), Status) if field is not None else None


def site(record: bytes) -> Site:
    """Decode a site."""
    return _site.decode(record)


def policy(record: bytes) -> Policy:
    """Decode a policy."""
    return _policy.decode(record)


def principal(record: bytes) -> Principal:
    """Decode a principal."""
    return _principal.decode(record)


def worker(record: bytes) -> WorkerInfo:
    """Decode a heartbeat."""
    return _worker.decode(record)


def scores(record: bytes) -> Scores:
    """Decode a shadow's scores."""
    return _scores.decode(record)


def key_settings(record: bytes) -> KeySettings:
    """Decode the settings of a foreign client's key."""
    return _settings.decode(record)


def suggestion(record: bytes) -> Suggestion:
    """Decode a suggestion."""
    return _suggestion.decode(record)
