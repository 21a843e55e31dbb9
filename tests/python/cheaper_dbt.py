"""Takes out of dbt what costs and says nothing where tests call it hundreds of times in a process.

Without this a third of a build of a small shop goes into it. What is built, how and in which order
is dbt's own business all the same. Each part stands on names of dbt's that may go some day: then
`cheaper` says so.
"""

from collections import ChainMap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from types import CodeType
from typing import Any
from unittest import mock

import parsedatetime
from dbt.adapters.base import BaseAdapter, BaseRelation
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.environments import Environment
from dbt.context import exceptions_jinja, providers
from dbt.contracts.graph.nodes import ParsedNode
from dbt.utils import args_to_dict
from dbt_common.clients.jinja import (
    MacroFuzzEnvironment,
    MacroFuzzTemplate,
    NativeSandboxEnvironment,
    NativeSandboxTemplate,
)
from dbt_common.dataclass_schema import dbtClassMixin
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.tests import enable_test_caching

TOLD = (EventLevel.WARN, EventLevel.ERROR)

_compile = MacroFuzzEnvironment.compile
_match = BaseAdapter._make_match
_fire_event = EventManager.fire_event
_make_event = BaseEvent.__init__
_set_up = Environment.initialize_cursor
_write_node = ParsedNode.write_node
_codes: dict[tuple[type, str], CodeType] = {}


def _compile_once(
    self: MacroFuzzEnvironment, source: str, *others: object, **options: object
) -> CodeType:
    """Compile a template, or take it as it was compiled for an earlier build."""
    if others or options or type(self) not in (MacroFuzzEnvironment, NativeSandboxEnvironment):
        return _compile(self, source, *others, **options)
    key = type(self), source
    if key not in _codes:
        _codes[key] = _compile(self, source)
    return _codes[key]


def _fire_what_is_told(
    self: EventManager,
    e: BaseEvent,
    level: EventLevel | None = None,
    node: Any = None,  # noqa: ANN401
    force_warn_or_error_handling: bool = False,
) -> None:
    """Fire warnings and errors, which tests listen to; nobody logs the others."""
    is_told = force_warn_or_error_handling or (level or e.level_tag()) in TOLD
    if self.loggers or is_told:
        _fire_event(self, e, level, node, force_warn_or_error_handling)


def _match_by_name(
    self: BaseAdapter, relations: list[BaseRelation], database: str, schema: str, identifier: str
) -> list[BaseRelation]:
    """Find a relation among those that have its name, and not among all."""
    name = identifier.lower()
    alike = [relation for relation in relations if (relation.identifier or "").lower() == name]
    return _match(self, alike, database, schema, identifier)


class _Later:
    """The message of an event, made of its words when somebody asks for it."""

    def __get__(self, event: BaseEvent, _: type | None = None) -> Any:  # noqa: ANN401
        if "_message" not in vars(event):
            positional, named = vars(event).pop("_words")
            _make_event(event, *positional, **named)
        return vars(event)["_message"]

    def __set__(self, event: BaseEvent, message: Any) -> None:  # noqa: ANN401
        vars(event)["_message"] = message


def _keep_words(self: BaseEvent, *positional: object, **named: object) -> None:
    """Make an event of which most are not told."""
    vars(self)["_words"] = positional, named


class _Wrapped(dict):
    """What stops a build from Jinja, with the node that does it, made when somebody asks for it."""

    def __init__(self, node: Any) -> None:  # noqa: ANN401
        self._wrap = exceptions_jinja.wrapper(node)

    def __missing__(self, name: str) -> Callable[..., Any]:
        return self._wrap(exceptions_jinja.CONTEXT_EXPORTS[name])


def _contains(self: ChainMap, name: object) -> bool:
    """Say whether a map has a name, without a generator."""
    for own in self.maps:  # noqa: SIM110
        if name in own:
            return True
    return False


def _leave_unwritten(*_: object) -> None:
    """Write no compiled SQL."""


def _set_up_once() -> Callable[..., Any]:
    """Set up cursors; settings hold for all of a warehouse, and are set with its first."""
    known: dict[int, tuple[DuckDBCredentials, DuckDBCredentials]] = {}

    def set_up(credentials: DuckDBCredentials, *others: object) -> Any:  # noqa: ANN401
        if id(credentials) in known:
            return _set_up(known[id(credentials)][1], *others)
        known[id(credentials)] = credentials, replace(credentials, settings=None)
        return _set_up(credentials, *others)

    return set_up


def _written_out_once() -> Callable[[Any], dict[str, Any]]:
    """Write out the arguments of a call of dbt, of which there is one."""
    kept: dict[int, tuple[Any, dict[str, Any]]] = {}

    def written_out(arguments: Any) -> dict[str, Any]:  # noqa: ANN401
        if id(arguments) not in kept:
            kept[id(arguments)] = arguments, args_to_dict(arguments)
        return dict(kept[id(arguments)][1])

    return written_out


@contextmanager
def cheaper(*, writes_sql: bool = False) -> Iterator[None]:
    """Call dbt so, with --log-level none and --log-level-file none.

    The compiled SQL is written into files where somebody reads it.
    """
    # dbt's own switch for its own tests: what it reads in Jinja is kept by its text.
    enable_test_caching()
    with (
        mock.patch.object(MacroFuzzEnvironment, "compile", _compile_once),
        mock.patch.object(EventManager, "fire_event", _fire_what_is_told),
        mock.patch.object(BaseEvent, "__init__", _keep_words),
        mock.patch.object(BaseEvent, "pb_msg", _Later(), create=True),
        # What the command line says is written out for each node.
        mock.patch.object(providers, "args_to_dict", _written_out_once()),
        mock.patch.object(BaseAdapter, "_make_match", _match_by_name),
        # What is read in YAML is held against a schema, a quarter of a parse: `make build` does it.
        mock.patch.object(dbtClassMixin, "validate", classmethod(lambda _, __: None)),
        mock.patch.object(providers, "wrapped_exports", _Wrapped),
        mock.patch.object(ChainMap, "__contains__", _contains),
        mock.patch.object(Environment, "initialize_cursor", staticmethod(_set_up_once())),
        mock.patch.object(
            ParsedNode, "write_node", _write_node if writes_sql else _leave_unwritten
        ),
        # The rows of each query get a reader of dates of their own, with the words of a language.
        mock.patch.object(parsedatetime, "Constants", lru_cache(parsedatetime.Constants)),
        # The arguments of each data test are rendered in a context of their own. All macros of all
        # packages would be copied into it; the other templates look them up when they are called.
        mock.patch.object(NativeSandboxTemplate, "new_context", MacroFuzzTemplate.new_context),
    ):
        yield
