"""The names of the keys that no lane has: the directory of sites and people, workers, and who asks whom."""

SITES = "gp:{dir}:sites"
LANES = "gp:{dir}:lanes"
PRINCIPALS = "gp:{dir}:principals"
CREDENTIALS = "gp:{dir}:credentials"
EXPIRIES = "gp:{dir}:expiries"
PEPPER = "gp:{dir}:pepper"
WORKERS = "gp:{dir}:workers"
PROBE = "gp:{dir}:probe"
# What is true for seconds: neither backed up nor restored.
FLEETING = ("gp:{dir}:worker", "gp:{dir}:attempts:", "gp:{dir}:quota:", "gp:{dir}:session:", PROBE)
LEDGER = "gp:{dir}:ledger"
LEDGER_OPEN = "gp:{dir}:ledger:open"
FOREIGN_KEYS = "gp:{dir}:foreign"
FEEDBACK = "gp:{dir}:feedback"


def worker(name: str) -> str:
    """Name a worker's heartbeat."""
    return f"gp:{{dir}}:worker:{name}"


def attempts(who: str) -> str:
    """Name what somebody's bad credentials are counted under."""
    return f"gp:{{dir}}:attempts:{who}"


def session_key(session: str) -> str:
    """Name a moderator's sign-in, by the hash of its cookie."""
    return f"gp:{{dir}}:session:{session}"


def quota(key: str, parity: int) -> str:
    """Name what a foreign client's key has spent in the present even (0) or odd (1) minute."""
    return f"gp:{{dir}}:quota:{key}:{parity}"


def questions(worker_name: str) -> str:
    """Name the channel on which a worker is asked for scores."""
    return f"gp:{{dir}}:ask:{worker_name}"


def answers(asker: str) -> str:
    """Name the channel on which a process is answered."""
    return f"gp:{{dir}}:told:{asker}"


def rehearsals(worker_name: str) -> str:
    """Name the channel on which a worker is asked to rehearse a policy."""
    return f"gp:{{dir}}:rehearse:{worker_name}"


def rehearsed(asker: str) -> str:
    """Name the channel on which whoever asked for a rehearsal is answered."""
    return f"gp:{{dir}}:rehearsed:{asker}"
