"""Emails in HTML and MJML: inlined, with their variables where they were, and nothing in them that acts."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.markup import first_problem
from communications.rendering import ContactFacts, SiteFacts, Source, TemplateError, check, context, render

NOW = datetime(2026, 11, 20, 13, 5, tzinfo=UTC)
PAGE = """<!doctype html>
<html lang="fr"><head>
<style>
  p { margin: 0; color: {{ site.couleur | default('#333333') }}; }
  a:hover { color: red; }
  @media (max-width: 400px) { p { margin: 8px !important; } }
</style></head>
<body class="page">
<table>
{% if event.x is defined %}
<tr><td class="avec">Avec {{ event.x }}</td></tr>
{% else %}
<tr><td class="sans">Sans</td></tr>
{% endif %}
</table>
<p>Bonjour {{ contact.prenom }}, 3 &lt; 4</p>
<!--[if mso]><p>{{ site.nom }} pour Outlook</p><![endif]-->
<a href="{{ site.url }}?a=1&amp;b=2">Ici</a>
</body></html>"""


def html(body: str, preheader: str = "") -> Source:
    return Source("plombier/essai", "email", "Objet", preheader, body, "html")


def mjml(body: str) -> Source:
    return replace(html(f"<mj-section><mj-column>{body}</mj-column></mj-section>"), format="mjml")


def written(source: Source, **event: Any) -> str:
    site = SiteFacts("Durand & Fils", "+33123456789", url="https://durand.fr")
    facts = context(ContactFacts("Jean", "j@e.fr", ""), site, event, now=NOW, unsubscribe_url="https://b.fr/u")
    return render(source, facts).html


def refused(source: Source) -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        check(source)
    return caught.value


# --- inlining --------------------------------------------------------------------------------------------------


def test_rules_are_inlined_and_those_that_cannot_be_stay():
    page = written(html(PAGE))
    check(html(PAGE))
    assert '<p style="margin: 0;color: #333333;">Bonjour Jean, 3 &lt; 4</p>' in page
    assert "@media (max-width: 400px)" in page
    assert "a:hover" in page
    assert page.startswith("<!DOCTYPE html>")
    assert page.count("<style>") == 1


def test_a_condition_between_rows_stays_between_them():
    assert '<td class="sans">Sans</td>' in written(html(PAGE))
    page = written(html(PAGE), x="trois")
    assert '<td class="avec">Avec trois</td>' in page
    assert "Sans" not in page
    assert page.index("<table") < page.index("Avec") < page.index("</table>")


def test_variables_stand_in_attributes_and_in_what_outlook_alone_reads():
    page = written(html(PAGE))
    assert 'href="https://durand.fr?a=1&amp;b=2"' in page
    assert "<!--[if mso]><p>Durand &amp; Fils pour Outlook</p><![endif]-->" in page
    assert "jinja" not in page


def test_what_a_form_sends_is_escaped():
    assert "<b>x" not in written(html("<p>{{ event.x | default('') }}.</p>"), x="<b>x</b>")


def test_a_style_for_one_medium_is_not_for_all():
    page = written(html('<style media="print">b { color: red }</style><b>x</b>'))
    assert "<b>x</b>" in page
    assert "@media print" in page


def test_mjml_is_inlined_and_its_media_queries_stay():
    page = written(mjml('<mj-text><a href="{{ site.url }}">Ici</a></mj-text>'))
    assert '<a href="https://durand.fr" style="color: inherit;">' in page
    assert "@media only screen and (min-width:480px)" in page
    assert "@media (prefers-color-scheme: dark)" in page
    assert "border-collapse: collapse" in page


def test_html_has_its_preheader_first_and_hidden():
    message = html("<html><body class='a'><p>Bonjour</p></body></html>", "Vite & bien, {{ contact.prenom }}")
    page = written(message)
    assert '<body class="a"><div style="display:none;max-height:0;overflow:hidden;">Vite &amp; bien, Jean</div>' in page
    facts = context(ContactFacts("Jean", "", ""), SiteFacts("X"), {}, now=NOW, unsubscribe_url="u")
    assert render(message, facts).text == "Bonjour\n"


def test_a_part_of_a_page_is_made_a_page():
    assert written(html("<p>Bonjour</p>")).startswith("<!DOCTYPE html><html><head></head><body><p>")


# --- what has no place in an email -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    [
        "<script>alert(1)</script>", "<iframe src='https://x.fr'></iframe>", "<form action='https://x.fr'></form>",
        "<img src=x onerror=alert(1)>", "<a href='javascript:alert(1)'>x</a>", "<a href=' java\nscript:alert(1)'>x</a>",
        "<a href='&#106;avascript:alert(1)'>x</a>", "<a href='data:text/html,x'>x</a>", "<object data='x'></object>",
        "<link rel='stylesheet' href='https://x.fr/a.css'>", "<style>@import url(https://x.fr/a.css);</style>",
        "<p style='width: expression(alert(1))'>x</p>", "<meta http-equiv='refresh' content='0;url=https://x.fr'>",
        "<base href='https://x.fr'>", "<svg onload=alert(1)></svg>", "<!--[if mso]><script>x</script><![endif]-->",
        "<a href=\"{{ site.url | default('javascript:alert(1)') }}\">x</a>", "<embed src='x'>",
    ],
)  # fmt: skip
def test_what_acts_is_refused_with_its_line(bad: str):
    error = refused(html(f"<p>Bonjour {{{{ contact.prenom\n}}}}</p>\n{bad}"))
    assert (error.field, error.line) == ("body", 3)
    assert refused(mjml(f"<mj-raw>{bad}</mj-raw>")).field == "body"


@pytest.mark.parametrize(
    "good",
    [
        '<a href="tel:{{ site.telephone_lien }}">x</a>', '<a href="mailto:a@b.fr">x</a>', '<a href="#bas">x</a>',
        '<img src="https://x.fr/a.png" alt="x">', '<img src="data:image/png;base64,AA==" alt="x">',
        '<p style="background: url(https://x.fr/a.png)">x</p>', "<!-- note -->x",
        '<a href="{{ site.lien_avis }}">x</a>',
    ],
)  # fmt: skip
def test_what_only_reads_is_accepted(good: str):
    check(html(f"{good}<p>Bonjour</p>"))


@pytest.mark.parametrize(
    "bad",
    [
        "<p {% if site.nom %}class='a'{% endif %}>x</p>", "<p class={{ site.nom }}>x</p>", "<{{ site.nom }}>x",
        "<p>x</p>\n<scr{% if site.nom %}ipt>{% endif %}",
    ],
)  # fmt: skip
def test_a_variable_that_would_be_taken_apart_is_refused(bad: str):
    assert "dans une balise" in refused(html(f"{bad}<p>x</p>")).rule


def test_a_condition_inside_css_is_refused():
    lost = "<style>{% if site.nom %} b { color: red } {% endif %}</style><b>x</b>"
    assert "n'apparaît pas" in refused(html(lost)).rule


@pytest.mark.parametrize(
    "body",
    [
        '<a href="{{ event.lien }}">x</a>', '<img src="https://x.fr/{{ contact.email }}">',
        '<p style="color: {{ event.c }}">x</p>', "<style>p { color: {{ event.c }} }</style><p>x</p>",
    ],
)  # fmt: skip
def test_where_a_link_leads_and_how_it_looks_is_not_up_to_a_form(body: str):
    assert "jamais d'un formulaire" in refused(html(body)).rule


def test_a_marketing_page_says_how_to_leave():
    page = replace(html("<p>Soldes</p>"), category="marketing")
    assert "liens.desinscription" in refused(page).rule
    check(replace(page, body='<p>Soldes</p><a href="{{ liens.desinscription }}">Se désinscrire</a>'))
    check(replace(mjml("<mj-text>Soldes</mj-text>"), category="marketing"))  # the layout says it


def test_the_words_that_stand_for_variables_cannot_be_written():
    assert "réservé" in refused(html("<p>jinja0000x</p>")).rule


@given(st.text("<>!-[]/='\"& aonscript{}%:;\n", max_size=80))
def test_any_text_is_read_to_its_end(text: str):
    first_problem(text)
    with suppress(TemplateError):
        check(html(f"<p>x</p>{text}"))
