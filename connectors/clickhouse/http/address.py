"""Where a served store can be reached: a small file in its folder, so that others who name the folder find the server."""

from pathlib import Path

_FILE = "served-at"


def leave_address(folder: Path, host: str, port: int) -> None:
    """Note in a store's folder where it is served."""
    new = folder / f"{_FILE}.new"
    new.write_text(_joined(host, port) + "\n", encoding="utf-8")
    new.replace(folder / _FILE)


def take_back_address(folder: Path) -> None:
    """Remove the note."""
    (folder / _FILE).unlink(missing_ok=True)


def address_left_in(folder: Path) -> str | None:
    """Return host and port as they were noted, None where nothing is.

    After a crash the note is still there; it says nothing about a folder that nobody holds.
    """
    try:
        return (folder / _FILE).read_text(encoding="utf-8").strip() or None
    except OSError:
        return None


def _joined(host: str, port: int) -> str:
    # who listens on all addresses can be reached on the one that every machine has
    named = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - nothing is bound here
    return f"[{named}]:{port}" if ":" in named else f"{named}:{port}"
