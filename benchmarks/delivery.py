"""Delivery alone: one worker process against a provider that takes 50 ms for each call."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from benchmarks import load
from benchmarks.figures import Figure, at_least, seen

MESSAGES = """
INSERT INTO messages (organization_id, site_id, contact_id, step, template, channel, category, status, reason, detail,
    due_at, useful_until, provider, provider_id, "to", created_at)
SELECT organization_id, site_id, id, 'un', %s, %s, 'transactional', 'queued', '', '', now() - interval '1 second',
    now() + interval '1 day', '', '', '', now() FROM contacts
"""


def measure(quick: bool, results: dict[str, float]) -> list[Figure]:
    count = 3_000 if quick else 20_000
    sms = delivered("sms", "plombier/urgence_accuse", count, {"TWILIO_RATE_PER_SECOND": "0"})
    emails = delivered("email", "avocat/consultation_accuse", count, {"RESEND_RATE_PER_SECOND": "0"})
    shared = delivered("email", "avocat/consultation_accuse", count, {"RESEND_RATE_PER_SECOND": "10"})
    return [
        at_least(f"delivery, one worker, 50 ms a call, {count:,} SMS, one a call", sms, 500, "messages/s"),
        at_least("the same, emails, one a call", emails, 500, "messages/s"),
        seen("the same, emails, up to 100 a call, 10 calls a second", shared, "messages/s"),
    ]


def delivered(channel: str, template: str, count: int, changes: dict[str, str]) -> float:
    """Return how many messages a second one worker delivers."""
    from communications.models import Message
    from workflows.deploy import deploy

    site = load.site_with(count)
    for sector in ("plombier", "avocat"):
        deploy(site, sector, now=load.now())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE contacts SET email = 'contact' || id || '@exemple.fr'")
        cursor.execute(MESSAGES, [template, channel])
    load.settle()
    with provider() as url:
        environment = os.environ | {
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "token", "TWILIO_PHONE_NUMBER": "BANC",
            "TWILIO_API_URL": url, "RESEND_API_KEY": "re_bench", "RESEND_API_URL": url,
            "FROM_EMAIL": "banc@exemple.fr", **changes,
        }  # fmt: skip
        run = subprocess.run(
            [sys.executable, "-m", "benchmarks.deliver"], env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
    sent = Message.objects.filter(status="sent").count()
    if sent != count:
        raise RuntimeError(f"{sent} of {count} were sent")
    return count / float(run.stdout)


@contextmanager
def provider() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.slow_provider", str(port)])
    try:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
