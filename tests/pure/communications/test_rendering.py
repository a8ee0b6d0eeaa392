"""Messages: what a template may say, what it can never do, and how it reads."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from communications.rendering import (
    ContactFacts,
    Rendered,
    SiteFacts,
    Source,
    TemplateError,
    as_sent,
    check,
    compile_source,
    context,
    library_sources,
    parse_file,
    render,
    render_text,
    required_site_fields,
    text_of,
    variable_pairs,
)
from communications.variables import first_name, french, greeting

SID = "HX" + "0123456789abcdef" * 2
NOW = datetime(2026, 11, 20, 13, 5, tzinfo=UTC)
JEAN = ContactFacts("Jean Dupont", "jean@exemple.fr", "+33612345678")
SITE = SiteFacts(
    "Durand & Fils", "+33123456789", "1 rue X", "https://durand.fr", details={"lien_avis": "https://a.fr/?a=1&b=2"}
)


def sms(body: str) -> Source:
    return Source("plombier/essai", "sms", "", "", body)


def email(body: str, subject: str = "Objet", preheader: str = "") -> Source:
    section = f"<mj-section><mj-column>{body}</mj-column></mj-section>"
    return Source("plombier/essai", "email", subject, preheader, section)


def whatsapp(body: str, variables: dict[str, str] | None = None, name: str = "plombier/essai") -> Source:
    pairs = tuple((variables or {}).items())
    return Source(name, "whatsapp", "", "", body, content_sid=SID, content_variables=pairs)


def written(source: Source, contact: ContactFacts = JEAN, site: SiteFacts = SITE, **event: Any) -> Rendered:
    return render(source, context(contact, site, event, now=NOW, unsubscribe_url="https://b.fr/u/1"))


def refused(source: Source) -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        check(source)
    return caught.value


# --- variables -------------------------------------------------------------------------------------------


def test_the_variables_of_a_message():
    names = "contact.salutation contact.telephone site.telephone site.telephone_lien date.jour date.heure"
    text = "|".join(f"{{{{ {name} }}}}" for name in names.split())
    assert written(sms(text)).text == (
        "Bonjour Jean|06 12 34 56 78|01 23 45 67 89|+33123456789|vendredi 20 novembre|14 h 05"
    )


def test_the_day_is_the_one_of_the_site():
    late = datetime(2026, 7, 31, 23, 30, tzinfo=UTC)
    facts = context(JEAN, SITE, {}, now=late, unsubscribe_url="")
    assert facts["date"] == {"jour": "samedi 1er août", "heure": "1 h 30"}


@pytest.mark.parametrize(
    ("name", "first", "hello"),
    [
        ("Jean Dupont", "Jean", "Bonjour Jean"),
        ("jean-christophe dupont", "Jean-Christophe", "Bonjour Jean-Christophe"),
        ("DUPONT Zoé", "Zoé", "Bonjour Zoé"),
        ("ZOÉ DUPONT", "Zoé", "Bonjour Zoé"),
        ("Mme Dupont", "", "Bonjour Mme Dupont"),
        ("", "", "Bonjour"),
        ("  ", "", "Bonjour"),
        ("Gagnez sur https://mal.exemple", "", "Bonjour"),
        ("mal.exemple gratuit", "", "Bonjour"),
        ("M. mal.exemple", "", "Bonjour"),
        ("x" * 80, "", "Bonjour"),
        ("Zoé\r\nBcc: a@b.fr", "", "Bonjour"),
    ],
)
def test_a_greeting_never_carries_what_is_no_name(name, first, hello):
    assert (first_name(name), greeting(name)) == (first, hello)


@pytest.mark.parametrize(
    ("phone", "read"),
    [("+33123456789", "01 23 45 67 89"), ("+3225550100", "+32 2 555 01 00"), ("", ""), ("3615", "3615")],
)
def test_phones_are_read_as_in_their_country(phone, read):
    assert french(phone) == read


def test_what_is_empty_counts_as_missing():
    text = "{{ event.a | default('rien') }} {{ event.b | default('rien') }} {{ event.c | default('rien') }}"
    assert written(sms(text), a="", b=None).text == "rien rien rien"


def test_what_a_form_sends_becomes_short_text():
    text = "{{ event.a }}/{{ event.b }}/{{ event.c }}/{{ event.d }}"
    assert written(sms(text), a=["x", 1], b=True, c="un\r\ndeux", d={"k": "v"}).text == "x, 1/oui/un deux/v"
    assert len(written(sms("{{ event.a }}"), a="x" * 9_000).text) == 500


def test_a_number_is_text_where_text_is_needed():
    every = "{{ event.x | truncate(3) }}{{ event.x | upper }}{{ event.x | trim }}{{ event.x | replace('4', '5') }}"
    assert written(sms(every), x=42).text == "42424252"


def test_a_field_named_like_a_method_is_a_field():
    assert written(sms("{{ event.items }} {{ event.copy }}"), items="deux", copy="non").text == "deux non"


def test_a_variable_that_is_missing_is_named():
    with pytest.raises(TemplateError, match="travaux"):
        written(sms("{{ event.travaux }}"))
    with pytest.raises(TemplateError, match="lien_rdv"):
        written(sms("{{ site.lien_rdv }}"))


# --- what a template may say -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "{{ 7 * 7 }}",
        "{{ 'x' ~ 'y' }}",
        "{% for x in event.a %}x{% endfor %}",
        "{% set x = 1 %}{{ site.nom }}",
        "{% include 'x' %}",
        "{% macro m() %}{% endmacro %}",
        "{{ contact.nom.upper() }}",
        "{{ contact.nom.upper }}",
        "{{ contact.__class__ }}",
        "{{ contact['nom'] }}",
        "{{ contact }}",
        "{{ contact.motdepasse }}",
        "{{ settings.SECRET_KEY }}",
        "{{ contact.nom | map('upper') }}",
        "{{ contact.nom is string }}",
        "{{ range(3) }}",
        "{{ event.x",
        "{% if site.nom %}",
    ],
)
def test_the_language_is_small(body):
    assert refused(sms(body)).field == "body"


def test_a_mistake_tells_its_line_in_french():
    error = refused(sms("Bonjour\n{{ contact.nom | reverse }}"))
    assert (error.line, error.rule.startswith("filtre inconnu « reverse »")) == (2, True)


@pytest.mark.parametrize(
    "body",
    [
        "{{ event.x }}",
        "{% if event.x is defined %}{{ event.y }}{% endif %}",
        "{% if event.x is defined %}{% else %}{{ event.y }}{% endif %}",
        "{% if event.x is defined and event.x > 3 %}oui{% else %}non{% endif %}",
        "{{ contact.nom }}",
        "{% if contact.email %}bonjour{% endif %}",
        "{% if event.x is defined and 'a' in event.x %}avec{% endif %}sans",  # a number has nothing in it
    ],
)
def test_a_template_that_fails_for_some_contact_is_refused(body):
    refused(sms(body))


@pytest.mark.parametrize(
    "body",
    [
        "{{ event.x | default('un projet') | upper }}",
        "{% if event.x is defined %}{{ event.x }}{% elif site.lien_rdv is defined %}{{ site.lien_rdv }}{% endif %}z",
        "{{ 'oui' if contact.email else 'non' }}",
        "{{ site.nom | truncate(5, true, '') }} {{ site.nom | replace('a', 'b') }}",
        "{{ site.ce_que_l_on_veut }}",
    ],
)
def test_what_is_guarded_is_accepted(body):
    check(sms(body))


def test_an_email_needs_a_subject_and_a_message_a_text():
    assert refused(email("<mj-text>x</mj-text>", subject=" ")).field == "subject"
    assert refused(sms(" ")).field == "body"


def test_nothing_grows_without_bounds():
    refused(sms("x" * 20_001))
    chain = "{{ site.nom" + " | replace('', 'xxxxxxxxxxxxxxxxxxxx')" * 12 + " }}"
    assert "200000" in str(refused(sms(chain)))
    with pytest.raises(TemplateError, match="200000"):
        written(sms("{{ event.x | replace('a', '" + "b" * 5_000 + "') }}"), x="a" * 500)


@pytest.mark.parametrize(
    "body",
    [
        "{% if site.nom %}" * 150 + "a" + "{% endif %}" * 150,
        "{{ " + "(" * 3_000 + "site.nom" + ")" * 3_000 + " }}",
        "{{ site.nom" + " | upper" * 2_000 + " }}",
        "{{ " + "not " * 4_000 + "site.nom }}",
    ],
)
def test_nothing_is_nested_without_bounds(body):
    assert "les uns dans les autres" in refused(sms(body)).rule


@pytest.mark.parametrize(
    "link", ["{{ event.lien }}", "{{ site.url | default(event.lien) }}", "https://x.fr/{{ contact.nom }}"]
)
def test_where_a_link_leads_is_not_up_to_a_form(link):
    error = refused(email(f'<mj-button href="{link}">Ouvrir</mj-button>'))
    assert "jamais d'un formulaire" in error.rule


def test_the_fields_of_the_site_that_a_template_needs():
    source = email(
        "<mj-text>{{ site.telephone }}{% if site.x is defined %}{{ site.y }}{% endif %}</mj-text>", "{{ site.nom }}"
    )
    assert required_site_fields(source) == {"telephone", "x", "y", "nom"}


# --- how it reads ----------------------------------------------------------------------------------------


def test_html_is_escaped_and_text_is_not():
    message = written(email("<mj-text>{{ event.x }}</mj-text>", "{{ site.nom }} : l'été"), x="<script>l'été</script>")
    assert "<script>" not in message.html
    assert "&lt;script&gt;" in message.html
    assert message.subject == "Durand & Fils : l'été"
    assert written(sms("{{ site.nom }} : l'été")).text == "Durand & Fils : l'été"


def test_a_subject_is_one_line():
    assert (
        written(email("<mj-text>x</mj-text>", "Pour\r\n{{ event.x }}"), x="a\r\nBcc: b@c.fr").subject
        == "Pour a Bcc: b@c.fr"
    )


def test_a_link_reads_well_in_both_parts():
    message = written(email('<mj-button href="{{ site.lien_avis }}">Donner mon avis</mj-button>'))
    assert 'href="https://a.fr/?a=1&amp;b=2"' in message.html
    assert "Donner mon avis : https://a.fr/?a=1&b=2" in message.text


def test_the_preheader_is_hidden_and_only_in_the_html():
    message = written(email("<mj-text>x</mj-text>", preheader="Vite & bien, {{ contact.prenom }}"))
    assert "Vite &amp; bien, Jean" in message.html
    assert "Vite" not in message.text


def test_a_condition_may_stand_around_blocks():
    source = email("{% if event.x is defined %}<mj-text>avec</mj-text>{% else %}<mj-text>sans</mj-text>{% endif %}")
    assert "sans" in written(source).html
    assert "avec" in written(source, x=1).text


def test_a_comparison_needs_no_escaping_in_mjml():
    assert "peu" in written(email("<mj-text>{% if contact.nom < 'Z' %}peu{% endif %}</mj-text>")).text


def test_an_email_needs_no_button():
    check(email("<mj-text>Bonjour</mj-text>"))


def test_what_mjml_would_drop_is_refused():
    assert "n'affiche pas" in refused(email('<mj-text unknown="{{ site.nom }}">Bonjour</mj-text>')).rule


def test_no_file_is_read_into_an_email():
    assert "MJML" in refused(email("<mj-include path='/etc/hostname' />")).rule


def test_broken_mjml_is_refused():
    assert "MJML" in refused(email("<mj-text>x")).rule


def test_every_email_names_the_business_and_how_to_leave():
    text = written(email("<mj-text>x</mj-text>")).text
    assert all(part in text for part in ("Durand & Fils", "1 rue X", "01 23 45 67 89", "https://b.fr/u/1"))


def test_a_source_is_compiled_once():
    source = email("<mj-text>x</mj-text>")
    assert compile_source(source) is compile_source(source)
    assert render(compile_source(source), context(JEAN, SITE, {}, now=NOW, unsubscribe_url="u")).text


def test_an_alert_is_one_line_of_text():
    facts = context(JEAN, SITE, {}, now=NOW, unsubscribe_url="u")
    assert render_text("Urgence : {{ contact.nom }}\n{{ site.nom }}", facts) == "Urgence : Jean Dupont Durand & Fils"
    with pytest.raises(TemplateError):
        render_text("{{ event.x }}", facts)


def test_a_file_is_a_front_matter_and_a_body(tmp_path: Path):
    file = tmp_path / "essai.email.mjml"
    file.write_text('---\nsubject: "Un : deux"\npreheader: trois\n---\n<mj-section />\n', encoding="utf-8")
    assert parse_file(file) == Source(f"{tmp_path.name}/essai", "email", "Un : deux", "trois", "<mj-section />")
    with pytest.raises(TemplateError):
        parse_file(tmp_path / "essai.html")


def test_the_name_of_a_file_says_its_channel_and_its_head_the_rest(tmp_path: Path):
    page, chat = tmp_path / "un.email.html", tmp_path / "deux.whatsapp.txt"
    page.write_text("---\nsubject: Un\ncategory: marketing\n---\n<p>x</p>", encoding="utf-8")
    head = f'---\ncontent_sid: {SID}\ncontent_variables: {{"1": "{{{{ contact.prenom }}}}"}}\n---\nBonjour'
    chat.write_text(head, encoding="utf-8")
    assert (parse_file(page).format, parse_file(page).category) == ("html", "marketing")
    assert parse_file(chat) == whatsapp("Bonjour", {"1": "{{ contact.prenom }}"}, name=f"{tmp_path.name}/deux")


@pytest.mark.parametrize("head", ["sujet: x", "category: publicitaire", "- a", "content_variables: [a]", "a: [b"])
def test_a_head_that_is_not_understood_is_refused(tmp_path: Path, head: str):
    file = tmp_path / "essai.sms.txt"
    file.write_text(f"---\n{head}\n---\nBonjour", encoding="utf-8")
    with pytest.raises(TemplateError):
        parse_file(file)


# --- WhatsApp ------------------------------------------------------------------------------------------------


def test_a_whatsapp_message_has_a_text_and_the_variables_of_its_approved_template():
    variables = {"1": "{{ contact.prenom }}", "2": "le {{ date.jour }}\nà {{ date.heure }}"}
    message = written(whatsapp("Bonjour {{ contact.prenom }} 👋", variables))
    assert message == Rendered("", "", "Bonjour Jean 👋", {"1": "Jean", "2": "le vendredi 20 novembre à 14 h 05"})


def test_no_variable_is_ever_empty_or_too_long():
    source = whatsapp(
        "Bonjour", {"1": "{{ contact.prenom }}", "2": "{{ site.nom | replace('D', '" + "x" * 2_000 + "') }}"}
    )
    values = written(source, contact=ContactFacts("", "", "+33612345678")).variables
    assert values["1"] == "-"
    assert len(values["2"]) == 1_024


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"content_sid": "HX123"}, "content_sid"),
        ({"content_sid": "HY" + "0" * 32}, "content_sid"),
        ({"content_sid": "", "content_variables": (("1", "x"),)}, "content_variables"),
        ({"content_variables": (("1", "{{ event.x }}"),)}, "content_variables"),
        ({"content_variables": (("1", "{{ inconnu }}"),)}, "content_variables"),
        ({"content_variables": (("un nom", "x"),)}, "content_variables"),
        ({"body": "x" * 1_601}, "body"),
    ],
)
def test_what_twilio_would_refuse_is_refused_before(changes: dict[str, Any], field: str):
    assert refused(replace(whatsapp("Bonjour"), **changes)).field == field


@pytest.mark.parametrize("value", [None, [], "x", {"1": 2}, {"1": None}])
def test_variables_are_texts_by_name(value: object):
    with pytest.raises(TemplateError, match="content_variables"):
        variable_pairs(value)


# --- as it goes out --------------------------------------------------------------------------------------------


def test_an_sms_is_simplified_if_it_may_be():
    plain = sms("Être à l’heure")
    assert as_sent(plain, "Être à l’heure") == "Etre à l'heure"
    assert as_sent(replace(plain, transliterates=False), "Être à l’heure") == "Être à l’heure"
    assert as_sent(whatsapp("x"), "Être à l’heure", "STOP") == "Être à l’heure"


def test_a_marketing_sms_says_how_to_refuse_more_once():
    assert as_sent(sms("x"), "Soldes", "STOP au 36180") == "Soldes\nSTOP au 36180"
    assert as_sent(sms("x"), "Soldes. STOP au 36180", "STOP au 36180") == "Soldes. STOP au 36180"


EMAILS = [
    s for sector in ("artisan", "avocat", "coach", "plombier") for s in library_sources(sector) if s.channel == "email"
]
words = st.sampled_from(["", "exemple", "L'été à « Lyon »", "a & b < c", "[x](y)", "7"])


@pytest.mark.parametrize("source", EMAILS, ids=lambda source: source.name)
@given(name=words, phone=st.sampled_from(["", "+33123456789"]), details=words, data=words, is_sparse=st.booleans())
def test_the_text_part_is_what_one_reads_in_the_html(
    source: Source, name: str, phone: str, details: str, data: str, is_sparse: bool
) -> None:
    """It is written from a template of its own, made once: it must say what the HTML of this very email says."""
    site = SiteFacts("Entreprise") if is_sparse else SiteFacts(
        "Entreprise", phone, "1 rue de la Paix", "https://exemple.fr", "contact@exemple.fr", "artisan",
        details={field: details for field in required_site_fields(source) if details},
    )  # fmt: skip
    event = dict.fromkeys(("travaux", "adresse", "domaine", "ressource"), data)
    variables = context(
        ContactFacts(name, "zoe@exemple.fr", ""), site, event, now=NOW, unsubscribe_url="https://x.fr/u"
    )
    try:
        rendered = render(source, variables)
    except TemplateError:
        assume(False)
    if "[x](y)" not in (name, data, details):  # read in HTML, it would look like a link
        assert rendered.text == text_of(rendered.html)


def test_a_part_in_a_place_that_is_no_paragraph_is_read_off_each_email() -> None:
    parts = "<mj-text>Un{% if event.x is defined %}</mj-text><mj-text>deux{% endif %}</mj-text>"
    body = f"<mj-section><mj-column>{parts}</mj-column></mj-section>"
    source = Source("a/b", "email", "Objet", "", body)
    for x in ("", "oui"):
        variables = context(ContactFacts("", "", ""), SiteFacts("S"), {"x": x}, now=NOW, unsubscribe_url="u")
        rendered = render(source, variables)
        assert rendered.text == text_of(rendered.html)
