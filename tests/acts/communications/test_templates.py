"""Every text that ever was is kept, and the way back is open."""

from dataclasses import replace
from typing import Any

import pytest

from accounts.models import AuditEntry
from communications.compose import source_of
from communications.models import Template
from communications.rendering import Source, TemplateError, library_source
from communications.templates import (
    NoSuchTextError,
    StaleError,
    Standing,
    back_to_library,
    digest_of,
    install,
    restore,
    save_version,
    standing_of,
)
from tests.make import NOW, make_organization, make_template

pytestmark = pytest.mark.django_db
NAME = "plombier/urgence_accuse"


@pytest.fixture
def library() -> Source:
    source = library_source(NAME, "sms")
    assert source is not None
    return source


@pytest.fixture
def installed(library: Source) -> Template:
    install(make_organization().pk, library, NOW)
    return Template.objects.get()


def versions(template: Template) -> list[tuple[int, str, str, bool]]:
    rows = template.versions.order_by("number")
    return [(v.number, v.body, v.created_by, v.is_library) for v in rows]


def edit(template: Template, body: str, **changes: Any) -> Template:
    for name, value in {"body": body, **changes}.items():
        setattr(template, name, value)
    save_version(template, "zoe", NOW)
    return Template.objects.get(pk=template.pk)


def test_a_change_is_a_version_and_the_same_text_is_none(installed: Template) -> None:
    original = installed.body
    edit(installed, "À nous")
    edit(installed, "À nous", category="marketing")
    template = edit(installed, "À nous", transliterates=False)
    assert (template.version, template.category) == (3, "marketing")
    assert versions(template) == [(1, original, "", True), (2, "À nous", "zoe", False), (3, "À nous", "zoe", False)]
    assert list(template.versions.order_by("number").values_list("transliterates", flat=True)) == [True, True, False]


def test_a_text_from_before_versions_is_kept_when_it_is_first_changed() -> None:
    template = make_template(channel="sms", subject="", body="Avant")
    edit(template, "Après")
    assert versions(template) == [(1, "Avant", "", False), (2, "Après", "zoe", False)]


def test_whoever_saves_over_a_later_version_is_told_whose_it_is(installed: Template) -> None:
    opened = Template.objects.get(pk=installed.pk)
    edit(installed, "De Zoé")
    opened.body = "De Jean"
    with pytest.raises(StaleError, match="« zoe » a enregistré la version 2"):
        save_version(opened, "jean", NOW, seen=1)
    assert Template.objects.get().body == "De Zoé"
    with pytest.raises(StaleError):
        restore(opened, 1, "jean", NOW, seen=1)
    with pytest.raises(StaleError):
        back_to_library(opened, "jean", NOW, seen=1)
    assert Template.objects.get().body == "De Zoé"
    assert not AuditEntry.objects.exists()


def test_an_earlier_text_comes_back_as_a_new_version(installed: Template) -> None:
    original = installed.body
    edit(installed, "Deux")
    edit(installed, "Trois")
    restore(installed, 1, "jean", NOW)
    assert versions(installed)[-1] == (4, original, "jean", True)
    assert not standing_of(Template.objects.get()).is_edited
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target_id, entry.details) == (
        "jean", "texte_restaure", installed.pk, {"version": 1},
    )  # fmt: skip
    with pytest.raises(NoSuchTextError):
        restore(installed, 9, "jean", NOW)


def test_a_text_that_has_become_wrong_does_not_come_back(installed: Template) -> None:
    edit(installed, "Deux")
    installed.versions.filter(number=1).update(body="{{ inconnu }}")
    with pytest.raises(TemplateError):
        restore(installed, 1, "jean", NOW)
    assert Template.objects.get().body == "Deux"


def test_the_librarys_text_comes_back(installed: Template, library: Source) -> None:
    edit(installed, "À nous")
    back_to_library(installed, "jean", NOW)
    assert standing_of(Template.objects.get()) == Standing(library)
    assert versions(installed)[-1] == (3, library.body, "jean", True)
    assert AuditEntry.objects.get().action == "texte_bibliotheque"
    with pytest.raises(NoSuchTextError):
        back_to_library(make_template(name="plombier/a_nous"), "jean", NOW)


def test_how_a_text_stands_to_the_librarys(installed: Template) -> None:
    def standing() -> tuple[bool, bool]:
        found = standing_of(Template.objects.get(pk=installed.pk))
        return found.is_edited, found.is_behind

    assert standing() == (False, False)
    older = replace(source_of(installed), body="Plus ancien")
    Template.objects.update(body=older.body, library_digest=digest_of(older))
    assert standing() == (False, True)
    Template.objects.update(body="À nous")
    assert standing() == (True, True)
    assert standing_of(make_template(name="plombier/a_nous")) == Standing(None)
    assert standing_of(make_template(name="../x/y")).library is None


def test_a_deployment_takes_over_what_was_not_edited_and_leaves_the_rest(installed: Template, library: Source) -> None:
    newer = replace(library, body="Du nouveau de {{ site.nom }}")
    install(installed.organization_id, newer, NOW)
    install(installed.organization_id, newer, NOW)
    assert versions(installed)[1:] == [(2, newer.body, "", True)]
    edit(Template.objects.get(), "À nous")
    install(installed.organization_id, library, NOW)
    assert Template.objects.get().body == "À nous"
    assert len(versions(installed)) == 3


def test_a_digest_from_before_formats_still_says_the_same(library: Source) -> None:
    """Texts deployed earlier are not taken for edited: their digests are in the table."""
    email = Source("a/b", "email", "Objet", "Aperçu", "<mj-section />")
    assert digest_of(email) == "901060e6b3e3751c6fcb38ca7a9b1e69076fa9c4f2efc0be1c69233d536d8ca2"
    assert len({digest_of(replace(email, **{n: v})) for n, v in (("format", "html"), ("transliterates", False))}) == 2
