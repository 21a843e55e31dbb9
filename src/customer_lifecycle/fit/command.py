"""The command that builds with fits where dbt does not run them itself."""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence, Set
from pathlib import Path

from customer_lifecycle.fit.export import export_marts
from customer_lifecycle.fit.profiles import SetupError, read_setup
from customer_lifecycle.fit.rounds import run_round
from customer_lifecycle.fit.warehouses import connect

# Of fits, as macros/purchase_models/fits.sql has them.
ROUNDS = 4
AFTER = "tag:lifecycle_after_round_{}+"

# What dbt ls needs as well to know what a selection holds.
CHOICES_WITH_VALUE = ("--state", "--defer-state", "--indirect-selection")
CHOICES = ("--defer", "--favor-state")

DESCRIPTION = """
Runs the fits (the Python models) beside dbt, where the adapter runs none, and on dbt v2.

  python -m customer_lifecycle.fit build ...
      dbt build with all its options, in five calls, and the fits between them
  python -m customer_lifecycle.fit round N
      the fits of round N, 1 to 4, for whoever calls dbt:
      dbt build --exclude tag:lifecycle_after_round_1+ tag:lifecycle_after_round_2+ ... _4+
      python -m customer_lifecycle.fit round 1
      dbt build --select tag:lifecycle_after_round_1+ --exclude tag:lifecycle_after_round_2+ ... _4+
      python -m customer_lifecycle.fit round 2
      and so on
  python -m customer_lifecycle.fit export FILE
      the marts into a DuckDB file, for the boards: python -m customer_lifecycle.dashboard FILE
"""


def selections(select: Sequence[str], exclude: Sequence[str]) -> list[list[str]]:
    """Divide a selection of dbt's among the calls, so that each node is in one of them.

    Parameters
    ----------
    select, exclude
        What stands behind --select and --exclude.

    Returns
    -------
    list of list of str
        The options of each call, in their order: what needs no fits, what needs those of the first
        round, and so on.
    """
    calls = []
    for number in range(ROUNDS + 1):
        after = AFTER.format(number)
        chosen = list(select)
        if number:
            chosen = [f"{part},{after}" for part in select] or [after]
        left_out = [*exclude, *(AFTER.format(later) for later in range(number + 1, ROUNDS + 1))]
        options = ["--select", *chosen] if chosen else []
        calls.append(options + (["--exclude", *left_out] if left_out else []))
    return calls


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, or run one round; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m customer_lifecycle.fit",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--dbt", default=_dbt(), help="the dbt that is called")
    what = parser.add_subparsers(dest="what", required=True)
    build = what.add_parser("build", help="dbt build and the fits; all options of dbt build")
    build.add_argument("--select", "-s", nargs="+", action="extend", default=[])
    build.add_argument("--exclude", nargs="+", action="extend", default=[])
    build.add_argument("--vars")
    for option in CHOICES_WITH_VALUE:
        build.add_argument(option)
    for option in CHOICES:
        build.add_argument(option, action="store_true")
    one_round = what.add_parser("round", help="the fits of one round")
    one_round.add_argument("number", type=int, choices=range(1, ROUNDS + 1))
    export = what.add_parser("export", help="the marts into a DuckDB file")
    export.add_argument("file", type=Path)
    for command in (build, one_round, export):
        for option in ("--project-dir", "--profiles-dir", "--profile", "--target-path"):
            command.add_argument(option)
        command.add_argument("--target", "-t")
    options, others = parser.parse_known_args(arguments)
    if others and options.what != "build":
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    places = {
        name: getattr(options, name)
        for name in ("project_dir", "profiles_dir", "profile", "target", "target_path")
    }
    try:
        if options.what == "round":
            _fit(places, options.number)
            return 0
        if options.what == "export":
            setup = read_setup(**places)
            with connect(setup) as warehouse:
                for line in export_marts(setup, warehouse, options.file):
                    print(line, flush=True)
            return 0
        shared = [
            word
            for name, value in places.items()
            if value is not None
            for word in (f"--{name.replace('_', '-')}", value)
        ]
        shared += _choices(options)
        selected = selected_models(options.dbt, options.select, options.exclude, shared)
        for number, selection in enumerate(selections(options.select, options.exclude)):
            if number:
                _fit(places, number, selected)
            call = subprocess.run([options.dbt, "build", *selection, *shared, *others], check=False)
            if call.returncode:
                return call.returncode
    except SetupError as problem:
        print(f"customer_lifecycle: {problem}", file=sys.stderr)
        return 2
    return 0


def _choices(options: argparse.Namespace) -> list[str]:
    """Hand on what decides with --select which nodes are chosen."""
    given = vars(options)
    words = []
    for option in ("--vars", *CHOICES_WITH_VALUE):
        value = given[option.removeprefix("--").replace("-", "_")]
        words += [option, value] if value is not None else []
    return words + [
        option for option in CHOICES if given[option.removeprefix("--").replace("-", "_")]
    ]


def selected_models(
    dbt: str, select: Sequence[str], exclude: Sequence[str], others: Sequence[str] = ()
) -> Set[str] | None:
    """Ask dbt which models a selection holds; none where everything is selected.

    Fits that only others read are not run: what they read is not there, or of an earlier build.

    Parameters
    ----------
    dbt
        The dbt that is called.
    select, exclude
        What stands behind --select and --exclude.
    others
        Options that every call of dbt has.

    Returns
    -------
    set of str, or none

    Raises
    ------
    SystemExit
        With dbt's exit code, when it cannot tell.
    """
    chosen = [
        word
        for option, words in (("--select", select), ("--exclude", exclude))
        if words
        for word in (option, *words)
    ]
    if not chosen:
        return None
    listed = subprocess.run(
        [dbt, "--quiet", "ls", "--resource-type", "model", "--output", "name", *chosen, *others],
        check=False,
        stdout=subprocess.PIPE,
        text=True,
    )
    if listed.returncode:
        print(listed.stdout, end="")
        sys.exit(listed.returncode)
    return set(listed.stdout.split())


def _fit(places: dict[str, str | None], number: int, selected: Set[str] | None = None) -> None:
    setup = read_setup(**places)
    with connect(setup) as warehouse:
        for line in run_round(setup, warehouse, number, selected):
            print(f"fits, round {number}: {line}", flush=True)


def _dbt() -> str:
    """Find the dbt of this environment, else that of the machine."""
    beside = Path(sys.executable).with_name("dbt")
    return str(beside) if beside.exists() else shutil.which("dbt") or "dbt"
