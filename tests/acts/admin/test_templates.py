"""The texts of messages in the admin: edited, seen, tried, and taken back."""

import pytest
from django.urls import reverse

from accounts.models import AuditEntry, Role
from communications.admin.frame import POLICY
from communications.models import Template
from tests.acts.admin.conftest import signed_in
from tests.make import NOW, make_contact, make_event, make_organization, make_site, make_template
from workflows.deploy import deploy

pytestmark = pytest.mark.django_db
BODY = (
    "<mj-section><mj-column><mj-text>{{ contact.salutation }}, ici {{ site.nom }}.</mj-text></mj-column></mj-section>"
)
FORM = {"category": "transactional", "subject": "Bonjour", "preheader": "", "format": "mjml", "body": BODY}


def url(template, page="change"):
    return reverse(f"admin:communications_template_{page}", args=[template.pk])


def sms(**changes):
    fields = {"channel": "sms", "subject": "", "body": "Bonjour {{ contact.prenom }}, à bientôt. {{ site.nom }}"}
    return make_template(**fields | changes)


def test_a_text_that_could_fail_is_refused_beside_its_field(boss):
    template = make_template()
    for field, text in (
        ("body", "{{ contact.nom"),
        ("subject", "{{ inconnu }}"),
        ("body", "{% for x in y %}{% endfor %}"),
    ):
        page = boss.post(url(template), FORM | {field: text})
        assert page.context["adminform"].form.errors[field], text
    assert boss.post(url(template), FORM | {"subject": "Autre objet"}).status_code == 302
    template.refresh_from_db()
    assert template.subject == "Autre objet"


def test_a_template_is_seen_as_a_sites_contact_would(boss):
    template = make_template()
    first = make_site(organization=template.organization, business_name="Alpha")
    second = make_site(organization=template.organization, business_name="Béta")
    frame = boss.get(url(template, "preview"), {"site": second.pk})
    assert "Béta" in frame.content.decode()
    assert frame["Content-Security-Policy"] == POLICY
    assert "Alpha" in boss.get(url(template, "preview")).content.decode()
    page = boss.get(url(template, "page"), {"site": first.pk}).content.decode()
    assert f"{url(template, 'preview')}?site={first.pk}" in page


def test_an_sms_preview_shows_its_segments(boss):
    template = make_template(channel="sms", subject="", body="Bonjour {{ contact.prenom }}, à bientôt. {{ site.nom }}")
    make_site(organization=template.organization)
    for page in ("page", "preview"):
        content = boss.get(url(template, page)).content.decode()
        assert "Bonjour Camille" in content
        assert "1 segment (" in content


def test_a_preview_without_a_site_says_what_to_do(boss):
    template = make_template()
    for page in ("page", "preview"):
        answer = boss.get(url(template, page))
        assert "pas encore de site" in answer.content.decode()
        assert boss.get(url(template, page), {"site": make_site().pk}).status_code == 200


def test_a_template_that_went_wrong_since_says_so_in_its_preview(boss):
    template = make_template(body="{{ rien }}", channel="sms", subject="")
    make_site(organization=template.organization)
    assert "rien" in boss.get(url(template, "preview")).content.decode()


# --- the form and its live preview -----------------------------------------------------------------------------


def test_each_change_is_a_version_and_two_people_do_not_overwrite_each_other():
    template = make_template()
    zoe = signed_in(template.organization, username="zoe")
    jean = signed_in(template.organization, username="jean")
    seen = jean.get(url(template)).context["adminform"].form["seen"].value()
    assert zoe.post(url(template), FORM | {"subject": "De Zoé", "seen": seen}).status_code == 302
    late = jean.post(url(template), FORM | {"subject": "De Jean", "seen": seen})
    assert late.status_code == 200
    assert "« zoe » a enregistré la version 2" in late.content.decode()
    template.refresh_from_db()
    assert (template.subject, template.version) == ("De Zoé", 2)
    assert [(v.number, v.created_by) for v in template.versions.order_by("number")] == [(1, ""), (2, "zoe")]
    again = jean.get(url(template)).context["adminform"].form["seen"].value()
    assert jean.post(url(template), FORM | {"subject": "De Jean", "seen": again}).status_code == 302


def test_a_new_text_is_its_first_version(boss):
    organization = make_organization()
    form = FORM | {"organization": organization.pk, "name": "plombier/neuf", "channel": "whatsapp", "body": "Bonjour"}
    form |= {"content_sid": "HX" + "0" * 32, "content_variables": '{"1": "{{ contact.prenom }}"}'}
    assert boss.post(reverse("admin:communications_template_add"), form).status_code == 302
    template = Template.objects.get(name="plombier/neuf")
    assert template.content_variables == {"1": "{{ contact.prenom }}"}
    assert [v.content_sid for v in template.versions.all()] == ["HX" + "0" * 32]


