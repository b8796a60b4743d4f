"""A child process: on a leash, in a process group of its own, its messages passed on line by line under its name."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

_CHATTER = "error connecting to worker"
"""What Bytewax says, once a second, while a process waits for another one to listen."""


class Child:
    """A Python module that runs as a child of this process.

    Attributes:
        name: what people read in front of each of its messages.
        pid: its process id.

    """

    def __init__(
        self,
        name: str,
        module: str,
        words: Sequence[str],
        *,
        order: bytes = b"",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start it.

        Args:
            name: what people read in front of each of its messages.
            module: the module to run, which has to hold its leash.
            words: its arguments.
            order: what it reads on its standard input, which then stays open.
            environment: variables beside those of this process.

        """
        self.name = name
        self._process = subprocess.Popen(  # noqa: S603 - the module is ours
            [sys.executable, "-m", module, *words],
            env=os.environ | dict(environment or {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Ctrl-C on a terminal goes to the supervisor alone, which knows what to do about it
            process_group=0,
        )
        self.pid = self._process.pid
        stdin, stdout, stderr = self._process.stdin, self._process.stdout, self._process.stderr
        if stdin is None or stdout is None or stderr is None:
            raise RuntimeError("a process that was started with pipes has none")
        self._leash = stdin
        self._said: list[bytes] = []
        self._is_silent = False
        self._has_said = threading.Condition()
        self._readers = [
            threading.Thread(target=self._listen, args=(stdout,), daemon=True),
            threading.Thread(target=self._pass_on, args=(stderr,), daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        with suppress(BrokenPipeError):  # it may have ended already, which its exit code tells
            stdin.write(order)
            stdin.flush()

    @property
    def code(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        return self._process.poll()

    def first_line(self, seconds: float) -> bytes | None:
        """Wait for the first line on its standard output; None if it ends or takes longer."""
        with self._has_said:
            self._has_said.wait_for(lambda: self._said or self._is_silent, seconds)
            return self._said[0] if self._said else None

    def said(self) -> bytes:
        """Return all that it wrote to its standard output; call it when it has ended."""
        for reader in self._readers:
            reader.join()
        return b"".join(self._said)

    def wait(self) -> int:
        """Wait until it has ended, and return its exit code."""
        return self._process.wait()

    def drain(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def close(self) -> None:
        """End it if it still runs, and let go of what it held."""
        self._process.kill()
        self._process.wait()
        for reader in self._readers:
            reader.join()
        with suppress(BrokenPipeError):  # it may never have read its order
            self._leash.close()

    def _listen(self, stdout: IO[bytes]) -> None:
        with stdout:
            for line in stdout:
                with self._has_said:
                    self._said.append(line)
                    self._has_said.notify_all()
        with self._has_said:
            self._is_silent = True
            self._has_said.notify_all()

    def _pass_on(self, stderr: IO[bytes]) -> None:
        with stderr:
            for line in stderr:
                text = line.decode(errors="backslashreplace")
                if _CHATTER not in text:
                    sys.stderr.write(f"[{self.name}] {text}")
                    sys.stderr.flush()
