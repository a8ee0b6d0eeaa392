"""How statuses are coloured, on the page of a person and on pages of their own."""

EXECUTION_TAGS = {
    "en_attente": "", "en_cours": "info", "en_pause": "warning", "terminee": "", "convertie": "success",
    "arretee": "", "echouee": "danger",
}  # fmt: skip
MESSAGE_TAGS = {
    "queued": "", "held": "warning", "sending": "info", "unknown": "warning", "sent": "info", "delivered": "success",
    "opened": "success", "clicked": "success", "bounced": "danger", "complained": "danger", "failed": "danger",
    "suppressed": "warning",
}  # fmt: skip
QUALITY_TAGS = {"CHAUD": "danger", "TIÈDE": "warning", "FROID": "info"}
EXPORT_TAGS = {
    "a_approuver": "warning", "en_file": "", "en_cours": "info", "exporte": "success", "echoue": "danger",
    "refuse": "", "retire": "",
}  # fmt: skip
RUN_TAGS = {"en_file": "", "en_cours": "info", "terminee": "success", "echouee": "danger", "retiree": ""}
