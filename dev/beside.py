"""Builds a warehouse beside the one that people read, and puts it in its place at the end.

DuckDB locks a file for as long as dbt writes to it, and readers would see marts half of which are
new. So a build works on a copy, and a reader never waits: until the end the old file is there, from
then on the new one. Whoever has it open goes on with the old one and sees the new one when they
open it again. A build that fails or is killed leaves the old file as it was.
"""

import contextlib
import fcntl
import shutil
from collections.abc import Iterator
from pathlib import Path


class AnotherBuildError(Exception):
    """A build of the same warehouse is running."""


class UnfinishedError(Exception):
    """What was built is not all in its file."""


def workshop_of(warehouse: Path) -> Path:
    """Return the folder in which a warehouse is built: the file has the same name there."""
    return warehouse.parent / ".building"


@contextlib.contextmanager
def one_at_a_time(warehouse: Path) -> Iterator[None]:
    """Hold the lock on a warehouse's builds. It goes with the process, however that ends."""
    workshop = workshop_of(warehouse)
    workshop.mkdir(parents=True, exist_ok=True)
    with (workshop / f"{warehouse.name}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"Another build of {warehouse} is running. Wait for its end."
            raise AnotherBuildError(message) from error
        yield


def write_ahead_log(warehouse: Path) -> Path:
    """Return the file beside a warehouse with what is not in it yet."""
    return warehouse.with_name(warehouse.name + ".wal")


def copy_to_workshop(warehouse: Path) -> Path:
    """Copy a warehouse, if there is one, to where it is built on; what a build left there goes."""
    copy = workshop_of(warehouse) / warehouse.name
    for source, target in (
        (warehouse, copy),
        (write_ahead_log(warehouse), write_ahead_log(copy)),
    ):
        target.unlink(missing_ok=True)
        if source.exists():
            shutil.copy2(source, target)
    return copy


def put_in_place(warehouse: Path) -> None:
    """Put the warehouse that was built in the place of the other, in one step."""
    built = workshop_of(warehouse) / warehouse.name
    # All of it is in the file once the last connection is closed.
    if write_ahead_log(built).exists():
        message = (
            f"The last of what was built could not be written into {built}. Is the disk full, or "
            "has another program opened that file?"
        )
        raise UnfinishedError(message)
    write_ahead_log(warehouse).unlink(missing_ok=True)
    built.replace(warehouse)
    with contextlib.suppress(OSError):
        (built.parent / f"{built.name}.tmp").rmdir()
