"""Imports: what became of each file, and the way to bring one in (crm/admin/import_pages.py)."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display
from unfold.enums import ActionVariant

from accounts.tenancy import WRITERS, Tenancy
from berinia.admin.acts import Act, ActError, Acts
from berinia.admin.base import Page, ReadOnly, badge, by_number
from berinia.admin.tables import LATEST, Cell, Table
from crm.admin import import_pages as pages
from crm.admin.contact import SiteFilter, file_button
from crm.import_plan import CREATED, LEFT, UPDATED, WRONG
from crm.import_undo import foresee, refusal, undo
from crm.imports import OPEN, ImportActError, discard
from crm.ingest import BusyError
from crm.models import Import, ImportRow
from crm.models.transfer import ImportStatus

TAGS = {
    ImportStatus.MAPPING.value: "warning", ImportStatus.PREVIEWED.value: "warning", ImportStatus.DONE.value: "success",
    ImportStatus.UNDONE.value: "",
}  # fmt: skip


def _undo(ids: Sequence[int], now: Any, person: Any) -> int:
    done = 0
    for pk in ids:
        try:
            undone = undo(pk, actor=str(person), now=now)
        except ImportActError as error:
            raise ActError(str(error)) from None
        except BusyError:
            raise ActError(_now("D'autres changent ces contacts en ce moment : recommencez dans un instant.")) from None
        done += undone.deleted + undone.restored
    return done


def _foreseen(rows: QuerySet[Any], _ids: Sequence[int]) -> list[str]:
    """Say what undoing these imports would do."""
    said = []
    for imported in rows:
        if why := refusal(imported, timezone.now()):
            said.append(why)
            continue
        found = foresee(imported)
        deleted = ngettext("%(n)d contact sera effacé.", "%(n)d contacts seront effacés.", found.deleted)
        restored = ngettext("%(n)d contact sera rétabli.", "%(n)d contacts seront rétablis.", found.restored)
        said += [text % {"n": n} for text, n in ((deleted, found.deleted), (restored, found.restored)) if n]
        for reason, count in found.reasons:
            kept = ngettext("%(n)d contact restera : %(why)s.", "%(n)d contacts resteront : %(why)s.", count)
            said.append(kept % {"n": count, "why": reason})
    return said


ACTS = (
    Act(
        "annulation", _("Annuler l'import"),
        _("les contacts qu'il a créés sont effacés, ceux qu'il a changés redeviennent comme avant. Qui a vécu quelque "
          "chose depuis reste."),
        _undo, icon="undo", is_dangerous=True, is_atomic=False, is_for_many=False,
        values=frozenset({ImportStatus.DONE.value}), notes=_foreseen,
    ),
    Act(
        "abandon", _("Abandonner"), _("le fichier est effacé ; rien n'a été importé."),
        lambda ids, now, person: discard(ids, actor=str(person), now=now), icon="delete", is_for_many=False,
        is_logged=False, values=frozenset(status.value for status in OPEN),
    ),
)  # fmt: skip


@admin.register(Import)
class ImportAdmin(Acts, ReadOnly, Tenancy, Page):
    """The files that were brought in, and what became of their lines."""

    site_path = "site_id"
    changed_by = WRITERS
    list_display = (
        "file_name",
        "site",
        "show_status",
        "created",
        "updated",
        "skipped",
        "failed",
        "author",
        "created_at",
    )
    list_filter = ("status", SiteFilter)
    list_select_related = ("site",)
    search_fields = ("id",)
    search_help_text = _("Numéro de l'import ou début du nom du fichier")
    fields = (
        ("file_name", "show_status", "site"), ("created", "updated", "skipped", "failed"),
        ("author", "created_at", "done_at", "undone_at"), ("updates", "overwrites", "announces"),
    )  # fmt: skip
    readonly_fields = tuple(name for line in fields for name in line)
    acts: ClassVar[Sequence[Act]] = ACTS
    change_list_template = "admin/crm/import/change_list.html"
    change_form_outer_after_template = "admin/parts/tables.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave the files' bytes where they are."""
        return super().get_queryset(request).defer("content")

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by number, or by how the file is called."""
        return by_number(queryset, term) | queryset.filter(file_name__istartswith=term)

    def get_urls(self) -> list[URLPattern]:
        """Add the pages on which a file is brought in."""
        view = self.admin_site.admin_view
        return [
            path("importer/", view(pages.sized(self, pages.upload_page)), name="crm_import_upload"),
            path("<int:pk>/colonnes/", view(pages.bound(self, pages.mapping_page)), name="crm_import_mapping"),
            path("<int:pk>/apercu/", view(pages.bound(self, pages.preview_page)), name="crm_import_preview"),
            path("<int:pk>/erreurs/", view(pages.bound(self, pages.errors_file)), name="crm_import_errors"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead whoever may to the page that begins an import."""
        shown = {"may_import": self.may(request, WRITERS)} | (extra_context or {})
        return super().changelist_view(request, shown)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Show what became of the lines, and the way on."""
        if imported := kwargs.get("obj"):
            context["tables"] = list(_tables(imported))
            buttons = _buttons(imported) if self.may(request, WRITERS, imported) else []
            context["actions_detail"] = [*context.get("actions_detail", []), *buttons]
        return super().render_change_form(request, context, **kwargs)

    @display(description=_("statut"))
    def show_status(self, imported: Import) -> SafeString:
        """Show where it stands."""
        return badge(TAGS.get(imported.status, ""), imported.get_status_display())


def _buttons(imported: Import) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    if imported.status in OPEN:
        title, icon = _("Continuer l'import"), "arrow_forward"
        url = pages.next_page(imported)
        found.append({"title": title, "icon": icon, "variant": ActionVariant.PRIMARY, "attrs": {}, "path": url})
    if ImportRow.objects.filter(imported=imported, result=WRONG).exists():
        url = reverse("admin:crm_import_errors", args=[imported.pk])
        found.append(file_button(_("Télécharger les lignes en erreur"), url))
    return found


def _tables(imported: Import) -> list[Table]:
    rows = ImportRow.objects.filter(imported=imported).select_related("contact").order_by("line")
    tables = [
        _table(_("Lignes en erreur"), rows.filter(result=WRONG), _("Aucune ligne n'est en erreur.")),
        _table(_("Contacts créés et mis à jour"), rows.filter(result__in=[CREATED, UPDATED]), _("Aucun.")),
        _table(_("Lignes laissées"), rows.filter(result=LEFT), _("Aucune.")),
    ]
    if imported.status == ImportStatus.UNDONE:
        tables.insert(0, _table(_("Gardés malgré l'annulation"), rows.exclude(kept=""), _("Personne.")))
    return tables if imported.status not in OPEN else []


def _table(title: Any, rows: QuerySet[ImportRow], empty: Any) -> Table:
    cells = [
        (
            Cell(row.line), Cell(row.get_result_display(), tag=pages.TAGS[row.result]),
            Cell(row.contact, reverse("admin:crm_contact_change", args=[row.contact_id]) if row.contact_id else ""),
            Cell(row.kept or " ; ".join(row.errors)),
        )
        for row in rows[:LATEST]
    ]  # fmt: skip
    return Table(title, (_("ligne"), _("résultat"), _("contact"), _("pourquoi")), cells, empty)
