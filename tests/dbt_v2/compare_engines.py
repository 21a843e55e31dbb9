"""Read the project with dbt v2, build it with v1 and v2, and compare every value of every mart.

The demos and the shop that has the package installed (integration_tests/), all on DuckDB. On v2 the
demos are built twice, the second time on what is there and with the unit tests. Called by
`make test-v2`, which installs dbt v2 and lets it import from dev/; `make test-v2-parse` only reads.
"""

import argparse
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import compare_marts
import yaml
from dbt_vars import as_text, merged_vars

PROJECT = Path(__file__).resolve().parents[2]
SHOP = PROJECT / "integration_tests"

# What is parsed, with other models left out each time. The shop's own test wants every room.
PARSED = {
    PROJECT: [
        {},
        {"lifecycle_purchase_models": False},
        {"lifecycle_rooms": "all"},
        {"lifecycle_rooms": []},
    ],
    SHOP: [{}, {"lifecycle_purchase_models": False}],
}

DEMOS = {"cdnow": None, "simulated": PROJECT / "data" / "demo" / "simulated.vars.yml"}
# The unit tests need every input.
DEMO_OF_UNIT_TESTS = "simulated"
# Unit tests that v2 cannot run; each says why.
V1_ALONE = ["tag:lifecycle_dbt_v1"]


class EngineError(Exception):
    """What went wrong, for people."""


@dataclass(frozen=True)
class Engine:
    """A dbt, what it needs of the environment, and where it writes."""

    name: str
    dbt: Path
    folder: Path
    environment: Mapping[str, str]
    fits_by_command: bool = False

    def run(
        self,
        *words: str,
        project: Path = PROJECT,
        variables: Mapping[str, Any] | None = None,
        with_fits: bool = False,
        **environment: str,
    ) -> str:
        """Call dbt from the project's folder, print what it took, and return what it printed."""
        call = [str(self.dbt), *words, "--project-dir", ".", "--profiles-dir", "."]
        if with_fits and self.fits_by_command:
            call[:1] = [sys.executable, "-m", "customer_lifecycle.fit", "--dbt", str(self.dbt)]
        call += ["--target-path", str(self.folder / "target"), "--log-path", str(self.folder)]
        call += ["--vars", as_text(dict(variables))] if variables else []
        began, used = time.monotonic(), _cpu_seconds()
        done = subprocess.run(
            call,
            cwd=project,
            env={**os.environ, **self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        text = done.stdout + done.stderr
        # Data tests that warn are the shop's matter; v2 writes those in another way.
        if done.returncode or "[warning]" in text or "[error]" in text or "Deprecat" in text:
            raise EngineError(f"{self.name}, dbt {' '.join(words)} in {project.name}:\n{text}")
        print(
            f"{self.name}  {words[0]:6} {project.name}: {time.monotonic() - began:.0f} s, "
            f"CPU {_cpu_seconds() - used:.0f} s  {_summary(text)}",
            flush=True,
        )
        return text


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _summary(text: str) -> str:
    """What dbt says at the end about the nodes."""
    found = re.findall(r"(?:Summary: |Done\. )(.*)", text)
    return found[-1] if found else ""


def engines(folder: Path, dbt_v2: Path, library: Path | None) -> tuple[Engine, Engine]:
    """Give both engines. v2 finds DuckDB in the library's folder, and writes no file at home."""
    for name in ("v1", "v2", "home"):
        (folder / name).mkdir()
    own = {"HOME": str(folder / "home"), "RUST_BACKTRACE": "0"}
    own |= {"LD_LIBRARY_PATH": str(library.absolute())} if library else {}
    # A package's seeds are found on v2 only where packages are outside the project.
    packages = {"DBT_PACKAGES_INSTALL_PATH": str(folder / "packages")}
    return (
        Engine("v1", Path(sys.executable).with_name("dbt"), folder / "v1", packages),
        Engine("v2", dbt_v2, folder / "v2", {**own, **packages}, fits_by_command=True),
    )


def every_var(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Add what dbt_project.yml says: on v2 a unit test that overrides one var knows no other."""
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    return {**project["vars"]["customer_lifecycle"], **variables}


def compare_demo(demo: str, v1: Engine, v2: Engine) -> bool:
    """Build a demo with both engines; whether the marts are equal."""
    variables = merged_vars(DEMOS[demo], all_rooms=True)
    unit_tests = ["--exclude-resource-type", "unit_test"]
    warehouses = {engine.name: engine.folder / f"{demo}.duckdb" for engine in (v1, v2)}
    for engine, left_out in ((v1, [*unit_tests, "test"]), (v2, unit_tests)):
        place = {"CUSTOMER_LIFECYCLE_WAREHOUSE": str(warehouses[engine.name])}
        engine.run("build", *left_out, variables=variables, with_fits=True, **place)
    equal = marts_are_equal(warehouses["v1"], warehouses["v2"], v1, "main")
    if demo == DEMO_OF_UNIT_TESTS:
        left_out = ["--exclude", *V1_ALONE]
        place["LIFECYCLE_UNIT_TESTS"] = "true"
    else:
        left_out = unit_tests
    # The fits are there.
    v2.run("build", *left_out, variables=every_var(variables), **place)
    return equal


def compare_shop(v1: Engine, v2: Engine) -> bool:
    """Do the same where the package is installed."""
    warehouses = {engine.name: engine.folder / "corner_shop.duckdb" for engine in (v1, v2)}
    for engine in (v1, v2):
        place = {"CORNER_SHOP_WAREHOUSE": str(warehouses[engine.name])}
        engine.run("seed", project=SHOP, **place)
        words = ["build", "--exclude-resource-type", "unit_test"]
        engine.run(*words, project=SHOP, with_fits=True, **place)
    return marts_are_equal(warehouses["v1"], warehouses["v2"], v1, "main_lifecycle")


def marts_are_equal(before: Path, after: Path, builder: Engine, schema: str) -> bool:
    """Compare the marts as dev/compare_marts.py does, with no change that is meant."""
    words = [str(before), str(after), "--renames", os.devnull, "--schema", schema]
    words += ["--manifest", str(builder.folder / "target" / "manifest.json")]
    return compare_marts.main(words) == 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, build and compare; return the exit code."""
    parser = argparse.ArgumentParser(description="Compares what dbt v1 and v2 make of the project.")
    parser.add_argument("--dbt", type=Path, required=True, help="the dbt v2")
    parser.add_argument("--library", type=Path, help="folder of libduckdb.so; without, only parse")
    options = parser.parse_args(arguments)
    with TemporaryDirectory() as name:
        v1, v2 = engines(Path(name), options.dbt.absolute(), options.library)
        try:
            place = {"CUSTOMER_LIFECYCLE_WAREHOUSE": str(Path(name) / "parsed.duckdb")}
            place["CORNER_SHOP_WAREHOUSE"] = place["CUSTOMER_LIFECYCLE_WAREHOUSE"]
            v2.run("deps", project=SHOP)
            for project, sets_of_vars in PARSED.items():
                for variables in sets_of_vars:
                    v2.run("parse", project=project, variables=variables, **place)
            if not options.library:
                return 0
            equal = [compare_demo(demo, v1, v2) for demo in DEMOS]
            equal.append(compare_shop(v1, v2))
        except EngineError as failure:
            print(failure)
            return 1
    return 0 if all(equal) else 1


if __name__ == "__main__":
    sys.exit(main())
