"""Children of the supervisor: heard line by line, ended on request, and never without their supervisor."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from flows.supervision.child import Child
from tests.support.cluster import await_that, is_alive

_OBEDIENT = """\
import sys
from flows.supervision.leash import hold_leash
order = sys.stdin.readline()
hold_leash()
print("ordered", order.strip(), flush=True)
print("worker 1:\\terror connecting to worker 0: Connection refused; retrying", file=sys.stderr)
print("heard", file=sys.stderr, flush=True)
if order == "stay\\n":
    import signal
    signal.pause()
sys.exit(3)
"""
_SUPERVISOR = """\
import sys
from flows.supervision.child import Child
child = Child("child", "obedient", [], order=b"stay\\n", environment={"PYTHONPATH": sys.argv[1]})
child.first_line(60)
print(child.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    """A folder with a module that holds its leash, and stays if it is told to."""
    (tmp_path / "obedient.py").write_text(_OBEDIENT, encoding="utf-8")
    return tmp_path


@contextmanager
def a_child(modules: Path, order: bytes) -> Iterator[Child]:
    child = Child("process 7", "obedient", [], order=order, environment={"PYTHONPATH": str(modules)})
    with closing(child):
        yield child


def test_what_it_says_and_how_it_ends_is_known(modules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with a_child(modules, b"go\n") as child:
        assert child.first_line(60) == b"ordered go\n"
        assert child.wait() == child.code == 3
        assert child.said() == b"ordered go\n"
    assert capsys.readouterr().err == "[process 7] heard\n"


def test_it_ends_when_it_is_asked_to_and_when_it_is_closed(modules: Path) -> None:
    with a_child(modules, b"stay\n") as child:
        assert child.first_line(60) == b"ordered stay\n"
        assert child.code is None
        child.drain()
        assert child.wait() == -15
    with a_child(modules, b"stay\n") as child:
        child.first_line(60)
    assert child.code == -9


def test_one_that_ends_without_a_word_is_not_waited_for(modules: Path) -> None:
    (modules / "obedient.py").write_text("", encoding="utf-8")
    with a_child(modules, b"go\n") as child:
        assert child.first_line(60) is None


def test_it_does_not_outlive_a_supervisor_that_is_killed(modules: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _SUPERVISOR, str(modules)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as supervisor:
        assert supervisor.stdout is not None
        child = int(supervisor.stdout.readline())
        assert is_alive(child)
        supervisor.kill()
    await_that(lambda: not is_alive(child), "the child outlives its supervisor")