@pytest.mark.parametrize(
    ("channel", "there", "not_there"),
    [
        ("email", {"subject", "preheader", "format"}, {"transliterates", "content_sid"}),
        ("sms", {"transliterates"}, {"subject", "format", "content_sid"}),
        ("whatsapp", {"content_sid", "content_variables"}, {"subject", "transliterates"}),
    ],
)
def test_a_form_has_what_its_channel_has(boss, channel, there, not_there):
    fields = set(boss.get(url(make_template(channel=channel))).context["adminform"].form.fields)
    assert there <= fields
    assert not fields & not_there


def test_a_wrong_whatsapp_variable_is_said_beside_it(boss):
    template = make_template(channel="whatsapp", subject="", body="Bonjour", content_sid="HX" + "0" * 32)
    form = {"category": "transactional", "body": "Bonjour", "content_sid": template.content_sid}
    page = boss.post(url(template), form | {"content_variables": '{"1": "{{ event.x }}"}'})
    assert page.context["adminform"].form.errors["content_variables"]
    assert boss.post(url(template), form | {"content_variables": ""}).status_code == 302


def test_what_is_typed_is_shown_as_it_would_go_out_and_not_saved(boss):
    template = sms()
    make_site(organization=template.organization)
    typed = {"body": "{{ contact.prenom }}, être à l’heure. 😀", "transliterates": "on"}
    frame = boss.post(url(template, "draft"), typed)
    text = frame.content.decode()
    assert frame["Content-Security-Policy"] == POLICY
    assert 'http-equiv="Content-Security-Policy"' in text
    assert "Camille, etre à l&#x27;heure. 😀" in text
    assert "UCS-2" in text
    assert "<b>😀</b> n’est pas dans l’alphabet" in text
    assert "ê → e" in text
    assert "0,080 €" in text
    raw = boss.post(url(template, "draft"), {"body": "Être à l’heure"}).content.decode()
    assert "Être à l’heure" in raw
    assert "« Simplifier les caractères » en ferait 1 segment" in raw
    template.refresh_from_db()
    assert template.body.startswith("Bonjour")


def test_a_draft_says_its_first_mistake_and_shows_what_it_can(boss):
    template = make_template()
    make_site(organization=template.organization, business_name="Alpha")
    wrong = boss.post(url(template, "draft"), FORM | {"body": BODY.replace("site.nom", "event.x")}).content.decode()
    assert "la variable « x » manque" in wrong
    html = boss.post(
        url(template, "draft"), FORM | {"format": "html", "body": "<p>Ici {{ site.nom }}</p>\n<script></script>"}
    )
    assert "ligne 2" in html.content.decode()
    assert "<script>" not in html.content.decode()
    good = boss.post(url(template, "draft"), FORM | {"format": "html", "body": "<p>Ici {{ site.nom }}</p>"})
    assert "<p>Ici Alpha</p>" in good.content.decode()


def test_a_marketing_sms_is_counted_with_the_way_to_refuse_more(boss):
    template = sms(category="marketing")
    make_site(organization=template.organization, sms_sender="Alpha", sms_stop_number="36180")
    assert (
        "STOP au 36180"
        in boss.post(url(template, "draft"), {"body": "Bonjour", "category": "marketing"}).content.decode()
    )
    assert (
        "STOP"
        not in boss.post(url(template, "draft"), {"body": "Bonjour", "category": "transactional"}).content.decode()
    )


def test_a_text_that_is_not_saved_yet_is_shown_for_ones_own_organization_only():
    ours, theirs = make_site(business_name="Nous"), make_site(business_name="Eux")
    client = signed_in(ours.organization)
    typed = {"channel": "sms", "name": "x", "body": "{{ site.nom }}", "transliterates": "on"}
    address = reverse("admin:communications_template_new_draft")
    assert "Nous" in client.post(address, typed | {"organization": ours.organization_id}).content.decode()
    refused = client.post(address, typed | {"organization": theirs.organization_id}).content.decode()
    assert "Eux" not in refused
    assert "Choisissez" in refused
    assert client.get(address).status_code == 405


# --- the reader ------------------------------------------------------------------------------------------------


def test_a_preview_is_written_to_a_contact_with_its_latest_event(boss):
    template = sms(body="{{ contact.prenom }} : {{ event.travaux | default('rien') }}")
    site = make_site(organization=template.organization)
    contact = make_contact(site=site, name="Zoé Durand", email="zoe@example.com")
    first = make_event(contact=contact, name="demande_devis", data={"travaux": "porte"})
    make_event(contact=contact, name="demande_devis", data={"travaux": "volet"})
    make_event(contact=contact, name="message_parti", data={"travaux": "aucun"})
    for term in ("zoe@example.com", f"#{contact.pk}", "Zoé"):
        page = boss.get(url(template, "page"), {"contact": term}).content.decode()
        assert "Zoé : volet" in page, term
    chosen = {"contact": str(contact.pk), "evenement": first.pk}
    assert "Zoé : porte" in boss.get(url(template, "page"), chosen).content.decode()
    assert "Zoé : porte" in boss.get(url(template, "preview"), chosen).content.decode()
    nobody = boss.get(url(template, "page"), {"contact": "personne@example.com"}).content.decode()
    assert "aucun contact de ce site" in nobody
    assert "Camille : rien" in nobody


