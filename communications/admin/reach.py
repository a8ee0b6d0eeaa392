"""What became of messages, as the admin's tables show it."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from berinia.admin.tables import Cell, Table
from communications.models import Template
from communications.models.reach import Moment
from communications.reach import Reach, reach_of_template

PERIOD = timedelta(days=30)
COLUMNS = {
    Moment.SENT: _("envoyés"), Moment.DELIVERED: _("remis"), Moment.OPENED: _("ouverts"),
    Moment.CLICKED: _("cliqués"), Moment.REPLIED: _("réponses"), Moment.BOUNCED: _("rejets"),
    Moment.COMPLAINED: _("plaintes"), Moment.UNSUBSCRIBED: _("désinscriptions"), Moment.CONVERTED: _("conversions"),
}  # fmt: skip
TITLE = _("Ce que les messages sont devenus, sur 30 jours")
NOTHING = _("Rien n'est parti sur cette période.")


def cells(found: Reach) -> tuple[Cell, ...]:
    """Return a row of figures: each number, and which part it is of what was sent."""
    return tuple(Cell(_figure(found, moment)) for moment in COLUMNS)


def _figure(found: Reach, moment: Moment) -> str:
    rate = None if moment is Moment.SENT else found.rate(moment)
    return (
        f"{found[moment]}" if not found[moment] or rate is None else f"{found[moment]} ({rate:.0%})".replace("%", " %")
    )


def template_table(template: Template) -> Table:
    """Return what became of the messages of a text, on all sites of its organization."""
    since = timezone.now() - PERIOD
    found = reach_of_template(template.organization_id, template.name, template.channel, since)
    return Table(TITLE, tuple(COLUMNS.values()), [cells(found)] if found.sums else [], NOTHING)
