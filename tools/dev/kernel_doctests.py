"""Run the examples in the docstrings of the kernel, with the standard library alone."""

from __future__ import annotations

import doctest
import sys

from forecast_kernel import KERNEL, kernel


def main() -> int:
    names = sorted(path.stem for path in KERNEL.glob("*.py") if path.stem != "__init__")
    results = [doctest.testmod(kernel(name)) for name in names]
    if not any(result.attempted for result in results):
        print("dev: no example found in the kernel's docstrings", file=sys.stderr)
        return 1
    return 1 if any(result.failed for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
