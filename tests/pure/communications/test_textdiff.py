"""Two texts side by side, as a person reads it."""

from dataclasses import replace

from communications.rendering import Source
from communications.textdiff import Kind, Line, differences

SMS = Source("plombier/essai", "sms", "", "", "un\ndeux\ntrois")


def test_the_same_text_differs_in_nothing():
    assert differences(SMS, SMS) == []


def test_what_was_is_beside_what_is():
    found = differences(SMS, replace(SMS, body="un\n2\ntrois"))
    assert [line for line in found if line.kind != Kind.SAME] == [Line(Kind.REMOVED, "deux"), Line(Kind.ADDED, "2")]


def test_far_lines_are_left_out_and_said_to_be():
    long = replace(SMS, body="\n".join(map(str, range(30))))
    found = differences(long, replace(long, body=long.body.replace("\n5\n", "\ncinq\n").replace("\n25\n", "\nfin\n")))
    assert sum(line.kind == Kind.SKIPPED for line in found) == 1
    assert found[0].kind == Kind.SAME


def test_what_stands_beside_the_text_is_compared_too():
    email = Source("a/b", "email", "Objet", "", "x")
    assert Line(Kind.ADDED, "Objet : Autre") in differences(email, replace(email, subject="Autre"))
    assert Line(Kind.ADDED, "Format : HTML") in differences(email, replace(email, format="html"))
    assert Line(Kind.ADDED, "Caractères simplifiés : non") in differences(SMS, replace(SMS, transliterates=False))
    chat = Source("a/b", "whatsapp", "", "", "x")
    assert Line(Kind.ADDED, "Variable 1 : y") in differences(chat, replace(chat, content_variables=(("1", "y"),)))


def test_a_line_that_looks_like_a_mark_is_a_line():
    found = differences(SMS, replace(SMS, body="un\n-- deux\ntrois"))
    assert Line(Kind.ADDED, "-- deux") in found
