"""The pages on which a file of contacts is brought in: the file, its columns, what would come of it."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from accounts.models import Site
from accounts.tenancy import WRITERS, sites_of
from crm.import_files import ImportFileError
from crm.import_known import column_label
from crm.import_limits import MOST_BYTES, MOST_COLUMNS, MOST_LINES
from crm.import_mapping import FIELDS, OTHER, MappingError, label, slugs_of
from crm.import_plan import CREATED, LEFT, UPDATED, WRONG, Outcome
from crm.imports import (
    OPEN,
    ImportActError,
    Options,
    apply,
    preview,
    rejected,
    set_mapping,
    sheet_of,
    upload,
)
from crm.ingest import BusyError
from crm.models import Import
from crm.models.transfer import ImportStatus

View = Callable[..., HttpResponse]
TAGS = {CREATED: "success", UPDATED: "info", LEFT: "", WRONG: "danger"}
SHOWN, ERRORS_SHOWN = 20, 200
ROOM = 64 * 1024  # what a form needs besides its file
OPTIONS = ("updates", "overwrites", "announces")
COUNTS = ("created", "updated", "skipped", "failed")
# What follows from what the file says of a lead.
HIDDEN = frozenset({"lead", "lead.decided_by", "lead.classified_at", "lead.stage_at", "lead.status"})
TOO_LARGE = gettext_lazy("Ce fichier dépasse %(n)d Mo : partagez-le en plusieurs.")


class UploadForm(forms.Form):
    """Which file, for which site."""

    site = forms.ModelChoiceField(Site.objects.none(), label=gettext_lazy("Site"), empty_label=None)
    fichier = forms.FileField(
        label=gettext_lazy("Fichier CSV ou Excel (.xlsx)"), allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )  # fmt: skip

    def __init__(self, site_ids: list[int], *args: Any, **kwargs: Any) -> None:
        """Offer, and accept, these sites."""
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["site"].queryset = Site.objects.filter(pk__in=site_ids).order_by("business_name")


def sized(admin: Any, view: View) -> View:
    """Return the view of an upload: what is too large is refused before a byte of it is read, even for its token."""
    protected = csrf_protect(lambda request: view(admin, request))

    @csrf_exempt
    def checked(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if request.method == "POST" and length.isdecimal() and int(length) > MOST_BYTES + ROOM:
            messages.error(request, TOO_LARGE % {"n": MOST_BYTES // 1024 // 1024})
            return HttpResponseRedirect(request.path)
        return protected(request)

    return checked


def bound(admin: Any, view: View) -> View:
    """Return the view of one import: of the person's organizations, for those who may write."""

    def checked(request: HttpRequest, pk: int) -> HttpResponse:
        if not admin.may(request, WRITERS):
            raise PermissionDenied
        own = admin.within(request, Import.objects.select_related("site").defer("content"), WRITERS)
        imported = own.filter(pk=pk).first()
        if imported is None:
            raise Http404
        try:
            return view(admin, request, imported)
        except ImportActError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("admin:crm_import_change", args=[imported.pk]))

    return checked


def next_page(imported: Import) -> str:
    """Return where an open import goes on."""
    name = "preview" if imported.status == ImportStatus.PREVIEWED else "mapping"
    return reverse(f"admin:crm_import_{name}", args=[imported.pk])


def upload_page(admin: Any, request: HttpRequest) -> HttpResponse:
    """GET asks for the file, POST takes it in."""
    if not admin.may(request, WRITERS):
        raise PermissionDenied
    is_sent = request.method == "POST"
    form = UploadForm(sites_of(request.user, WRITERS), *((request.POST, request.FILES) if is_sent else ()))
    if is_sent and form.is_valid() and (imported := _taken(request, form)):
        return HttpResponseRedirect(next_page(imported))
    context = _context(admin, request, _("Importer des contacts")) | {
        "form": form, "most_lines": MOST_LINES, "most_columns": MOST_COLUMNS, "most_bytes": MOST_BYTES // 1024 // 1024,
    }  # fmt: skip
    return TemplateResponse(request, "admin/crm/import/upload.html", context)


