"""Prints the summary of a build: `python -m customer_lifecycle.summary [WAREHOUSE]`."""

import argparse
import os
import sys
from itertools import groupby
from pathlib import Path

import duckdb

WAREHOUSE = os.environ.get("CUSTOMER_LIFECYCLE_WAREHOUSE", "warehouse/demo.duckdb")
FIRST_QUERY = (
    "select customer_id, silence_status, absence_text, lifecycle_stage, historic_amount, clv_365d "
    "from customer_360 where silence_status = 'near_silent' order by clv_365d desc limit 10"
)


def summary_text(lines: list[tuple[str, str, str | None]]) -> str:
    """Lay out the rows (topic, item, value) of the mart `build_summary`, in order."""
    width = max((len(item) for _, item, _ in lines), default=0)
    blocks = []
    for topic, rows in groupby(lines, key=lambda row: row[0]):
        block = [topic]
        for _, item, value in rows:
            shown = f"{int(value):,}" if value and value.isdigit() else value
            block.append(f"  {item:<{width}}  {shown or 'none':>14}")
        blocks.append("\n".join(block))
    return "\n".join(blocks)


def main() -> None:
    """Read the mart `build_summary` from the warehouse file and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("warehouse", nargs="?", type=Path, default=Path(WAREHOUSE))
    warehouse = parser.parse_args().warehouse
    if not warehouse.exists():
        sys.exit(f"There is no warehouse at {warehouse}. Run `make build` first.")
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        lines = connection.sql(
            "select topic, item, value from build_summary order by line_number"
        ).fetchall()
    print(summary_text(lines))
    print(f"\nwarehouse  {warehouse}\na query to start with\n  {FIRST_QUERY}")


if __name__ == "__main__":
    main()
