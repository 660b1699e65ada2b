"""How far long work is. No Odoo here."""

from __future__ import annotations

import sys
import time

BAR_WIDTH = 30
# Seconds between two drawings of the bar on a terminal.
REDRAW_SECONDS = 0.1


class Progress:
    """A bar in place on a terminal, a line for each tenth elsewhere.

    Use as a context around the work and call :meth:`add` as it goes on.
    """

    def __init__(self, title: str, total: int, stream=None):
        self.title, self.total = title, total
        self.stream = stream or sys.stderr
        self.done = 0
        self._started = self._drawn = time.monotonic()
        self._tenth = 0
        self._in_place = self.stream.isatty()

    def __enter__(self):
        self._draw()
        return self

    def __exit__(self, error_type, error, traceback):
        if self._in_place:
            self._draw()
            self.stream.write("\n")
            self.stream.flush()

    def add(self, count: int) -> None:
        """Tell that ``count`` more of the total are done."""
        self.done += count
        if self._in_place:
            if time.monotonic() - self._drawn >= REDRAW_SECONDS:
                self._draw()
        elif self.total and self.done * 10 // self.total > self._tenth:
            self._tenth = self.done * 10 // self.total
            print(self._text(), file=self.stream, flush=True)

    def _text(self) -> str:
        seconds = time.monotonic() - self._started
        share = self.done / self.total if self.total else 1.0
        return (
            f"{self.title}: {self.done:,} of {self.total:,} "
            f"({share:4.0%}, {seconds:.0f} s)"
        )

    def _draw(self) -> None:
        if not self._in_place:
            return
        self._drawn = time.monotonic()
        share = min(self.done / self.total if self.total else 1.0, 1.0)
        filled = round(share * BAR_WIDTH)
        bar = "#" * filled + "." * (BAR_WIDTH - filled)
        self.stream.write(f"\r\033[K[{bar}] {self._text()}")
        self.stream.flush()
