"""Templates: each change of a text is a version with who and when; back to an earlier one, or to the library's.

A row of `templates_communication` holds the text that messages are written from, `versions_template` all it ever was.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.audit import record
from communications.compose import source_of
from communications.models import Template, TemplateVersion
from communications.rendering import Source, TemplateError, check, library_source

TEXT = ("subject", "preheader", "body", "format", "transliterates", "content_sid", "content_variables")
KIND = "modele"  # of the audit log's entries


class StaleError(Exception):
    """Somebody else has changed the text since it was opened; the text says who, in French."""


class NoSuchTextError(Exception):
    """There is no such version, or the library has no such text; the text says which, in French."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an organization's text stands to the library's. `library` is None for a text of its own."""

    library: Source | None
    is_edited: bool = False  # the organization has changed it: a deployment leaves it alone
    is_behind: bool = False  # the library's text has changed since


# --- the acts --------------------------------------------------------------------------------------------


@transaction.atomic
def save_version(
    template: Template, by: str, now: datetime, *, is_library: bool = False, seen: int | None = None
) -> TemplateVersion | None:
    """Save a template; a text that differs from the stored one is its next version, the same text is none.

    `seen` is the version that the person had before them. Raises StaleError when there is a later one.
    """
    before = Template.objects.select_for_update().filter(pk=template.pk).first() if template.pk else None
    if before is None:
        template.version, template.updated_at = 1, now
        template.save()
        return _version(template, by, now, is_library)
    if seen is not None:
        refuse_stale(before, seen)
    template.version = before.version
    if all(getattr(before, name) == getattr(template, name) for name in TEXT):
        template.save()
        return None
    if not before.versions.filter(number=before.version).exists():
        _version(before, "", before.updated_at, is_library=False)
    template.version, template.updated_at = before.version + 1, now
    template.save()
    return _version(template, by, now, is_library)


def refuse_stale(template: Template, seen: int) -> None:
    """Raise StaleError when the text has a later version than the one that the person has seen."""
    if template.version == seen:
        return
    latest = template.versions.filter(number=template.version).first()
    who = latest.created_by if latest and latest.created_by else "la bibliothèque"
    raise StaleError(
        f"« {who} » a enregistré la version {template.version} pendant que vous modifiiez la version {seen}. "
        "Rien n'a été écrasé : copiez votre texte, rechargez la page et reportez vos changements."
    )


@transaction.atomic
def restore(template: Template, number: int, by: str, now: datetime, *, seen: int | None = None) -> None:
    """Make an earlier text the current one again, as a new version. Raises NoSuchTextError, StaleError, TemplateError.

    The text is checked anew: the language may have become stricter since.
    """
    version = template.versions.filter(number=number).first()
    if version is None:
        raise NoSuchTextError(f"Ce modèle n'a pas de version {number}.")
    for name in TEXT:
        setattr(template, name, getattr(version, name))
    check(source_of(template))
    if save_version(template, by, now, is_library=version.is_library, seen=seen):
        _record(template, "texte_restaure", by, now, {"version": number})


@transaction.atomic
def back_to_library(template: Template, by: str, now: datetime, *, seen: int | None = None) -> None:
    """Take the library's present text over. Raises NoSuchTextError, StaleError."""
    source = library_source(template.name, template.channel)
    if source is None:
        raise NoSuchTextError("La bibliothèque n'a pas de texte de ce nom.")
    vars(template).update(_fields(source))
    save_version(template, by, now, is_library=True, seen=seen)
    _record(template, "texte_bibliotheque", by, now, {})


@transaction.atomic
def install(organization_id: int, source: Source, now: datetime) -> None:
    """Put a text of the library in place for an organization, unless it has edited its own. Raises TemplateError."""
    check(source)
    fields = _fields(source)
    template, is_new = Template.objects.select_for_update().get_or_create(
        organization_id=organization_id, name=source.name, channel=source.channel,
        defaults={**fields, "category": source.category, "updated_at": now},
    )  # fmt: skip
    if is_new:
        _version(template, "", now, is_library=True)
    elif template.library_digest != digest_of(source) and not _is_edited(template):
        vars(template).update(fields)
        save_version(template, "", now, is_library=True)


# --- reading ---------------------------------------------------------------------------------------------


def standing_of(template: Template) -> Standing:
    """Say whether the organization has edited a text, and whether the library's is another one since."""
    source = library_source(template.name, template.channel)
    if source is None:
        return Standing(None)
    return Standing(source, _is_edited(template), template.library_digest != digest_of(source))


def source_at(template: Template, version: TemplateVersion) -> Source:
    """Return the text of a version in the form that is rendered and compared. Raises TemplateError."""
    fields = {name: getattr(version, name) for name in TEXT}
    return source_of(Template(name=template.name, channel=template.channel, category=template.category, **fields))


def digest_of(source: Source) -> str:
    """Return a fingerprint of a text. Only what differs from the default counts besides the words themselves."""
    parts: list[object] = [source.subject, source.preheader, source.body]
    rest = [source.format, source.transliterates, source.content_sid, source.content_variables]
    if rest != ["mjml", True, "", ()]:
        parts.append(rest)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _is_edited(template: Template) -> bool:
    try:
        return template.library_digest != digest_of(source_of(template))
    except TemplateError:
        return True


def _fields(source: Source) -> dict[str, object]:
    """Return what a template takes over from the library's text."""
    texts = {name: getattr(source, name) for name in TEXT} | {"content_variables": dict(source.content_variables)}
    return {**texts, "library_digest": digest_of(source)}


def _version(template: Template, by: str, now: datetime, is_library: bool) -> TemplateVersion:
    fields = {name: getattr(template, name) for name in TEXT}
    return TemplateVersion.objects.create(
        template=template, number=template.version, created_at=now, created_by=by[:150], is_library=is_library, **fields
    )


def _record(template: Template, action: str, by: str, now: datetime, details: dict[str, object]) -> None:
    record(
        by, action, KIND, template.pk, now=now, organization_id=template.organization_id, target=str(template),
        details=details,
    )  # fmt: skip
