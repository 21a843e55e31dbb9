"""Takes out of dbt what costs and says nothing where tests call it hundreds of times in a process.

Without this a third of a build of a small shop goes into it. What is built, how and in which order
is dbt's own business all the same. Each part stands on names of dbt's that may go some day: then
`cheaper` says so.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import CodeType
from typing import Any
from unittest import mock

import parsedatetime
from dbt.adapters.base import BaseAdapter, BaseRelation
from dbt.context import providers
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


def _written_out_once() -> Callable[[Any], dict[str, Any]]:
    """Write out the arguments of a call of dbt, of which there is one."""
    kept: dict[int, tuple[Any, dict[str, Any]]] = {}

    def written_out(arguments: Any) -> dict[str, Any]:  # noqa: ANN401
        if id(arguments) not in kept:
            kept[id(arguments)] = arguments, args_to_dict(arguments)
        return dict(kept[id(arguments)][1])

    return written_out


@contextmanager
def cheaper() -> Iterator[None]:
    """Call dbt so, with --log-level none and --log-level-file none."""
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
        # The rows of each query get a reader of dates of their own, with the words of a language.
        mock.patch.object(parsedatetime, "Constants", lru_cache(parsedatetime.Constants)),
        # The arguments of each data test are rendered in a context of their own. All macros of all
        # packages would be copied into it; the other templates look them up when they are called.
        mock.patch.object(NativeSandboxTemplate, "new_context", MacroFuzzTemplate.new_context),
    ):
        yield
