"""Run a program that ends when the one who started it ends, however that happens.

Run by path, as `python -I -S tether.py PARENT PROGRAM ARGUMENT…`; it becomes the program, under the same process id.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def bind_to_parent() -> None:
    """Ask the kernel for SIGTERM at the parent's death; elsewhere than on Linux the next start cleans up."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def main(arguments: list[str]) -> int:
    """Become the program; returns only when that is not possible."""
    parent, *command = arguments
    bind_to_parent()
    # It may have died before the kernel was asked.
    if os.getppid() != int(parent):
        return 1
    try:
        os.execv(command[0], command)  # noqa: S606 - what `gatepost up` was told to run
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be run: {error.strerror}\n")
    return 127


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
