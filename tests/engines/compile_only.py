"""Compile every model for warehouses that are not here, and look for SQL that they refuse.

Each adapter is the real one, over a connection that answers nothing. The SQL it makes is parsed in
the warehouse's dialect, and the tree is searched for what the warehouse's manual forbids and for
what gave wrong numbers once. Nothing is run: this says that the SQL may work, not that it does.
Called by `make test-compile`.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import sqlglot
import yaml
from dbt.adapters.contracts.connection import AdapterResponse
from dbt.adapters.factory import get_adapter_class_by_name, load_plugin
from dbt.cli.main import dbtRunner
from dbt_common.clients.agate_helper import empty_table, table_from_rows
from sqlglot import exp

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Engine:
    """A warehouse: what its profile must have, and what it calls the types of the inputs."""

    name: str
    profile: Mapping[str, Any]
    double: str
    text: str
    instant: str
    decimal: str = "decimal(18, 4)"


ENGINES = {
    engine.name: engine
    for engine in (
        Engine(
            "snowflake",
            {"account": "a", "user": "u", "password": "p", "database": "d", "warehouse": "w"},
            double="double",
            text="varchar",
            instant="timestamp_tz",
        ),
        Engine(
            "databricks",
            {"host": "h", "http_path": "/sql", "token": "t", "catalog": "c"},
            double="double",
            text="string",
            instant="timestamp",
        ),
        Engine(
            "bigquery",
            {"method": "oauth", "project": "p"},
            double="float64",
            text="string",
            instant="timestamp",
            decimal="numeric",
        ),
        Engine(
            "redshift",
            {"host": "h", "port": 5439, "user": "u", "password": "p", "dbname": "d"},
            double="double precision",
            text="character varying(256)",
            instant="timestamp with time zone",
        ),
        Engine(
            "trino",
            {"method": "none", "host": "h", "port": 8080, "user": "u", "database": "d"},
            double="double",
            text="varchar",
            instant="timestamp(3) with time zone",
        ),
    )
}

# The inputs: each kind of column is there in some type that has to be converted.
INPUTS = {
    "orders": {
        "order_id": "bigint",
        "customer_id": "text",
        "ordered_at": "instant",
        "amount": "text",
        "product_cost": "decimal",
        "discount_amount": "double",
        "channel": "text",
        "currency": "text",
        "status": "text",
        "updated_at": "text",
    },
    "customers": {
        "customer_id": "text",
        "registered_at": "text",
        "birth_date": "date",
        "acquisition_channel": "text",
        "acquisition_cost": "text",
        "marketing_consent": "text",
        "region": "text",
        "x_card": "text",
    },
    "order_lines": {
        "order_id": "double",
        "line_number": "bigint",
        "product_id": "text",
        "category": "text",
        "quantity": "text",
        "amount": "text",
        "product_cost": "double",
    },
    "contact_costs": {
        "customer_id": "decimal",
        "contacted_on": "instant",
        "channel": "text",
        "cost": "text",
        "campaign_id": "bigint",
    },
    "campaigns": {
        "campaign_id": "bigint",
        "name": "text",
        "starts_on": "date",
        "ends_on": "instant",
        "kind": "text",
        "unit_cost": "text",
        "fixed_cost": "double",
        "window_days": "bigint",
        "is_randomised": "text",
    },
    "campaign_members": {
        "campaign_id": "bigint",
        "customer_id": "text",
        "arm": "text",
        "assigned_on": "text",
        "planned_share": "double",
        "probability_purchase": "double",
        "expected_amount": "decimal",
    },
    "offers": {
        "offer_id": "text",
        "name": "text",
        "campaign_id": "bigint",
        "unit_cost": "decimal",
    },
    "redemptions": {
        "redemption_id": "bigint",
        "offer_id": "text",
        "customer_id": "text",
        "redeemed_on": "instant",
        "cost": "text",
    },
    "marketing_spend": {
        "spend_id": "bigint",
        "period_start": "text",
        "goal": "text",
        "channel": "text",
        "campaign_id": "bigint",
        "cost": "double",
    },
}
VARS = {
    "lifecycle_rooms": "all",
    "lifecycle_inputs": list(INPUTS),
    "lifecycle_input_schema": "raw",
    "lifecycle_purchase_models": False,
    "lifecycle_untested_engine": True,
    "lifecycle_timezone": "America/New_York",
    "lifecycle_model_segment": "acquisition_channel",
    "lifecycle_excluded_statuses": ["cancelled"],
    "lifecycle_amount_factor": {"orders": 0.01},
}


@dataclass
class Report:
    """What came of one engine."""

    engine: str
    compiled: int = 0
    problems: list[str] = field(default_factory=list)


# ------------------------------------------------------------------------------------------ compile


def stub_adapter(engine: Engine, *, has_tables: bool) -> None:
    """Let the adapter of an engine answer without a warehouse: every table is there, or none."""
    load_plugin(engine.name)
    adapter = get_adapter_class_by_name(engine.name)
    types = {kind: getattr(engine, kind) for kind in ("text", "instant", "double", "decimal")}

    def columns(self: Any, relation: Any, *_: Any) -> list:  # noqa: ANN401
        found = INPUTS.get(relation.identifier.lower(), {})
        return [self.Column(name, types.get(kind, kind)) for name, kind in found.items()]

    def relation(self: Any, database: str, schema: str, identifier: str) -> Any:  # noqa: ANN401
        if not has_tables:
            return None
        return self.Relation.create(
            database=database, schema=schema, identifier=identifier, type="table"
        )

    def opened(_: type, connection: Any) -> Any:  # noqa: ANN401
        connection.state = "open"
        connection.handle = SimpleNamespace(
            close=lambda: None,
            rollback=lambda: None,
            dbr_version=(17, 0),  # which Databricks is asked
        )
        return connection

    adapter.get_columns_in_relation = columns
    adapter.get_relation = relation
    adapter.list_relations_without_caching = lambda *_: []
    adapter.list_schemas = lambda *_: []
    adapter.check_schema_exists = lambda *_: True
    adapter.execute = lambda *_, **__: (
        AdapterResponse("nothing was run"),
        table_from_rows([[1]], ["answer"]) if has_tables else empty_table(),
    )
    adapter.ConnectionManager.open = classmethod(opened)
    for name in ("add_begin_query", "add_commit_query", "begin", "commit", "rollback_if_open"):
        if hasattr(adapter.ConnectionManager, name):
            setattr(adapter.ConnectionManager, name, lambda *_, **__: None)


def compile_models(engine: Engine, folder: Path, *, has_tables: bool) -> dict[str, str]:
    """Compile what dbt would run: SQL by name."""
    stub_adapter(engine, has_tables=has_tables)
    profile = {"type": engine.name, "schema": "lifecycle", "threads": 1, **engine.profile}
    folder.mkdir(exist_ok=True)
    (folder / "profiles.yml").write_text(
        yaml.safe_dump({"customer_lifecycle": {"target": "stub", "outputs": {"stub": profile}}}),
        encoding="utf-8",
    )
    words = ["--quiet", "compile", "--project-dir", str(PROJECT), "--profiles-dir", str(folder)]
    words += ["--target-path", str(folder), "--log-path", str(folder), "--no-populate-cache"]
    words += ["--threads", "1"]
    words += ["--vars", json.dumps(VARS)]
    outcome = dbtRunner().invoke(words)
    if outcome.exception:
        raise outcome.exception
    failed = [
        f"{result.node.name}: {result.message}" for result in outcome.result if result.message
    ]
    if not outcome.success:
        raise SystemExit("\n".join([f"{engine.name}: not everything compiles", *failed]))
    return {
        result.node.name: result.node.compiled_code
        for result in outcome.result
        if result.node.resource_type in ("model", "test") and result.node.compiled_code
    }


# -------------------------------------------------------------------------------------------- check

Check = Callable[[exp.Expression], Iterator[str]]


def found(kind: type[exp.Expression] | tuple, what: str) -> Check:
    """Forbid a kind of node."""

    def check(tree: exp.Expression) -> Iterator[str]:
        for node in tree.find_all(kind):
            yield f"{what}: {node.sql()[:80]}"

    return check


def where_without_from(tree: exp.Expression) -> Iterator[str]:
    """A condition needs a table."""
    for select in tree.find_all(exp.Select):
        if select.args.get("where") and not select.args.get("from_", select.args.get("from")):
            yield f"where without from: {select.sql()[:80]}"


def outer_join_without_equality(tree: exp.Expression) -> Iterator[str]:
    """An outer join needs columns of both sides that are equal."""
    for join in tree.find_all(exp.Join):
        if not join.side:
            continue
        condition = join.args.get("on")
        own = join.alias_or_name
        conditions = condition.flatten() if isinstance(condition, exp.And) else [condition]
        if not any(
            isinstance(part, exp.EQ)
            and {column.table == own for column in part.find_all(exp.Column)} == {True, False}
            and len({column.table == own for column in part.left.find_all(exp.Column)}) == 1
            and len({column.table == own for column in part.right.find_all(exp.Column)}) == 1
            for part in map(exp.Expression.unnest, conditions)
            if part is not None
        ):
            yield f"outer join without an equality: {join.sql()[:120]}"


def numeric_without_digits(tree: exp.Expression) -> Iterator[str]:
    """A decimal of which nothing is said has no decimals."""
    for kind in tree.find_all(exp.DataType):
        if kind.this == exp.DataType.Type.DECIMAL and not kind.expressions:
            yield f"decimal without digits: {kind.parent.sql()[:80]}"


def numeric_too_wide(tree: exp.Expression) -> Iterator[str]:
    """BigQuery's numeric has 29 digits before the point and 9 behind it."""
    for kind in tree.find_all(exp.DataType):
        if kind.this == exp.DataType.Type.DECIMAL and kind.expressions:
            precision, scale = ([int(size.name) for size in kind.expressions] + [0])[:2]
            if precision - scale > 29 or scale > 9:
                yield f"numeric too wide: {kind.parent.sql()[:80]}"


