"""Reads what dbt's files say of the warehouse, since no version of dbt tells others."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import yaml


class SetupError(Exception):
    """What is missing or cannot be, for people."""


@dataclass(frozen=True)
class Setup:
    """Where a project is, what dbt has made of it, and how its warehouse is reached."""

    project: Path
    manifest: Path
    packages: Path
    """Folder of the installed packages."""
    profiles: Path
    """Folder of profiles.yml."""
    output: Mapping[str, Any]
    """The target's entry in profiles.yml."""


def read_setup(
    project_dir: str | None = None,
    profiles_dir: str | None = None,
    profile: str | None = None,
    target: str | None = None,
    target_path: str | None = None,
) -> Setup:
    """Find the files as dbt does: by option, by environment variable, else where they usually are.

    Parameters
    ----------
    project_dir, profiles_dir, profile, target, target_path
        dbt's options of the same names.

    Raises
    ------
    SetupError
        When a file, the profile or the target is not there.
    """
    environment = os.environ
    project = Path(project_dir or environment.get("DBT_PROJECT_DIR", ".")).resolve()
    settings = _read(project / "dbt_project.yml")
    places = [Path.cwd(), Path.home() / ".dbt"]
    given = profiles_dir or environment.get("DBT_PROFILES_DIR")
    if given:
        places = [Path(given)]
    folder = next((place for place in places if (place / "profiles.yml").exists()), None)
    if folder is None:
        raise SetupError(f"there is no profiles.yml in {places[0]}; write --profiles-dir")
    profiles = _read(folder / "profiles.yml")
    name = profile or environment.get("DBT_PROFILE") or settings.get("profile")
    if name not in profiles:
        raise SetupError(f"{folder / 'profiles.yml'} has no profile {name}; write --profile")
    outputs = profiles[name]["outputs"]
    chosen = target or environment.get("DBT_TARGET") or _rendered(profiles[name].get("target"))
    chosen = chosen or "default"
    if chosen not in outputs:
        raise SetupError(
            f"profile {name} has no target {chosen}; write --target with one of: "
            f"{', '.join(outputs)}"
        )
    made = target_path or environment.get("DBT_TARGET_PATH") or settings.get("target-path")
    packages = environment.get("DBT_PACKAGES_INSTALL_PATH") or settings.get("packages-install-path")
    return Setup(
        project,
        project / _rendered(made or "target") / "manifest.json",
        project / _rendered(packages or "dbt_packages"),
        folder,
        {key: _rendered(value) for key, value in outputs[chosen].items()},
    )


def _read(file: Path) -> dict[str, Any]:
    if not file.exists():
        raise SetupError(f"there is no {file}")
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def _rendered(value: Any) -> Any:  # noqa: ANN401
    """As dbt renders a value of profiles.yml."""
    return _JINJA.from_string(value).render() if isinstance(value, str) else value


def _env_var(name: str, default: str | None = None) -> str:
    found = os.environ.get(name, default)
    if found is None:
        raise SetupError(f"profiles.yml asks for the environment variable {name}, which is not set")
    return found


_JINJA = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
_JINJA.globals["env_var"] = _env_var
# Whoever connects makes a number of what has to be one.
for _filter in ("as_number", "as_bool", "as_text", "as_native"):
    _JINJA.filters[_filter] = lambda value: value
