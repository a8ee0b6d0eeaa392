"""Drafts: what an agent wrote stands in the place of the template's own words; all the rest of the message stays.

The mention of STOP, the frame of an email with its link to unsubscribe, the sender and the approved WhatsApp template
are not the agent's: they come from where they always come from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

from markupsafe import Markup

from berinia.rows import fetch
from communications.rendering import Rendered, Source, compile_source, text_of
from communications.template_language import write

DRAFTS = """
SELECT m.id, d.subject, d.text FROM messages m
JOIN brouillons_agents d ON d.execution_id = m.execution_id AND d.run = m.run AND d.step = m.step
    AND d.contact_id = m.contact_id AND d.channel = m.channel
WHERE m.id = ANY(%s) AND m.execution_id IS NOT NULL
"""
# The layout of the library's emails around one text.
FRAME = Source(
    "", "email", "", "", "<mj-section><mj-column><mj-text>{{ event.texte }}</mj-text></mj-column></mj-section>"
)


def drafts_of(message_ids: Sequence[int]) -> Mapping[int, Any]:
    """Return the drafts (`subject`, `text`) of messages that have one."""
    return {row.id: row for row in fetch(DRAFTS, [list(message_ids)])} if message_ids else {}


def drafted(rendered: Rendered, draft: Any, variables: Mapping[str, Any]) -> Rendered:
    """Return a rendered message with the words of a draft. `variables` are those that it was rendered with."""
    if not rendered.html:
        return replace(rendered, text=draft.text)
    words = {**variables, "event": {"texte": paragraphs(draft.text)}}
    html = write("body", compile_source(FRAME).body, words)
    return replace(rendered, subject=draft.subject or rendered.subject, html=html, text=text_of(html))


def paragraphs(text: str) -> Markup:
    """Return plain text as HTML, escaped, with its paragraphs and line breaks."""
    parts = [escape(part).replace("\n", "<br />") for part in text.strip().split("\n\n") if part.strip()]
    return Markup("<br /><br />".join(parts))  # noqa: S704 - escaped above
