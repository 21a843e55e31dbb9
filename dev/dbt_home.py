"""Lets plain `dbt build` work from any folder inside the project's own environment.

Writes a start-up hook into the environment that runs it: dbt called outside of any other dbt
project means this one. Options and variables that are given go before.
"""

import sysconfig
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

HOOK = f"""
import os
import sys
from pathlib import Path

project = Path({str(PROJECT)!r})
words = sys.orig_argv
given = words[words.index("--project-dir") + 1] if "--project-dir" in words[:-1] else "."
here = Path(given).resolve()
nearest = next((p for p in (here, *here.parents) if (p / "dbt_project.yml").exists()), project)
if nearest == project:
    os.environ.setdefault("DBT_PROJECT_DIR", str(project))
    os.environ.setdefault("DBT_PROFILES_DIR", str(project))
"""


def main() -> None:
    """Write the hook and the .pth file that imports it."""
    site_packages = Path(sysconfig.get_path("purelib"))
    (site_packages / "customer_lifecycle_dbt_home.py").write_text(HOOK)
    (site_packages / "customer_lifecycle_dbt_home.pth").write_text(
        "import customer_lifecycle_dbt_home\n"
    )


if __name__ == "__main__":
    main()