def running_total_without_frame(tree: exp.Expression) -> Iterator[str]:
    """An aggregate over ordered rows must say which of them."""
    for window in tree.find_all(exp.Window):
        if (
            window.args.get("order")
            and not window.args.get("spec")
            and isinstance(window.this, exp.AggFunc)
            and not isinstance(
                window.this,
                (exp.RowNumber, exp.Lag, exp.Lead, exp.Rank, exp.DenseRank, exp.PercentRank),
            )
        ):
            yield f"running total without a frame: {window.sql()[:100]}"


def text_cast_only(tree: exp.Expression) -> Iterator[str]:
    """Snowflake's try_cast takes text."""
    for cast in tree.find_all(exp.TryCast):
        inner = cast.this.unnest()
        is_text = isinstance(inner, exp.Cast) and inner.to.is_type("varchar", "text")
        if not is_text and not isinstance(inner, (exp.Trim, exp.Nullif)):
            yield f"try_cast of no text: {cast.sql()[:80]}"


QUANTILES = found(
    (exp.PercentileCont, exp.PercentileDisc, exp.Quantile, exp.Median),
    "quantile as an aggregate",
)
AT_TIME_ZONE = found(exp.AtTimeZone, "at time zone")
CHECKS: dict[str, tuple[Check, ...]] = {
    "snowflake": (AT_TIME_ZONE, text_cast_only),
    "databricks": (AT_TIME_ZONE,),
    "bigquery": (
        QUANTILES,
        AT_TIME_ZONE,
        where_without_from,
        outer_join_without_equality,
        numeric_too_wide,
    ),
    "redshift": (
        QUANTILES,
        numeric_without_digits,
        running_total_without_frame,
    ),
    "trino": (QUANTILES,),
}
# Functions and types, as they are written, that a warehouse does not have.
REFUSED_WORDS = {
    "snowflake": r"\b(?:ceiling|isfinite|hashtext|struct) *\(|\bas (?:hugeint|float64|int64)\b",
    "databricks": r"\b(?:isfinite|hashtext) *\("
    r"|\bas (?:hugeint|float64|int64|double precision|text)\b",
    "bigquery": r"\b(?:isfinite|hash|hashtext|min_by|max_by) *\("
    r"|\bas (?:hugeint|double|varchar|text|real|char)\b",
    "redshift": r"\b(?:isfinite|hash|hashtext|array_agg|min_by|max_by) *\("
    r"|\bas (?:hugeint|double(?! precision)|float64|int64|string)\b",
    "trino": r"\b(?:isfinite|hash|hashtext|struct) *\("
    r"|\bas (?:hugeint|text|string|float64|int64|double precision)\b",
}
# Functions that sqlglot does not know and the warehouse does.
KNOWN_FUNCTIONS: dict[str, set[str]] = {
    "snowflake": {"hash"},
    "databricks": {"hash"},
    "bigquery": set(),
    "redshift": set(),
    "trino": {"from_big_endian_64", "to_milliseconds", "xxhash64"},
}


