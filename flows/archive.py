"""The archive as a step of the flow: what rarely changes of other steps' state, with keys of its own."""

from collections.abc import Iterable
from pathlib import Path
from typing import Never

from bytewax.operators import StatefulBatchLogic
from typing_extensions import override

from connectors.recovery import snapshots_of
from connectors.snapshots_beside import SnapshotsBeside
from connectors.spool import content_of
from flows.meters import Meters
from operators.archive import Archived, Keep, Part, digest
from schemas.errors import OtklikError

FLOW = "incidents"
ARCHIVE = "archive"


class ArchiveStep(StatefulBatchLogic[Part, Never, bytes]):
    """What lies under one key of the archive; it is never discarded, since Bytewax keeps a row of what was."""

    def __init__(self, meters: Meters, keep: Keep, resume_state: bytes | None) -> None:
        self._meters = meters
        self._keep = keep
        self._content = keep(resume_state or b"")

    @override
    def on_batch(self, values: list[Part]) -> tuple[Iterable[Never], bool]:
        self._content = self._keep(values[-1].content)
        return [], StatefulBatchLogic.RETAIN

    @override
    def snapshot(self) -> bytes:
        # at the end of an execution Bytewax asks this of every key, touched or not
        return self._meters.snapshot(ARCHIVE, lambda: content_of(self._content))


def archived_in(folder: Path) -> Archived:
    """Return the way to what the executions before this one archived in a recovery folder."""
    snapshots = SnapshotsBeside(snapshots_of(folder))

    def archived(key: str, wanted: str) -> bytes:
        for content in snapshots.versions_of(f"{FLOW}.{ARCHIVE}", key):
            if digest(content) == wanted:
                return content
        raise OtklikError(
            f"{folder}: the snapshot needs {key!r} from the archive, which is not there any more; bring the recovery "
            "folder back from a backup together with its store, or start both anew with --fresh",
        )

    return archived


def nothing_archived(key: str, _wanted: str) -> bytes:
    """Stand for the archive where there is no recovery folder, and so no snapshot that would need it."""
    raise LookupError(f"{key!r} was never archived")
