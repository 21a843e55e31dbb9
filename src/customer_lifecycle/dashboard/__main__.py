"""Renders the boards: `python -m customer_lifecycle.dashboard [WAREHOUSE]`."""

import argparse
import os
import sys
from pathlib import Path

from customer_lifecycle.dashboard import BoardError, render_dashboard

WAREHOUSE = os.environ.get("CUSTOMER_LIFECYCLE_WAREHOUSE", "warehouse/demo.duckdb")


def main() -> None:
    """Render every board of a folder from a warehouse file, with an index page."""
    parser = argparse.ArgumentParser(prog="python -m customer_lifecycle.dashboard")
    parser.add_argument("warehouse", nargs="?", type=Path, default=Path(WAREHOUSE))
    parser.add_argument("--schema", default="main", help="where the marts are; default: main")
    parser.add_argument("--boards", type=Path, default=Path("charts"), help="default: charts")
    parser.add_argument("--output", type=Path, default=Path("dashboard"), help="default: dashboard")
    options = parser.parse_args()
    if not options.warehouse.exists():
        sys.exit(f"There is no warehouse at {options.warehouse}. Run `make build` first.")
    try:
        pages = render_dashboard(options.warehouse, options.boards, options.output, options.schema)
    except BoardError as error:
        sys.exit(str(error))
    for page in pages:
        print(f"{page}  {page.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
