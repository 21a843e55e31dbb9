"""Reads dates in text on another warehouse and on DuckDB, and compares what is read.

Every text is read in its format by the project's own macro; the sessions have another time zone
than the vars say.
"""

import json
import os
import re
import sys
from pathlib import Path

import duckdb
from inputs import PROJECT
from servers import ComparisonError, Server, run

# Formats with texts that are of it, or nearly, between bars. None: ISO 8601.
TEXTS: dict[str | None, str] = {
    None: (
        "1998-01-02|1998-1-2|1998/01/02|  1998-01-02|1998-01-02 |1998.01.02|19980102|"
        "1998-01-02T03:04|1998-01-02 3:4:5|1998-01-02 03:04:05.123|1998-01-02 03:04:05,5|"
        "1998-01-02 10:00:00.9999999|1998-01-02T03|1998-01-02 23:59:60|1998-01-02 24:00:00|"
        "1998-01-02 25:00:00Z|1998-01-02 10:00:00 |1998-01-02 03:04:05 PM|1998-01-02 x|"
        "1998-02-30|1998-11-31|1998-13-02|1998-00-02|1996-02-29|1900-02-29|2000-02-29|"
        "1998-01-02 10:00:00+02:00|1998-01-02T10:00Z|1998-01-02T10:00z|"
        " 1998-01-02 10:00:00+02|1998-01-02 10:00 UTC|1998-01-02 10:00:00.5 +0230|"
        "1998-01-02 10:00:00+2|1998/01/02 10:00:00Z|1998-01-02 00:30:00 GMT|"
        "1998-07-02 00:30:00-05:30|05-01-22|01/02/1998|infinity|now|today|ten|"
    ),
    "%d/%m/%Y": (
        "1/2/1998| 01/02/1998 |31/02/1998|29/02/2000|02/13/1998|01-02-1998|01/02/1998x|1998-02-01|"
    ),
    "%d/%m/%y": "01/02/68|01/02/69|01/02/99|1/2/5|01/02/00|29/02/00|01/02/1998",
    "%d %b %Y": "3 jan 1998|30 APR 1998|31 Apr 1998|3 May 1998|3 Dec 1998|3 June 1998",
    "%d %B %Y": "3 JANUARY 1998|3 May 1998|3 Jan 1998|3 Smarch 1998",
    "%b %d, %Y %I:%M %p": (
        "Jan 3, 1998 12:05 AM|Jan 3, 1998 12:05 pm|Jan 3, 1998 11:59 PM|Jan 3, 1998 1:00 am|"
        "Jan 3, 1998 13:00 pm|Jan 3, 1998 0:00 pm"
    ),
    "%d-%m-%Y %H:%M:%S.%f": (
        "03-01-1998 23:59:59.5|03-01-1998 23:59:59.123456|03-01-1998 23:59:59.1234567|"
        "03-01-1998 23:59:60.0|03-01-1998 24:00:00.0|03-01-1998 3:4:5.000001"
    ),
    "%Y-%m-%d %H:%M %z": (
        "1998-01-02 10:00 +02:00|1998-01-02 10:00 +0230|1998-01-02 10:00 +02|"
        "1998-01-02 10:00 Z|1998-01-02 23:00 -05:30|1998-07-02 23:00 -0800|1998-01-02 10:00"
    ),
    "%Y%m%d": "19980203|19980230|1998023",
    "%d.%m.%Y um %H:%M (lokal)": "01.02.1998 um 05:06 (lokal)|01.02.1998 05:06",
    "%-d/%-m/%Y 100%%": "1/2/1998 100%|1/2/1998 100",
    "epoch": "0| 883612800 |883612800.25|-1|1e9|1e20|ten|",
    "epoch_ms": "0|883612800123|883612800999.9|-1500|NaN",
}


# Spark has no hour 24.
KNOWN = {("spark", "1998-01-02 24:00:00")}


def query() -> str:
    """The texts with what the macro makes of them, as a template of dbt's."""
    string = "{{ dbt.type_string() }}"
    selects = []
    for format_, texts in TEXTS.items():
        rows = " union all ".join(
            f"select cast('{text}' as {string}) as written" for text in texts.split("|")
        )
        argument = "none" if format_ is None else json.dumps(format_)
        moment = f"{{{{ customer_lifecycle.moment_from_text('written', {argument}) }}}}"
        selects.append(
            f"select '{format_}' as format, written, cast({moment} as {string}) as moment "
            f"from ({rows}) as texts"
        )
    return " union all ".join(selects)


def compile_query(target: str, folder: Path, environment: dict[str, str]) -> str:
    """The SQL of a warehouse."""
    words = ["--project-dir", PROJECT, "--profiles-dir", PROJECT, "--target", target]
    words += ["--target-path", folder / target, "--log-path", folder, "--no-use-colors"]
    words += ["--vars", json.dumps({"lifecycle_timezone": "America/New_York"})]
    words += ["--no-introspect", "--output", "json", "--inline", query()]
    dbt = Path(sys.executable).with_name("dbt")
    printed = run(dbt, "--quiet", "compile", *words, cwd=folder, env=environment)
    return json.loads(printed[printed.index("{") :])["compiled"]


def read_on_duckdb(sql: str) -> list[tuple]:
    """What DuckDB reads."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'Asia/Tokyo'")
        return connection.execute(sql).fetchall()


def same(moment: str | None) -> str | None:
    """A moment without noughts at its end, which one of the warehouses writes."""
    return re.sub(r"(\.\d*?)0+$", r"\1", moment).removesuffix(".") if moment else moment


def compare_text_moments(server: Server, folder: Path) -> str:
    """Read and compare; the sentence that says how many texts."""
    memory = {**os.environ, "CUSTOMER_LIFECYCLE_WAREHOUSE": ":memory:"}
    here = read_on_duckdb(compile_query("duckdb", folder, memory))
    there = server.texts(compile_query(server.target, folder, server.environment))
    differing = [
        f"{written!r} by {format_}: {moment} on DuckDB, {other[2]} on {server.name}"
        for (format_, written, moment), other in zip(here, there, strict=True)
        if same(moment) != same(other[2]) and (server.target, written) not in KNOWN
    ]
    if differing:
        raise ComparisonError("\n".join(differing))
    read = sum(moment is not None for *_, moment in here)
    return f"{server.name}: {len(here)} texts, {read} of them dates, are read as on DuckDB"
