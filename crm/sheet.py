"""The file of exported leads: CSV or Excel, in which nothing that a contact wrote is a formula.

A cell that begins as a formula does gets an apostrophe (https://owasp.org/www-community/attacks/CSV_Injection). A phone
number of E.164 form stays as it is: it computes to nothing, and in Excel's own format it is a text.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import tablib

from accounts.audit import record
from crm.models import Connection, Export
from crm.models.transfer import ExportStatus

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
BEGINS_A_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
PHONE = re.compile(r"\+\d{6,15}")
UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
LONGEST_CELL = 32_000
MOST = 50_000
# Title and path of each column.
COLUMNS = (
    ("Exporté le", "exported_at"), ("Nom", "contact__name"), ("Email", "contact__email"),
    ("Téléphone", "contact__phone"), ("Entreprise", "lead__company"), ("Fonction", "lead__job_title"),
    ("Taille", "lead__company_size"), ("Secteur", "lead__sector"), ("Région", "lead__region"),
    ("Qualité", "quality"), ("Score", "score"), ("Raison de l'export", "reason"), ("Étape", "lead__stage"),
    ("Besoins", "lead__pain_points"), ("Intérêts", "lead__interests"), ("À savoir", "lead__insights"),
    ("Site", "lead__site__slug"), ("Lead", "lead_id"), ("Identifiant dans le CRM", "external_id"),
)  # fmt: skip


def sheet_of(connections: Sequence[Connection], kind: str, actor: str, now: datetime) -> bytes:
    """Return the leads that were exported to these connections, the latest first; who took them is written down."""
    exports = Export.objects.filter(connection__in=connections, status=ExportStatus.DONE).order_by("-pk")
    rows = list(exports.values_list(*(path for _title, path in COLUMNS))[:MOST])
    for connection in connections:
        record(
            actor, "export.telecharger", "connexion", connection.pk, now=now, details={"format": kind},
            organization_id=connection.organization_id,
        )  # fmt: skip
    return written(rows, kind)


def written(rows: Iterable[Sequence[Any]], kind: str) -> bytes:
    """Return rows as a file. CSV as French spreadsheets open it: semicolons, and a mark that says UTF-8."""
    data = tablib.Dataset(*[tuple(map(cell, row)) for row in rows], headers=[title for title, _path in COLUMNS])
    if kind == "xlsx":
        return bytes(data.export("xlsx"))
    return b"\xef\xbb\xbf" + str(data.export("csv", delimiter=";")).encode()


def cell(value: Any) -> str | int:
    """Return a value as a cell: a number, or a text that is none but a text."""
    if isinstance(value, int):
        return value
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, list | tuple):
        value = " ; ".join(map(str, value))
    text = UNWRITABLE.sub("", str(value if value is not None else ""))[:LONGEST_CELL]
    return text if PHONE.fullmatch(text) or not BEGINS_A_FORMULA.match(text) else f"'{text}"
