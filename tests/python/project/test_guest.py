"""The package serves another dbt project: integration_tests/ is built as its owner would."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from dbt_project import PROJECT

SHOP = PROJECT / "integration_tests"
# One process, since the imports of dbt take longer than the builds.
AS_ITS_OWNER_WOULD = """
import sys
from dbt.cli.main import dbtRunner

for command in ("deps", "seed", "build"):
    if not dbtRunner().invoke([command, "--quiet", "--log-level-file", "none"]).success:
        sys.exit(f"dbt {command} failed")
"""


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corner_shop")
    path = folder / "corner_shop.duckdb"
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("DBT_")
    } | {
        "CORNER_SHOP_WAREHOUSE": str(path),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }
    run = subprocess.run(
        [sys.executable, "-c", AS_ITS_OWNER_WOULD],
        cwd=SHOP,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return path


def test_everything_of_the_package_is_in_the_schema_that_the_shop_chose(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        schemas = connection.sql(
            "select schema_name, table_name from duckdb_tables() order by table_name"
        ).fetchall()
    shop_tables = {table for schema, table in schemas if schema == "main"}
    assert shop_tables == {
        *("receipts", "members", "receipt_lines", "mailings", "lifecycle_rfm_segments"),
        *("letters", "letter_members", "vouchers", "voucher_uses", "bills"),
    }
    assert {schema for schema, _ in schemas} == {
        *("main", "main_lifecycle", "main_lifecycle_internal"),
    }
    marts = {table for schema, table in schemas if schema == "main_lifecycle"}
    assert not {name for name in marts if name.startswith(("stg_lifecycle__", "int_lifecycle__"))}


def test_the_shops_calendar_is_its_own(warehouse: Path) -> None:
    """Moments without an offset keep their day, whatever the shop's own var `timezone` says."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        assert connection.sql(
            """
            select count(*)
            from main_lifecycle_internal.stg_lifecycle__orders as kept
            inner join main.receipts on kept.order_id = receipts.receipt
            where kept.ordered_on <> cast(receipts.sold_at as date)
            """
        ).fetchone() == (0,)