def _taken(request: HttpRequest, form: UploadForm) -> Import | None:
    site, file = form.cleaned_data["site"], form.cleaned_data["fichier"]
    if file.size > MOST_BYTES:
        form.add_error("fichier", TOO_LARGE % {"n": MOST_BYTES // 1024 // 1024})
        return None
    try:
        done = upload(site, file.name, file.read(), actor=str(request.user), now=timezone.now())
    except ImportFileError as error:
        form.add_error("fichier", str(error))
        return None
    if done.earlier is not None:
        text = _("Ce même fichier a déjà été déposé pour ce site : import %(n)d, du %(day)s (%(status)s).") % {
            "n": done.earlier.pk, "day": f"{done.earlier.created_at:%d/%m/%Y}",
            "status": done.earlier.get_status_display(),
        }  # fmt: skip
        messages.warning(request, text)
    return done.imported


def mapping_page(admin: Any, request: HttpRequest, imported: Import) -> HttpResponse:
    """GET shows each column with its first values and what it is taken for; POST says what it is."""
    sheet = sheet_of(imported)
    mapping, problem = dict(imported.mapping), ""
    if request.method == "POST":
        mapping = {title: request.POST.get(f"c{place}", "") for place, title in enumerate(imported.columns)}
        options = Options(*(getattr(imported, name) for name in OPTIONS))
        try:
            return HttpResponseRedirect(next_page(set_mapping(imported.pk, mapping, options=options)))
        except MappingError as error:
            problem = str(error)
    slugs = slugs_of(imported.columns)
    columns = [
        {
            "name": f"c{place}", "title": title, "samples": sheet.samples(place), "chosen": mapping.get(title, ""),
            "others": _others(mapping.get(title, ""), slugs[title]),
        }
        for place, title in enumerate(imported.columns)
    ]  # fmt: skip
    context = _context(admin, request, _("Associer les colonnes")) | {
        "imported": imported, "columns": columns, "fields": FIELDS, "problem": problem, "count": len(sheet.rows),
    }  # fmt: skip
    return TemplateResponse(request, "admin/crm/import/mapping.html", context)


def _others(chosen: str, slug: str) -> list[tuple[str, str]]:
    """Return the other fields that a column may be kept as: the one it is, and one of its own name."""
    names = dict.fromkeys(name for name in (chosen, OTHER + slug) if name.startswith(OTHER))
    return [(name, label(name)) for name in names]


def preview_page(admin: Any, request: HttpRequest, imported: Import) -> HttpResponse:
    """GET shows what would come of it; POST changes the options, or imports."""
    if imported.status == ImportStatus.MAPPING:
        return HttpResponseRedirect(next_page(imported))
    if request.method == "POST":
        return _answered(request, imported)
    if imported.status not in OPEN:
        return HttpResponseRedirect(reverse("admin:crm_import_change", args=[imported.pk]))
    found = preview(imported.pk, now=timezone.now())
    lines = [outcome for outcome in found.outcomes if outcome.result != WRONG][:SHOWN]
    context = _context(admin, request, _("Aperçu de l'import")) | {
        "imported": imported, "counts": found.counts, "total": len(found.outcomes),
        "will_change": found.counts[CREATED] + found.counts[UPDATED], "lines": [_line(o) for o in lines],
        "wrong": found.wrong[:ERRORS_SHOWN], "more_wrong": max(0, len(found.wrong) - ERRORS_SHOWN),
        "classifies": {"qualite", "score"} & set(imported.mapping.values()),
        "has_consents": "consentement" in imported.mapping.values(),
        "mapped": [(title, label(name)) for title, name in imported.mapping.items() if name],
        "unmapped": [title for title in imported.columns if not imported.mapping.get(title)],
    }  # fmt: skip
    return TemplateResponse(request, "admin/crm/import/preview.html", context)


def _answered(request: HttpRequest, imported: Import) -> HttpResponse:
    if "importer" not in request.POST:
        options = Options(*(name in request.POST for name in OPTIONS))
        return HttpResponseRedirect(next_page(set_mapping(imported.pk, imported.mapping, options=options)))
    here = HttpResponseRedirect(reverse("admin:crm_import_change", args=[imported.pk]))
    was_open = imported.status in OPEN
    try:
        done = apply(imported.pk, actor=str(request.user), now=timezone.now())
    except BusyError:
        messages.error(request, _("D'autres changent ces contacts en ce moment : rien n'est importé, recommencez."))
        return HttpResponseRedirect(next_page(imported))
    if was_open:
        text = _("Import fait : %(created)d créés, %(updated)d mis à jour, %(skipped)d laissés, %(failed)d en erreur.")
        messages.success(request, text % {name: getattr(done, name) for name in COUNTS})
    return here


def _line(outcome: Outcome) -> Mapping[str, Any]:
    """Return how a line is shown: the person, and what changes."""
    given = outcome.given
    assert given is not None
    return {
        "line": outcome.line, "tag": TAGS[outcome.result], "result": _names()[outcome.result], "name": given.name,
        "email": given.email, "phone": given.phone, "said": " ".join(outcome.said), "changes": _changes(outcome),
    }  # fmt: skip


def _names() -> dict[str, str]:
    return {CREATED: _("créé"), UPDATED: _("mis à jour"), LEFT: _("laissé"), WRONG: _("en erreur")}


def _changes(outcome: Outcome) -> list[str]:
    before = outcome.before or {}
    shown = {name: value for name, value in outcome.after.items() if name not in HIDDEN and value not in ("", None, [])}
    said = [f"{column_label(name)} : {_change(before.get(name), value)}" for name, value in shown.items()]
    return [*said, *([_("une note")] if outcome.note else []), *([_("un consentement")] if outcome.choices else [])]


def _change(was: Any, value: Any) -> str:
    text = ", ".join(value) if isinstance(value, list) else str(value)
    old = ", ".join(was) if isinstance(was, list) else was
    return f"{old} → {text}" if old else text


def errors_file(admin: Any, request: HttpRequest, imported: Import) -> HttpResponse:
    """Return the wrong lines as a file to be mended and imported again."""
    data = rejected(imported, now=timezone.now())
    headers = {"Content-Disposition": f'attachment; filename="import-{imported.pk}-erreurs.csv"'}
    return HttpResponse(data, content_type="text/csv; charset=utf-8", headers=headers)


def _context(admin: Any, request: HttpRequest, title: str) -> dict[str, Any]:
    return {**admin.admin_site.each_context(request), "title": title, "opts": admin.opts}
