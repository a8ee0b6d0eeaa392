"""The weekly report: written once, sent once to those who want it, and the same figures as the pages."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Organization, Role, User
from communications.models import NotificationPreference, ReportDelivery, WeeklyReport
from communications.report_mail import _claim, ask_for, send_reports
from crm.models.metric import Counted, count
from tests.acts.admin.conftest import signed_in
from tests.fakes.resend import FakeResend
from tests.make import make_organization, make_site, make_workflow
from workflows.weekly import write_reports

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)  # 8:00 in Paris
HOUR = timedelta(hours=1)


@pytest.fixture
def office(resend: FakeResend, settings: Any) -> Iterator[FakeResend]:
    """A Resend with a sender."""
    settings.FROM_EMAIL, settings.PUBLIC_URL = "rapports@berinia.example.com", "https://app.berinia.example.com"
    return resend


def business(**changes: Any) -> Any:
    """An organization with a workflow that did something in the week before MONDAY, and in the one before that."""
    organization = make_organization(name="Chez <Zoé>")
    workflow = make_workflow(site=make_site(organization=organization, sector="plombier", **changes))
    for days, n in ((2, 3), (9, 1), (16, 50)):
        numbers = {"started": 4 * n, "converted": 3 * n, "stopped": n, "messages_sent_sms": 1200 * n, "reviews": n}
        hour = MONDAY.replace(hour=10) - timedelta(days=days)
        count({Counted(organization.pk, workflow.site_id, workflow.pk, hour, name): v for name, v in numbers.items()})
    return workflow


def member(organization: Organization, role: str = Role.OWNER, report: bool | None = None, **changes: Any) -> User:
    number = User.objects.count()
    user = User.objects.create_user(f"membre-{number}", **{"email": f"membre{number}@example.com"} | changes)
    Membership.objects.create(user=user, organization=organization, role=role)
    if report is not None:
        NotificationPreference.objects.create(user=user, organization=organization, weekly_report=report)
    return user


def lines(report: WeeklyReport) -> dict[str, tuple[int, int]]:
    return {line["nom"]: (line["valeur"], line["avant"]) for line in report.content["chiffres"]}


# --- writing ---


def test_it_says_the_week_and_the_one_before() -> None:
    business()
    write_reports(MONDAY)
    report = WeeklyReport.objects.get()
    assert (report.week, report.content["du"], report.content["au"]) == (date(2026, 3, 2), "2026-03-02", "2026-03-08")
    found = lines(report)
    assert (found["commencees"], found["converties"], found["messages"]) == ((12, 4), (9, 3), (3600, 1200))
    (sector,) = report.content["secteurs"]
    assert sector["mesures"]["conversion"]["mesure"] == 0.75
    assert report.content["workflows"][0]["commencees"] == 12


def test_it_is_written_at_eight_on_monday_where_the_first_site_is() -> None:
    business(timezone="America/Martinique")  # four hours behind UTC
    assert write_reports(MONDAY + 4 * HOUR) == 0
    assert write_reports(MONDAY + 5 * HOUR) == 1
    assert write_reports(MONDAY + 6 * HOUR) == 0
    assert write_reports(MONDAY + timedelta(days=7, hours=5)) == 1
    assert list(WeeklyReport.objects.order_by("week").values_list("week", flat=True)) == [
        date(2026, 3, 2),
        date(2026, 3, 9),
    ]


def test_nobody_is_sent_a_report_of_nothing() -> None:
    workflow = make_workflow()
    member(workflow.organization)
    assert write_reports(MONDAY) == 1
    assert (WeeklyReport.objects.count(), ReportDelivery.objects.count()) == (1, 0)
    make_site()  # without a workflow there is nothing to report
    assert write_reports(MONDAY + HOUR) == 0


def test_owners_get_it_and_others_who_chose_it() -> None:
    ours = business().organization
    wanted = [member(ours), member(ours, Role.READER, report=True), member(ours, report=True)]
    for user in (
        member(ours, Role.OPERATOR),
        member(ours, report=False),
        member(ours, email=""),
        member(make_organization()),
    ):
        assert user not in wanted
    member(ours, is_active=False)
    write_reports(MONDAY)
    assert set(ReportDelivery.objects.values_list("user_id", flat=True)) == {user.pk for user in wanted}


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_write_and_plan_one() -> None:
    member(business().organization)

    def write(_n: int) -> None:
        try:
            write_reports(MONDAY)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert (WeeklyReport.objects.count(), ReportDelivery.objects.count()) == (1, 1)


# --- sending ---


def test_an_email_has_the_figures_and_a_way_out(office: FakeResend) -> None:
    user = member(business().organization)
    write_reports(MONDAY)
    assert send_reports(now=MONDAY, limit=10) == 1
    assert send_reports(now=MONDAY + HOUR, limit=10) == 0
    (sent,) = office.accepted()
    assert (sent["to"], sent["subject"]) == ([user.email], "[BerinIA] Chez <Zoé> : votre semaine du 02/03/2026")
    assert "Chez &lt;Zoé&gt;" in sent["html"]
    assert "<img" not in sent["html"]
    assert "<script" not in sent["html"]
    assert re.search(r"Messages envoyés : 3.600 \(1.200 la semaine d'avant\)", sent["text"])
    assert sent["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stop = sent["headers"]["List-Unsubscribe"].strip("<>").removeprefix("https://app.berinia.example.com")
    assert Client().get(stop).status_code == 200
    assert not NotificationPreference.objects.exists()
    assert Client(enforce_csrf_checks=True).post(stop).status_code == 200
    assert NotificationPreference.objects.get(user=user).weekly_report is False
    assert Client().post(stop + "x").status_code == 404
    write_reports(MONDAY + timedelta(days=7))
    assert send_reports(now=MONDAY + timedelta(days=7), limit=10) == 0


def test_who_changed_their_mind_meanwhile_gets_none(office: FakeResend) -> None:
    ours = business().organization
    gone, quiet = member(ours), member(ours)
    write_reports(MONDAY)
    Membership.objects.filter(user=gone).delete()
    NotificationPreference.objects.create(user=quiet, organization=ours, weekly_report=False)
    assert send_reports(now=MONDAY, limit=10) == 0
    assert office.accepted() == []
    assert set(ReportDelivery.objects.values_list("due_at", "sent_at")) == {(None, None)}


def test_a_worker_that_dies_after_the_call_sends_no_second_copy(office: FakeResend) -> None:
    member(business().organization)
    write_reports(MONDAY)
    assert send_reports(now=MONDAY, limit=10) == 1
    ReportDelivery.objects.update(sent_at=None, due_at=MONDAY + HOUR)  # the result was never written
    assert send_reports(now=MONDAY + HOUR, limit=10) == 1
    assert len(office.accepted()) == 1
    assert ReportDelivery.objects.get().sent_at is not None


def test_where_a_repeat_is_not_known_what_was_cut_off_is_given_up(settings: Any) -> None:
    """The sandbox stands for a provider that knows no key."""
    member(business().organization)
    write_reports(MONDAY)
    ReportDelivery.objects.update(attempts=1, provider="smtp", due_at=MONDAY)
    assert _claim(MONDAY + HOUR, 10) == []
    delivery = ReportDelivery.objects.get()
    assert delivery.due_at is None
    assert "peut-être arrivé" in delivery.error


def test_what_was_refused_for_now_is_tried_again_and_costs_no_attempt(office: FakeResend, settings: Any) -> None:
    member(business().organization)
    write_reports(MONDAY)
    settings.RESEND_API_KEY = "wrong"
    send_reports(now=MONDAY, limit=10)
    delivery = ReportDelivery.objects.get()
    assert (delivery.sent_at, delivery.attempts) == (None, 0)
    assert delivery.due_at > MONDAY
    assert delivery.error
    settings.RESEND_API_KEY = "re_test"
    assert send_reports(now=delivery.due_at, limit=10) == 1
    assert len(office.accepted()) == 1


# --- the pages ---


def test_a_report_is_read_and_sent_to_whoever_asks() -> None:
    ours = business().organization
    write_reports(MONDAY)
    report = WeeklyReport.objects.get()
    page = reverse("admin:communications_weeklyreport_change", args=[report.pk])
    client = signed_in(ours, Role.READER, email="lectrice@example.com")
    content = client.get(page).content.decode()
    assert "Chez &lt;Zoé&gt;" in content
    assert "data-print" in content
    assert re.search(r"3[\u202f\xa0 ]600", content)
    for _n in range(2):  # a second click while the first is on its way asks for nothing more
        assert client.post(page).status_code == 302
    delivery = ReportDelivery.objects.get()
    assert (delivery.user.email, delivery.asked_at is not None) == ("lectrice@example.com", True)
    assert "lectrice" in client.get(page).content.decode() or "personne-" in client.get(page).content.decode()


def test_a_report_of_others_is_not_there() -> None:
    business()
    write_reports(MONDAY)
    page = reverse("admin:communications_weeklyreport_change", args=[WeeklyReport.objects.get().pk])
    theirs = signed_in(make_organization())
    assert theirs.get(page).status_code == theirs.post(page).status_code == 404
    assert "Zoé" not in theirs.get(reverse("admin:communications_weeklyreport_changelist")).content.decode()
    for wrong in ("0", "9" * 30, "x"):
        assert theirs.get(page.replace(f"/{WeeklyReport.objects.get().pk}/", f"/{wrong}/")).status_code == 404


def test_a_superuser_may_ask_for_a_copy(office: FakeResend) -> None:
    business()
    write_reports(MONDAY)
    boss = User.objects.create_user("boss", email="boss@example.com", is_superuser=True, is_staff=True)
    ask_for(WeeklyReport.objects.get(), boss.pk, MONDAY)
    assert send_reports(now=MONDAY, limit=10) == 1
    assert office.accepted()[0]["to"] == ["boss@example.com"]


def test_the_choice_is_on_the_preferences_page() -> None:
    ours = make_organization()
    client = signed_in(ours, Role.OWNER)
    page = reverse("admin:communications_notification_preferences")
    form = client.get(page).context["form"]
    assert form.fields[f"rapport_{ours.pk}"].initial is True
    client.post(page, {f"organisation_{ours.pk}": "warning"})
    chosen = NotificationPreference.objects.get()
    assert (chosen.email_from, chosen.weekly_report) == ("warning", False)
    client.post(page, {f"organisation_{ours.pk}": "", f"rapport_{ours.pk}": "on"})
    chosen.refresh_from_db()
    assert (chosen.email_from, chosen.weekly_report) == ("", True)
