"""Takes out of dbt what costs and says nothing where tests call it hundreds of times in a process.

Without this a third of a build of a small shop goes into it. What is built, how and in which order
is dbt's own business all the same. Each part stands on names of dbt's that may go some day: then
`cheaper` says so.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any
from unittest import mock

from dbt_common.clients.jinja import (
    MacroFuzzEnvironment,
    MacroFuzzTemplate,
    NativeSandboxEnvironment,
    NativeSandboxTemplate,
)
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.tests import enable_test_caching

TOLD = (EventLevel.WARN, EventLevel.ERROR)

_compile = MacroFuzzEnvironment.compile
_fire_event = EventManager.fire_event
_codes: dict[tuple[type, str], CodeType] = {}


def _compile_once(
    self: MacroFuzzEnvironment,
    source: str,
    *others: Any,
    **options: Any,  # noqa: ANN401
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


@contextmanager
def cheaper() -> Iterator[None]:
    """Call dbt so, with --log-level none and --log-level-file none."""
    # dbt's own switch for its own tests: what it reads in Jinja is kept by its text.
    enable_test_caching()
    with (
        mock.patch.object(MacroFuzzEnvironment, "compile", _compile_once),
        mock.patch.object(EventManager, "fire_event", _fire_what_is_told),
        # The arguments of each data test are rendered in a context of their own. All macros of all
        # packages would be copied into it; the other templates look them up when they are called.
        mock.patch.object(NativeSandboxTemplate, "new_context", MacroFuzzTemplate.new_context),
    ):
        yield
