"""Spark with Iceberg's tables, from which rows can be deleted one by one."""

import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inputs import PROJECT
from servers import Spark, find_spark, running_spark

JAR = "lib/python*/site-packages/snowpark_connect_deps_iceberg/jars/iceberg-*runtime-*_2.12-*.jar"
SETTINGS = {
    # Iceberg's tables in Spark's own catalog are in Hive's metastore.
    "spark.sql.catalogImplementation": "hive",
    # With the Java that Spark writes for each statement, as it does by default.
    "spark.sql.codegen.factoryMode": "FALLBACK",
    "spark.sql.codegen.wholeStage": "true",
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.catalog.spark_catalog": "org.apache.iceberg.spark.SparkSessionCatalog",
    "spark.sql.catalog.spark_catalog.type": "hive",
    "spark.hadoop.hive.metastore.schema.verification": "false",
    "spark.hadoop.datanucleus.schema.autoCreateAll": "true",
    "spark.hadoop.iceberg.engine.hive.lock-enabled": "false",
    # All tables are Iceberg's: of others its catalog drops the name and leaves the files.
    "spark.sql.sources.default": "iceberg",
    "spark.sql.legacy.createHiveTableByDefault": "false",
    # As on Spark 4.
    "spark.sql.ansi.enabled": "true",
}
# The package's jar lacks Jackson, which it looks for under a name of its own. Spark has them.
JACKSON = ("jackson-annotations-*.jar", "jackson-core-2*.jar", "jackson-databind-*.jar")
NAME, OWN_NAME = b"com/fasterxml/jackson", b"org/apache/iceberg/shaded/com/fasterxml/jackson"
# Bytes behind the tag of a constant of a class file, which is not text.
CONSTANTS = {3: 4, 4: 4, 5: 8, 6: 8, 15: 3, 7: 2, 8: 2, 16: 2, 19: 2, 20: 2} | dict.fromkeys(
    (9, 10, 11, 12, 17, 18), 4
)
TEXT, LONG_ONES = 1, (5, 6)
NODES = ("models:\n  customer_lifecycle:\n", "seeds:\n  customer_lifecycle:\n")


def find_iceberg(environment: Path) -> Path | None:
    """The folder of pyspark, where there is Java to run it and Iceberg beside it."""
    return find_spark(environment) if list(environment.glob(JAR)) else None


@contextmanager
def running_iceberg(home: Path, folder: Path) -> Iterator[Spark]:
    """Start a server, with a project whose models ask for Iceberg as a user's would."""
    jackson = folder / "jackson.jar"
    write_jackson(home / "jars", jackson)
    iceberg = next(home.parents[3].glob(JAR))
    classes = {"spark.driver.extraClassPath": f"{iceberg}:{jackson}"}
    with running_spark(home, folder, SETTINGS | classes) as server:
        server.name, server.project = "Iceberg on Spark", folder / "project"
        server.file_format = "iceberg"
        link_project(server.project)
        yield server


def link_project(project: Path) -> None:
    """Make a project that differs from this one in the file format of its models."""
    project.mkdir()
    for path in PROJECT.iterdir():
        if path.is_dir() and not path.name.startswith("."):
            (project / path.name).symlink_to(path)
    for name in ("profiles.yml", "dbt_project.yml"):
        text = (PROJECT / name).read_text(encoding="utf-8")
        for nodes in NODES:
            text = text.replace(nodes, f"{nodes}    +file_format: iceberg\n")
        (project / name).write_text(text, encoding="utf-8")


def write_jackson(jars: Path, target: Path) -> None:
    """Write Spark's classes of Jackson under Iceberg's name for them."""
    with zipfile.ZipFile(target, "w") as output:
        for pattern in JACKSON:
            with zipfile.ZipFile(next(jars.glob(pattern))) as source:
                for name in source.namelist():
                    if name.startswith(NAME.decode()) and name.endswith(".class"):
                        place = name.replace(NAME.decode(), OWN_NAME.decode())
                        output.writestr(place, renamed(source.read(name)))


def renamed(code: bytes) -> bytes:
    """A class file with the other name in its texts, by which it names all classes."""
    (count,) = struct.unpack_from(">H", code, 8)
    parts, at, number = [code[:10]], 10, 1
    while number < count:
        tag = code[at]
        if tag == TEXT:
            (length,) = struct.unpack_from(">H", code, at + 1)
            text = code[at + 3 : at + 3 + length].replace(NAME, OWN_NAME)
            text = text.replace(NAME.replace(b"/", b"."), OWN_NAME.replace(b"/", b"."))
            parts.append(struct.pack(">BH", tag, len(text)) + text)
            at += 3 + length
        else:
            parts.append(code[at : at + 1 + CONSTANTS[tag]])
            at += 1 + CONSTANTS[tag]
        # A number of eight bytes counts as two constants.
        number += 2 if tag in LONG_ONES else 1
    return b"".join(parts) + code[at:]
