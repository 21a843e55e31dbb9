"""Quotients of money are exact and rounded half away from zero, however large they are."""

import random
from decimal import ROUND_HALF_UP, Decimal, localcontext
from pathlib import Path

import duckdb
import pyarrow as pa
from dbt_project import run_dbt

NUMBERS = [
    *("99999999999999.9999", "-99999999999999.9999", "100000000000000", "-100000000000000"),
    *("999999999.9999", "1000000000", "-1000000000", "0.0001", "-0.0001", "0.0005", "0"),
]


def test_quotients_are_those_of_decimal_arithmetic(tmp_path: Path) -> None:
    inline = """
    {% do exceptions.raise_compiler_error(
        '<<' ~ customer_lifecycle.rounded_quotient('number', 'divisor') ~ '>>'
    ) %}
    """
    text = run_dbt(tmp_path, command=("compile", "--inline", inline)).text
    quotient = text[text.index("<<") + 2 : text.index(">>")]

    draw = random.Random(7)
    numbers = [Decimal(text) for text in NUMBERS]
    numbers += [
        Decimal(draw.randint(-(10**digits), 10**digits)).scaleb(-4)
        for digits in range(24)
        for _ in range(200)
    ]
    rows = [(number, divisor) for number in numbers for divisor in (1, 2, 3, draw.randint(4, 9999))]
    table = pa.table(
        {
            "number": pa.array([number for number, _ in rows], pa.decimal128(24, 4)),
            "divisor": pa.array([divisor for _, divisor in rows], pa.int64()),
        }
    )
    with duckdb.connect() as connection:
        connection.register("quotients", table)
        found = connection.execute(f"select {quotient} from quotients").fetchall()
    with localcontext(prec=60):
        expected = [
            (number / divisor).quantize(Decimal("0.0001"), ROUND_HALF_UP)
            for number, divisor in rows
        ]
    assert [value for (value,) in found] == expected
