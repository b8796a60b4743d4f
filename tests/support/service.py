"""A command that runs as a service: started again whenever it ends, until it is told to end."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_OTKLIK = Path(sys.executable).with_name("otklik")
_LONGEST_END_SECONDS = 60


class Service:
    """``otklik`` under a service manager that never gives up.

    Args:
        name: of its logs, one a life.
        words: what to run at first.
        folder: where to run it.
        environment: beside that of this process.

    Attributes:
        words: what to run, from the next life on.
        lives: how often it was started.
        codes: with which each life ended, in their order; negative where a signal ended it.

    """

    def __init__(self, name: str, words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        self._name = name
        self.words = words
        self._folder = folder
        self._environment = os.environ | environment
        self.lives = 0
        self.codes: list[int] = []
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of its present life."""
        assert self._process is not None
        return self._process.pid

    @property
    def told(self) -> str:
        """What the present life, or else the last one, wrote to its log."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def has_succeeded(self) -> bool:
        """Whether it has ended by itself with nothing left to do."""
        return self._process is None and self.codes[-1:] == [0]

    @property
    def _log(self) -> Path:
        return self._folder / f"{self._name}-{self.lives}.log"

    def tend(self) -> None:
        """Start it unless it runs, or has succeeded."""
        if self._process is not None and (code := self._process.poll()) is not None:
            self.codes.append(code)
            self._process = None
        if self._process is None and not self.has_succeeded:
            self.lives += 1
            with self._log.open("wb") as log:
                self._process = subprocess.Popen(
                    [str(_OTKLIK), *self.words],
                    cwd=self._folder,
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )

    def kill(self) -> bool:
        """End it as a crash would; return whether there was anything to end."""
        if self._process is None or self._process.poll() is not None:
            return False
        self._process.kill()
        self._process.wait()
        return True

    def stop(self) -> int:
        """Let it end in order; return its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(_LONGEST_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        self.codes.append(code)
        self._process = None
        return code
