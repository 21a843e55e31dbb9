"""Runs `dbt build` beside the warehouse and shows how far it is; what `make build` calls.

In a terminal one line is redrawn in place; elsewhere a plain line appears now and then. Warnings
and errors are printed as dbt words them.
"""

import argparse
import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from beside import (
    AnotherBuildError,
    UnfinishedError,
    copy_to_workshop,
    one_at_a_time,
    put_in_place,
)
from dbt_vars import add_options, as_text, merged_vars
from tqdm import tqdm

from customer_lifecycle.summary import WAREHOUSE

if TYPE_CHECKING:
    from dbt_common.events.base_types import EventMsg

# What is built, and how long that takes with all tests.
DEMOS = {
    "cdnow": ("the demo shop, CDNOW with 23,570 customers", "about a minute on two cores"),
    "simulated": (
        "the simulated shop, 20,000 customers with order lines and costs",
        "about a minute and a half on two cores",
    ),
    "journey": (
        "The Complete Journey, a grocer's 2,469 households with 27 campaigns",
        "about a minute and a half on two cores",
    ),
}
OWN_TIME = "about a minute on two cores, several with millions of orders (docs/performance.md)"

# The vars that say where a shop's inputs are.
PLACES = tuple(
    f"lifecycle_input_{place}"
    for place in ("files", "dir", "tables", "schema", "database", "models")
)

READING = "dbt reads the project  {elapsed}"
BUILDING = "{bar:30} node {n_fmt} of {total_fmt}  {elapsed}  {desc}"
SECONDS_BETWEEN_DRAWINGS = 0.5
# How often something is said where nothing can be redrawn: logs stay short.
PLAIN_LINES = 10


class Progress:
    """Follows the events of a build: one line in a terminal, or a few lines in a log."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self._started_at = time.monotonic()
        self._finished = self._total = 0
        self._running: dict[str, str] = {}  # name by unique id, the longest running first
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._clock = threading.Thread(target=self._redraw_until_over, daemon=True)
        is_log = not sys.stdout.isatty()
        self._bar = tqdm(bar_format=READING, file=sys.stdout, leave=False, disable=is_log)

    def __enter__(self) -> Self:
        """Let the clock run."""
        self._clock.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the line away."""
        self._is_over.set()
        self._clock.join()
        self._bar.close()

    def listen(self, event: "EventMsg") -> None:
        """Take in an event; dbt calls this from each of its threads."""
        with self._lock:
            if event.info.level in ("warn", "error"):
                self._tell(event)
            if event.info.name == "LogStartLine":
                self._total = event.data.total
            elif event.info.name == "NodeStart":
                node = event.data.node_info
                self._running[node.unique_id] = node.node_name
            elif event.info.name == "NodeFinished":
                self._running.pop(event.data.node_info.unique_id, None)
                self._finished += 1
                self._say_how_far()

    def _tell(self, event: "EventMsg") -> None:
        """Print a warning or an error above the line, with the node's name."""
        node = getattr(event.data, "node_info", None)
        name = node.node_name if node else ""
        # The results at the end stand below a headline with the name.
        is_named = name in event.info.msg or event.info.name.startswith("RunResult")
        tqdm.write(event.info.msg if is_named else f"{name}: {event.info.msg}", file=sys.stdout)
        if event.info.level == "error":
            self.errors.append(event.info.msg)

    def _say_how_far(self) -> None:
        """Print a plain line for each tenth of the nodes; a terminal is redrawn by the clock."""
        tenth = self._finished * PLAIN_LINES // max(self._total, 1)
        if self._bar.disable and tenth > (self._finished - 1) * PLAIN_LINES // max(self._total, 1):
            seconds = time.monotonic() - self._started_at
            print(f"node {self._finished} of {self._total}  {seconds:.0f} s", flush=True)

    def _redraw_until_over(self) -> None:
        """Redraw the line, also while a node takes long."""
        while not self._is_over.wait(SECONDS_BETWEEN_DRAWINGS):
            with self._lock:
                if self._total:
                    self._bar.bar_format, self._bar.total = BUILDING, self._total
                self._bar.n = self._finished
                self._bar.desc = next(iter(self._running.values()), "")
            self._bar.refresh()


def headline(demo: str, vars_file: Path | None) -> str:
    """Say what is going to be built, where, and how long it takes."""
    shop, seconds = DEMOS[demo] if demo else (f"the shop of {vars_file}", OWN_TIME)
    return f"Builds {shop}, into {WAREHOUSE}: {seconds}."


def build(variables: dict[str, object], *, full_refresh: bool) -> bool:
    """Build with dbt, and say how it goes; whether it went well."""
    # Importing dbt takes seconds, in which the reader wants to see something.
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    arguments = ["build", "--log-level", "none", "--log-level-file", "debug"]
    arguments += ["--vars", as_text(variables)] if variables else []
    arguments += ["--full-refresh"] if full_refresh else []
    arguments += [] if sys.stdout.isatty() else ["--no-use-colors"]
    with Progress() as progress:
        outcome = dbtRunner(callbacks=[progress.listen]).invoke(arguments)
        DuckDBConnectionManager.close_all_connections()
    if not outcome.success:
        if not progress.errors:
            print(outcome.exception)
        explain(progress.errors)
    return outcome.success


def build_beside(warehouse: Path, variables: dict[str, object], *, full_refresh: bool) -> bool:
    """Build on a copy of the warehouse, which takes its place if all goes well."""
    try:
        with one_at_a_time(warehouse):
            copy = copy_to_workshop(warehouse)
            os.environ["CUSTOMER_LIFECYCLE_WAREHOUSE"] = str(copy.resolve())
            succeeded = build(variables, full_refresh=full_refresh)
            if succeeded:
                try:
                    put_in_place(warehouse)
                except UnfinishedError as error:
                    print(error)
                    succeeded = False
            if not succeeded:
                print(f"{warehouse} is as it was; what was built of the new one stands in {copy}")
    except (AnotherBuildError, OSError) as error:
        print(error)
        return False
    return succeeded


def explain(errors: Sequence[str]) -> None:
    """Say what to do about a build that has failed."""
    log = Path(os.environ.get("DBT_LOG_PATH", "logs"), "dbt.log")
    print(f"The build has failed. What dbt did stands in {log}")
    if any("--full-refresh" in error for error in errors):
        print("`make build FULL_REFRESH=1` calls dbt with --full-refresh.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", choices=DEMOS, help="what the first line calls the shop")
    parser.add_argument("--full-refresh", action="store_true", help="builds history anew")
    add_options(parser)
    options = parser.parse_args(arguments)
    variables = merged_vars(options.vars_file, all_rooms=options.all_rooms)
    if not options.demo and not any(variables.get(place) for place in PLACES):
        print(
            f"{options.vars_file} does not say where the orders are, and the demo is not built in "
            "their place. Write lifecycle_input_files: {orders: /path/to/file.csv}; "
            "`make suggest INPUT=/path/to/file.csv` prints it with the columns."
        )
        return 1
    print(headline(options.demo, options.vars_file), flush=True)
    warehouse = Path(WAREHOUSE)
    return 0 if build_beside(warehouse, variables, full_refresh=options.full_refresh) else 1


if __name__ == "__main__":
    sys.exit(main())
