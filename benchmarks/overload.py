"""What happens at three times the most that the API can take: who is served, how fast, and how soon it is over."""

from collections import Counter
from collections.abc import Sequence

from benchmarks import findings, load
from benchmarks.drawing import described
from benchmarks.findings import Figure, Findings, Options
from benchmarks.phases import ACCEPTED, Answer, accepted, submit_at, windows
from benchmarks.stack import Stack, stack
from benchmarks.submit import CONNECTIONS, posts

USUAL = 0.7
OVER = 3.0
LATENCY_MS = 250.0
RECOVERY_SECONDS = 3.0
_WINDOW = 0.25


def _limit(port: int, prepared: Sequence[bytes], options: Options) -> float:
    """Measure how many submissions a second are taken as fast as answers come."""
    total = options.of(2_000, 12_000)
    load.hammer(port, lambda n: prepared[n % len(prepared)], total=1_000).insist(202)
    outcome = load.hammer(port, lambda n: prepared[n % len(prepared)], total=total, connections=CONNECTIONS)
    return outcome.insist(202).rate


def _recovered(after: Sequence[Answer], usual_ms: float) -> float:
    """Give the seconds until a window in which everyone was accepted in no more than twice the usual time."""
    for number, window in enumerate(windows(after, _WINDOW)):
        took = accepted(window)
        if len(took) == len(window) and load.percentile(took, 0.99) * 1000 <= max(2 * usual_ms, LATENCY_MS / 2):
            return number * _WINDOW
    return float("inf")


def _phases(place: Stack, options: Options) -> tuple[float, dict[str, list[Answer]]]:
    prepared = posts(place.key, 2_000)
    with place.api() as api:
        limit = _limit(api.port, prepared, options)
        seconds = options.of(3, 10)
        rates = {"before": USUAL, "over": OVER, "after": USUAL}
        return limit, {
            name: submit_at(api.port, prepared, rate=limit * share, seconds=seconds) for name, share in rates.items()
        }


def measure(options: Options) -> Findings:
    """Measure accepted and refused submissions below the limit, at three times the limit, and below it again."""
    with stack() as place:
        limit, found = _phases(place, options)
    p99 = {name: load.percentile(accepted(answers), 0.99) * 1000 for name, answers in found.items()}
    over = found["over"]
    statuses = Counter(one.status for one in over)
    refused = [one for one in over if one.status != ACCEPTED]
    told = [one for one in refused if one.status in (429, 503) and one.retry_after is not None]
    served = statuses[ACCEPTED] / max(one.at for one in over)
    xs, ys, took, turned = [], [], [], []
    offset = 0.0
    for name in ("before", "over", "after"):
        for number, window in enumerate(windows(found[name], _WINDOW)):
            xs.append(offset + number * _WINDOW)
            ys.append(load.percentile(accepted(window), 0.99) * 1000)
            took.append(len(accepted(window)) / _WINDOW)
            turned.append((len(window) - len(accepted(window))) / _WINDOW)
        offset = xs[-1] + _WINDOW
    return Findings(
        name="overload",
        figures=(
            Figure(name="submissions a second at the limit", measured=limit),
            Figure(name="p99 of a submission at 70 % of the limit", measured=p99["before"], unit="ms", better="less"),
            Figure(
                name="p99 of an accepted submission at three times the limit",
                measured=p99["over"],
                unit="ms",
                target=LATENCY_MS,
                better="less",
            ),
            Figure(name="accepted at three times the limit by the limit", measured=served / limit, target=0.5),
            Figure(
                name="of the refused, told when to come back by a 429 or 503",
                measured=100 * len(told) / max(len(refused), 1),
                unit="%",
                target=100.0,
            ),
            Figure(
                name="seconds until it was as before",
                measured=_recovered(found["after"], p99["before"]),
                unit="s",
                target=RECOVERY_SECONDS,
                better="less",
            ),
        ),
        detail={
            "statuses": {name: dict(Counter(str(one.status) for one in answers)) for name, answers in found.items()},
            "p50_ms": {name: load.percentile(accepted(answers), 0.5) * 1000 for name, answers in found.items()},
            "p99_ms": p99,
            "told_to_wait_seconds": dict(sorted(Counter(str(one.retry_after) for one in told).items())),
            "curves": described(
                "70 %, 300 % and again 70 % of the limit",
                "seconds",
                {
                    "p99 of the accepted, ms": {"submissions": (xs, ys)},
                    "answers a second": {"accepted": (xs, took), "refused": (xs, turned)},
                },
            ),
        },
    )


if __name__ == "__main__":
    findings.command(measure)()
