"""What a marketing SMS has to say about how it is refused. Pure.

French operators do not let business SMS from 06 and 07 numbers through, and a name receives no answer: what a
message promises has to work for its sender.
"""

import re

PHONE = re.compile(r"\+[1-9]\d{6,14}")
SHORT = re.compile(r"3[68]\d{3}")
BLOCKED = ("+336", "+337")


def is_two_way(sender: str) -> bool:
    """Tell whether an answer to this sender arrives: a phone number that operators let through, or a short one."""
    if SHORT.fullmatch(sender):
        return True
    return PHONE.fullmatch(sender) is not None and not sender.startswith(BLOCKED)


def stop_mention(sender: str, stop_number: str, link: str) -> str:
    """Return how to refuse further SMS of this sender: by an answer, by a 36xxx number, or by a link."""
    if is_two_way(sender):
        return "STOP : répondez STOP"
    return f"STOP au {stop_number}" if stop_number else f"STOP : {link}"


def with_mention(text: str, mention: str) -> str:
    """Return a text with its mention on a line of its own, unless it says so already."""
    return text if not mention or mention in text else f"{text}\n{mention}"