def test_a_preview_opts_nobody_out(boss):
    template = sms(body="{{ liens.desinscription }}")
    contact = make_contact(site=make_site(organization=template.organization))
    page = boss.get(url(template, "page"), {"contact": str(contact.pk)}).content.decode()
    assert "/u/0:" in page


def test_nobody_sees_the_contacts_and_texts_of_another_organization():
    template = sms()
    make_site(organization=template.organization)
    stranger = make_contact(name="Étrangère Inconnue", email="inconnue@example.com")
    client = signed_in(template.organization)
    page = client.get(url(template, "page"), {"contact": "inconnue@example.com", "site": stranger.site_id})
    assert "Étrangère" not in page.content.decode()
    assert "Étrangère" not in client.get(url(template, "page"), {"contact": f"#{stranger.pk}"}).content.decode()
    theirs = sms()
    for name in ("page", "preview", "versions"):
        assert client.get(url(theirs, name)).status_code == 404, name
    for name in ("draft", "trial", "versions"):
        assert client.post(url(theirs, name), {"version": "1"}).status_code == 404, name


def test_a_reader_looks_and_neither_types_tries_nor_takes_back():
    template = sms()
    make_site(organization=template.organization)
    client = signed_in(template.organization, Role.READER)
    assert client.get(url(template, "page")).status_code == 200
    assert client.get(url(template, "versions")).status_code == 200
    for name in ("draft", "trial", "versions"):
        assert client.post(url(template, name), {"version": "1"}).status_code == 403, name


# --- the trial -------------------------------------------------------------------------------------------------


def test_a_trial_says_what_the_provider_answered(resend):
    template = make_template()
    make_site(organization=template.organization)
    client = signed_in(template.organization, email="moi@example.com")
    page = client.post(url(template, "trial"), {"chosen": "contact=x"}, follow=True)
    (sent,) = resend.accepted()
    assert sent["to"] == ["moi@example.com"]
    said = page.content.decode()
    assert "Essai envoyé à moi@example.com" in said
    assert "resend" in said


def test_a_trial_without_a_provider_says_that_nothing_left(boss):
    template = sms()
    make_site(organization=template.organization)
    page = boss.post(url(template, "trial"), {"phone": "06 12 34 56 78"}, follow=True).content.decode()
    assert "rien n&#x27;est parti" in page
    assert "pas un numéro" in boss.post(url(template, "trial"), {"phone": "12"}, follow=True).content.decode()


# --- versions --------------------------------------------------------------------------------------------------


def test_one_looks_at_a_version_before_going_back_to_it(boss):
    template = make_template()
    boss.post(url(template), FORM | {"subject": "<b>Deux</b>"})
    page = boss.get(url(template, "versions"), {"version": "1"}).content.decode()
    assert "− Objet : &lt;b&gt;Deux&lt;/b&gt;" in page
    assert "+ Objet : Bonjour" in page
    boss.post(url(template, "versions"), {"version": "1", "seen": "2"})
    template.refresh_from_db()
    assert (template.subject, template.version) == ("Bonjour", 3)
    assert AuditEntry.objects.filter(target_kind="modele").latest("id").action == "texte_restaure"
    for wrong in ("9", "x", "-1", "99999999999999999999"):
        assert boss.get(url(template, "versions"), {"version": wrong}).status_code == 404, wrong


def test_the_librarys_text_is_one_click_away(boss):
    site = make_site(details={"lien_avis": "https://a.fr"})
    deploy(site, "plombier", now=NOW)
    template = Template.objects.get(name="plombier/urgence_accuse")
    original = template.body
    changes = reverse("admin:communications_template_changelist")
    assert "modifié" not in boss.get(changes).content.decode().replace("modifié le", "")
    form = {"category": "transactional", "body": "À nous", "transliterates": "on"}
    boss.post(url(template), form)
    Template.objects.filter(pk=template.pk).update(library_digest="older")
    page = boss.get(changes).content.decode()
    assert "modifié" in page.replace("modifié le", "")
    assert "la bibliothèque a un nouveau texte" in page
    page = boss.get(url(template, "versions"), {"version": "bibliotheque"}).content.decode()
    assert "celui de la bibliothèque a changé depuis" in page
    assert "− À nous" in page
    stale = boss.post(url(template, "versions"), {"version": "bibliotheque", "seen": "1"}, follow=True)
    assert "a enregistré la version 2" in stale.content.decode()
    boss.post(url(template, "versions"), {"version": "bibliotheque", "seen": "2"})
    template.refresh_from_db()
    assert (template.body, template.version) == (original, 3)
    assert "C'est le texte de la bibliothèque" in boss.get(url(template, "versions")).content.decode()
