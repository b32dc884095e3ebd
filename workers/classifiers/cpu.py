"""What this machine's processor is good at."""

import platform
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
# Without one of these onnxruntime's int8 kernels are slow, or fast and saturating: wrong by up to a whole verdict.
_INSTRUCTIONS = frozenset({"avx512_vnni", "avx_vnni", "amx_int8", "asimddp"})


def multiplies_int8(cpuinfo: Path = _CPUINFO) -> bool:
    """Tell whether the processor has int8 dot products (VNNI, or Arm's); False where that cannot be read."""
    if platform.system() == "Darwin":
        return platform.machine() == "arm64"
    try:
        lines = cpuinfo.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return False
    return any(
        _INSTRUCTIONS & set(line.partition(":")[2].split())
        for line in lines
        if line.lower().startswith(("flags", "features"))
    )
