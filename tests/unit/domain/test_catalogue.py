"""What policies may say of classifiers that are not loaded."""

import pytest

from service.domain.catalogue import CLASSIFIERS
from service.domain.errors import Conflict, Invalid
from service.domain.policy_check import check_policy, classifier_kind
from service.domain.scores import LABELS
from service.workflow.sites import default_policy


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("detoxify:original", "detoxify:original"),
        ("detoxify:multilingual", "detoxify:multilingual"),
        ("detoxify:/models/mine.ckpt", "detoxify"),
        ("onnx:/models/current", "onnx"),
        ("embedded", "embedded"),
        ("embedded-fast", "embedded-fast"),
    ],
)
def test_spec_resolves_to_what_is_known_of_it(name: str, kind: str) -> None:
    assert classifier_kind(name) == kind
    policy = default_policy(name)
    check_policy(policy, ("en",))
    assert set(policy.thresholds) == set(CLASSIFIERS[kind].labels)


@pytest.mark.parametrize("name", [name for name in CLASSIFIERS if name.partition(":")[0] in ("detoxify", "onnx")])
def test_detoxify_never_rejects_by_default(name: str) -> None:
    thresholds = CLASSIFIERS[name].thresholds
    assert set(thresholds) <= set(LABELS)
    assert all(hold is not None and reject is None for hold, reject in thresholds.values())
    assert "sexual_explicit" in thresholds or name.startswith("detoxify:original")


def test_languages_are_those_of_the_model() -> None:
    check_policy(default_policy("detoxify:multilingual"), ("fr", "tr"))
    with pytest.raises(Conflict):
        check_policy(default_policy("detoxify:original"), ("fr",))
    with pytest.raises(Invalid):
        default_policy("torch:/x")
