"""A var that is wrong stops the run before anything is built, and says what to write instead."""

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from dbt_project import PROJECT, Run, lay_out, run_dbt

ONE_ORDER = "order_id,customer_id,ordered_at,amount\n1,anna,2011-06-30,10\n"

# Each round is one run with all its vars, so that every problem must be told, and at once.
ROUNDS = [
    [
        ("lifecycle_inputs", ["customers", "visits"], "lifecycle_inputs names visits, which is no input; there are: orders, customers."),
        ("lifecycle_inputs", ["customers", "visits"], "lifecycle_inputs must name orders, the one required input."),
        ("lifecycle_input_tables", {"baskets": "b"}, "lifecycle_input_tables names baskets, which is no input; there are: orders, customers."),
    ],
]
