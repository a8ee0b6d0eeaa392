"""Programs by version: compiled once per process, for a version never changes."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from workflows.compile import compile_definition
from workflows.definition import Definition, parse
from workflows.models import DefinitionVersion
from workflows.program import Program


@lru_cache(maxsize=5_000)
def definition_of(version_id: int) -> Definition:
    """Return the definition of a version. Raises DefinitionVersion.DoesNotExist."""
    return parse(DefinitionVersion.objects.only("document").get(pk=version_id).document)


@lru_cache(maxsize=5_000)
def program_of(version_id: int) -> Program:
    """Return the program of a version. Raises DefinitionVersion.DoesNotExist."""
    version = DefinitionVersion.objects.select_related("workflow").only("workflow__sector").get(pk=version_id)
    return compile_definition(definition_of(version_id), version.workflow.sector)


def programs_of(version_ids: Iterable[int]) -> Mapping[int, Program]:
    """Return the programs of several versions."""
    return {version_id: program_of(version_id) for version_id in set(version_ids)}
