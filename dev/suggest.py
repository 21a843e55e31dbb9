"""Prints the vars for a file of one's own; what `make suggest` calls.

The YAML goes to the standard output and nothing else does, so that it can be redirected into a
file; warnings and errors go to the standard error.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from dbt_vars import add_options, as_text, merged_vars

if TYPE_CHECKING:
    from dbt_common.events.base_types import EventMsg


def tell(event: "EventMsg") -> None:
    """Write what a macro prints to the standard output, what goes wrong to the standard error."""
    if event.info.name == "PrintEvent":
        print(event.info.msg)
    elif event.info.level in ("warn", "error"):
        print(event.info.msg, file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Look at the file, and return the exit code."""
    # Importing dbt takes seconds, which a wrong option need not wait for.
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", type=Path, help="a Parquet or CSV file, or a folder of such files")
    add_options(parser)
    options = parser.parse_args(arguments)
    variables = merged_vars(options.vars_file, all_rooms=options.all_rooms)

    from dbt.cli.main import dbtRunner

    outcome = dbtRunner(callbacks=[tell]).invoke(
        [
            *("run-operation", "suggest_vars", "--log-level", "none", "--no-use-colors"),
            *("--vars", as_text(variables)),
            *("--args", yaml.safe_dump({"path": str(options.input.absolute())})),
        ]
    )
    return 0 if outcome.success else 1


if __name__ == "__main__":
    sys.exit(main())
