"""Puts the vars of a call of dbt together: `dbt build --vars "$(python dev/dbt_vars.py ...)"`.

dbt takes one ``--vars``, so what a file says and what is added to it are merged here.
"""

import argparse
from pathlib import Path
from typing import Any

import yaml

ALL_ROOMS = {"lifecycle_rooms": "all"}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where the vars come from."""
    parser.add_argument(
        "--vars-file", type=Path, help="YAML with the vars, as `make suggest` prints it"
    )
    parser.add_argument(
        "--all-rooms", action="store_true", help="builds every room, unless the file says which"
    )


def merged_vars(vars_file: Path | None, *, all_rooms: bool) -> dict[str, Any]:
    """Merge the vars of a file with those that are added.

    Parameters
    ----------
    vars_file
        YAML: the vars by name, or the same under the one key `vars`.
    all_rooms
        Whether every room is built. What the file says about rooms goes before.

    Returns
    -------
    dict
        Value by name of var.

    Raises
    ------
    SystemExit
        If the file is missing or holds no vars.
    """
    given: Any = {}
    if vars_file is not None:
        try:
            given = yaml.safe_load(vars_file.read_text(encoding="utf-8"))
        except (OSError, yaml.YAMLError) as problem:
            raise SystemExit(f"{vars_file} cannot be read: {problem}") from problem
        if isinstance(given, dict):
            given = given.get("vars", given)
        if not isinstance(given, dict):
            raise SystemExit(f"{vars_file} holds no vars: write a line `name: value` for each")
    return {**(ALL_ROOMS if all_rooms else {}), **given}


def as_text(variables: dict[str, Any]) -> str:
    """Write vars as YAML in one line, for `--vars`."""
    return yaml.safe_dump(
        variables, default_flow_style=True, allow_unicode=True, sort_keys=False, width=float("inf")
    ).strip()


def main() -> None:
    """Print the vars."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    options = parser.parse_args()
    print(as_text(merged_vars(options.vars_file, all_rooms=options.all_rooms)))


if __name__ == "__main__":
    main()