# What once stood in the project, and has to be found when it comes back.
REFUSED = {
    "snowflake": [
        "select a at time zone 'UTC' from t",
        "select try_cast(a as decimal(18, 4)) from t",
        "select ceiling(a) from t",
        "select cast(a as hugeint) from t",
        "select no_such_function(a) from t",
    ],
    "databricks": ["select a at time zone 'UTC' from t", "select cast(a as text) from t"],
    "bigquery": [
        "select percentile_cont(0.5) within group (order by a) from t",
        "select quantile_cont(a, 0.5) from t",
        "select a from t union select a from u",
        "select 1 as a where false",
        "select t.a from t left join u on t.a > u.a",
        "select t.a from t left join u on u.a is not null",
        "select t.a from t full join u on t.a = t.b",
        "select cast(a as decimal(38, 0)) from t",
        "select cast(a as decimal(30, 10)) from t",
        "select isfinite(a) from t",
        "select cast(a as varchar) from t",
    ],
    "redshift": [
        "select cast(a as numeric) from t",
        "select percentile_disc(0.5) within group (order by a desc) from t",
        "select sum(a) over (order by b) from t",
        "select isfinite(a) from t",
        "select (array_agg(a order by b))[1] from t",
        "select cast(a as double) from t",
    ],
    "trino": [
        "select percentile_cont(0.5) within group (order by a) from t",
        "select hash(a, b) from t",
        "select min_by(a, struct(b, c)) from t",
        "select cast(a as string) from t",
    ],
}


