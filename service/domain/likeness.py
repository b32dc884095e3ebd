"""Near-duplicates: texts that share most of their pieces, found without comparing each with each.

A text's sketch keeps, of its pieces of five letters, the smallest hash in each of 32 rooms (one-permutation MinHash,
Li, Owen and Zhang 2012; empty rooms borrow from the next, Shrivastava and Li 2014). The share of rooms that two
sketches have in common estimates the share of pieces that their texts have in common.
"""

import zlib
from collections.abc import Mapping

from service.domain.text import normalise

ROOMS = 32
PIECE = 5
# As near-duplicates count texts that share half of their pieces.
ALIKE = 0.5
_BAND = 2
_SPREAD = 0x9E3779B1
_BORROWED = 0x85EBCA77
_WORD = 0xFFFFFFFF
# A comment is compared with so many of a bucket: what all of these resemble resembles the rest.
_COMPARED = 8

Sketch = tuple[int, ...]


def sketch_of(text: str) -> Sketch:
    """Sketch a text; the same for texts that differ only in case, accents, disguises and white space."""
    words = normalise(text).encode("utf-8", "surrogatepass")
    pieces = {words[i : i + PIECE] for i in range(max(1, len(words) - PIECE + 1))}
    rooms: list[int | None] = [None] * ROOMS
    for piece in pieces:
        hashed = zlib.crc32(piece) * _SPREAD & _WORD
        room, rest = hashed & (ROOMS - 1), hashed >> 5
        held = rooms[room]
        if held is None or rest < held:
            rooms[room] = rest
    if None in rooms:
        return _filled(rooms)
    return tuple(value for value in rooms if value is not None)


def _filled(rooms: list[int | None]) -> Sketch:
    """Fill empty rooms from the next that is not empty, told apart by how far it is."""
    full = []
    for room in range(ROOMS):
        away = next(step for step in range(ROOMS) if rooms[(room + step) % ROOMS] is not None)
        value = rooms[(room + away) % ROOMS] or 0
        full.append(value + away * _BORROWED & _WORD)
    return tuple(full)


def likeness(one: Sketch, other: Sketch) -> float:
    """Estimate which share of their pieces two texts have in common."""
    return sum(a == b for a, b in zip(one, other, strict=True)) / ROOMS


def alike(sketches: Mapping[str, Sketch]) -> dict[str, list[str]]:
    """Put near-duplicates together: by the smallest id of each group, its ids in order."""
    leader = {name: name for name in sketches}

    def find(name: str) -> str:
        while leader[name] != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    for start in range(0, ROOMS, _BAND):
        buckets: dict[Sketch, list[str]] = {}
        for name, sketch in sketches.items():
            bucket = buckets.setdefault(sketch[start : start + _BAND], [])
            for other in bucket:
                ours, theirs = find(name), find(other)
                if ours != theirs and likeness(sketch, sketches[other]) >= ALIKE:
                    leader[max(ours, theirs)] = min(ours, theirs)
            if len(bucket) < _COMPARED:
                bucket.append(name)
    groups: dict[str, list[str]] = {}
    for name in sketches:
        groups.setdefault(find(name), []).append(name)
    return groups


def like(sketch: Sketch, others: Mapping[str, Sketch]) -> list[str]:
    """Name those that resemble one text."""
    return [name for name, other in others.items() if likeness(sketch, other) >= ALIKE]
