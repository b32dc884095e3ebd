"""Whatever a client sends, the answer has the surface's own shape, and is no mistake of ours."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.api.compat.conftest import ANALYZE, MODERATIONS, SUGGEST, Desk

TEXTS = st.text(max_size=20) | st.sampled_from(
    ["TOXICITY", "TOXICITY@6", "PROBABILITY", "HTML", "en", "You idiot 😀", "<b"]
)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
TEXT_ENTRIES = st.fixed_dictionaries({"text": TEXTS}, optional={"type": TEXTS}) | ANY
ATTRIBUTES = st.dictionaries(TEXTS, st.fixed_dictionaries({}, optional={"scoreThreshold": ANY, "scoreType": ANY}) | ANY)
SCORES = st.dictionaries(TEXTS, st.fixed_dictionaries({}, optional={"summaryScore": ANY, "spanScores": ANY}) | ANY)
REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "comment": TEXT_ENTRIES,
        "requestedAttributes": ATTRIBUTES | ANY,
        "attributeScores": SCORES | ANY,
        "context": ANY,
        "languages": ANY,
        "clientToken": ANY,
        "spanAnnotations": ANY,
        "dropUnsupportedAttributes": ANY,
        "input": st.lists(TEXT_ENTRIES, max_size=3) | ANY,
        "model": ANY,
    },
)


@pytest.mark.parametrize("path", [ANALYZE, SUGGEST, MODERATIONS])
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=REQUESTS | ANY, cut=st.integers(0, 400))
async def test_any_body_has_an_answer_in_the_foreign_shape(desk: Desk, path: str, asked: Any, cut: int) -> None:
    whole = json.dumps(asked).encode()
    headers = {"authorization": f"Bearer {desk.key}"}
    for body in (whole, whole[:cut]):
        answer = await desk.send("POST", path, headers=headers, content=body)
        told = answer.json()
        if answer.status_code == 200:
            assert set(told) & {"detectedLanguages", "results"}
            continue
        assert answer.status_code == 400, (body, told)
        assert set(told["error"]) >= ({"message", "type"} if path == MODERATIONS else {"code", "message", "status"})
