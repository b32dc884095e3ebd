"""`python -m benchmarks.profiled FILE MODULE …`: run a module and write where its threads spend their CPU time.

A sampling thread looks at every other thread each millisecond and charges the CPU time that the thread used since to
the place where it is: the innermost frame of Gatepost's own code, and the library that this frame is waiting for.
"""

import json
import runpy
import signal
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from types import FrameType

_EVERY_SECONDS = 0.001
# A thread that computes gives way this soon; at the default of 5 ms the samples would be too few.
_SWITCH_SECONDS = 0.0005
_ROOT = Path(__file__).resolve().parent.parent
_OWN = tuple(str(_ROOT / room) for room in ("service", "workers"))
_LIBRARIES = (
    "redis",
    "litestar",
    "msgspec",
    "uvicorn",
    "granian",
    "numpy",
    "py3langid",
    "prometheus_client",
    "asyncio",
)


def place(frame: FrameType | None) -> str:
    """Name where a thread is: `storage/link.py _answers (redis)`."""
    library, library_function, first = "", "", ""
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(_OWN):
            path = str(Path(code.co_filename).relative_to(_ROOT))
            return f"{path} {code.co_name}" + (f" ({library})" if library else "")
        if not library:
            library = next((name for name in _LIBRARIES if f"/{name}/" in code.co_filename), "")
            library_function = f"{Path(code.co_filename).name} {code.co_name}" if library else ""
        first = first or f"{Path(code.co_filename).name} {code.co_name}"
        frame = frame.f_back
    return f"{library}: {library_function}" if library else first


class Sampler(threading.Thread):
    """The thread that looks."""

    def __init__(self) -> None:
        """Look at nothing yet."""
        super().__init__(name="sampler", daemon=True)
        self.seconds: dict[str, float] = defaultdict(float)
        self._used: dict[int, float] = {}

    def run(self) -> None:
        """Look until the process ends."""
        while True:
            time.sleep(_EVERY_SECONDS)
            frames = sys._current_frames()  # noqa: SLF001 - there is no other way to see another thread's frame
            for ident, frame in frames.items():
                if ident != self.ident:
                    self._charge(ident, frame)

    def _charge(self, ident: int, frame: FrameType) -> None:
        try:
            now = time.clock_gettime(time.pthread_getcpuclockid(ident))
        except OSError:
            return
        used = now - self._used.get(ident, now)
        self._used[ident] = now
        if used > 0:
            self.seconds[place(frame)] += used


def main() -> None:
    """Run the module and write the profile when it ends."""
    output, module, *arguments = sys.argv[1:]
    sys.argv = [module, *arguments]
    # uvicorn raises the signal that ended it once more, which would end this process before the profile is written.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sys.setswitchinterval(_SWITCH_SECONDS)
    sampler = Sampler()
    sampler.start()
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        Path(output).write_text(json.dumps(dict(sorted(sampler.seconds.items(), key=lambda pair: -pair[1]))), encoding="utf-8")


if __name__ == "__main__":
    main()