def prove_checks(engine: str) -> Iterator[str]:
    """Say which of the refused statements would be let through."""
    for sql in REFUSED[engine]:
        if not list(problems_of(engine, sql)):
            yield f"{engine}: the check lets through: {sql}"


def problems_of(engine: str, sql: str) -> Iterator[str]:
    """Say what is wrong with a statement."""
    try:
        trees = [tree for tree in sqlglot.parse(sql, dialect=engine) if tree is not None]
    except sqlglot.errors.SqlglotError as problem:
        yield f"does not parse: {str(problem).splitlines()[0]}"
        return
    for tree in trees:
        if isinstance(tree, exp.Command):
            yield f"is no query: {tree.sql()[:80]}"
        for check in CHECKS[engine]:
            yield from check(tree)
        for node in tree.find_all(exp.Anonymous):
            if node.name.lower() not in KNOWN_FUNCTIONS[engine]:
                yield f"unknown function {node.name.lower()}: {node.sql()[:80]}"
    without_texts = re.sub(r"'(?:[^']|'')*'", "''", re.sub(r"--[^\n]*", "", sql))
    for match in re.finditer(REFUSED_WORDS[engine], without_texts, re.IGNORECASE):
        yield f"unknown word: {match[0]}"


def check_engine(engine: Engine, keep: Path | None = None) -> Report:
    """Compile a first and a later build, and check both."""
    report = Report(engine.name, problems=list(prove_checks(engine.name)))
    with TemporaryDirectory(prefix="lifecycle_compile_", ignore_cleanup_errors=True) as folder:
        # The later build finds what the first one has parsed.
        compiled_by_build = {
            build: compile_models(engine, Path(folder) / "target", has_tables=build == "later")
            for build in ("first", "later")
        }
    for build, compiled in compiled_by_build.items():
        report.compiled = len(compiled)
        for name, sql in sorted(compiled.items()):
            if keep:
                file = keep / engine.name / build / f"{name}.sql"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(sql, encoding="utf-8")
            # Few models are other ones when their tables are there.
            if build == "later" and sql == compiled_by_build["first"].get(name):
                continue
            problems = list(problems_of(engine.name, sql))
            # Each input has values to convert; a cast that fails must give null there.
            if name.endswith("_read") and not re.search(r"\b(?:try|safe)_cast\b", sql):
                problems.append("one value that cannot be read stops the build")
            for problem in problems:
                if (line := f"{engine.name}: {name}: {problem}") not in report.problems:
                    report.problems.append(line)
    return report


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the engines, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("engines", nargs="*", metavar="engine", help=", ".join(ENGINES))
    parser.add_argument("--summary", action="store_true", help="counts problems by kind")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="writes the SQL there")
    options = parser.parse_args(arguments)
    engines = [ENGINES[name] for name in options.engines or ENGINES]
    with ProcessPoolExecutor(2, get_context("spawn")) as processes:
        reports = list(processes.map(check_engine, engines, repeat(options.keep)))
    for report in reports:
        if options.summary:
            kinds = Counter(line.split(": ")[2] for line in report.problems)
            print(*(f"{report.engine}: {count} {kind}" for kind, count in kinds.items()), sep="\n")
        else:
            print(*report.problems, sep="\n")
        print(f"{report.engine}: {report.compiled} statements, {len(report.problems)} problems")
    return int(any(report.problems for report in reports))


if __name__ == "__main__":
    sys.exit(main())
