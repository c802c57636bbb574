"""django-helpdesk with many tickets, and its own list as JSON: `python -m bench.peers.helpdesk_app FILE N`
fills a database; then each line on standard input is a number of requests, answered by how many a second."""

import base64
import json
import sys
import time
from datetime import timedelta
from pathlib import Path

import django
from django.conf import settings

SHOWN = 25  # its own first page


def configure(file: Path) -> None:
    """The least its documentation asks for; debug off, no mail, one queue."""
    settings.configure(
        DEBUG=False, SECRET_KEY="bench-only", USE_TZ=True, SITE_ID=1, ALLOWED_HOSTS=["testserver"],
        ROOT_URLCONF="bench.peers.helpdesk_urls", STATIC_URL="/static/", MEDIA_ROOT=str(file.parent),
        DEFAULT_AUTO_FIELD="django.db.models.AutoField", LOGIN_URL="/login/",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}},
        INSTALLED_APPS=[
            "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
            "django.contrib.sites", "django.contrib.humanize", "django.contrib.messages",
            "django.contrib.admin", "django.contrib.staticfiles", "rest_framework", "helpdesk",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[{
            "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
            "OPTIONS": {"context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]},
        }],
        HELPDESK_TEAMS_MODE_ENABLED=False, HELPDESK_KB_ENABLED=False,
    )  # fmt: skip
    django.setup()


def fill(count: int) -> None:
    """So many tickets of one queue, a quarter of them open, with ten owners and due days as tasks have."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.utils import timezone
    from helpdesk.models import Queue, Ticket

    call_command("migrate", verbosity=0)
    users = get_user_model().objects
    users.create_superuser("bench", "bench@example.org", "bench")
    owners = [users.create_user(f"owner{n}", is_staff=True) for n in range(10)]
    queue, now = Queue.objects.create(title="Care", slug="care"), timezone.now()
    for start in range(0, count, 5_000):
        Ticket.objects.bulk_create(
            Ticket(
                title=f"Medication {n}", queue=queue, assigned_to=owners[n % 10], priority=3,
                submitter_email="pat@example.org", description="Did it arrive?", created=now,
                status=Ticket.OPEN_STATUS if n % 4 == 0 else Ticket.CLOSED_STATUS,
                due_date=now + timedelta(minutes=n % 86_400 - 43_200), modified=now,
            )
            for n in range(start, min(start + 5_000, count))
        )  # fmt: skip


def main() -> None:
    file, count = Path(sys.argv[1]), int(sys.argv[2])
    configure(file)
    fill(count)
    from django.test import Client
    from django.urls import reverse
    from helpdesk.models import Ticket

    client = Client()
    client.login(username="bench", password="bench")
    asked = {"filtering": {"status__in": [Ticket.OPEN_STATUS]}, "filtering_null": {},
             "search_string": "", "sorting": "created", "sortreverse": False}  # fmt: skip
    query = base64.b64encode(json.dumps(asked).encode()).decode()
    url = reverse("helpdesk:datatables_ticket_list", args=[query])
    wanted = {"draw": 1, "start": 0, "length": SHOWN, "order[0][column]": 0, "order[0][dir]": "asc"}
    print("ready", flush=True)
    for line in sys.stdin:
        began, times = time.perf_counter(), int(line)
        for _ in range(times):
            answer = client.get(url, wanted)
            rows = answer.json()["data"] if answer.status_code == 200 else []
            if len(rows) != SHOWN:
                raise SystemExit(f"{answer.status_code}: {len(rows)} rows")
        print(times / (time.perf_counter() - began), flush=True)


if __name__ == "__main__":
    main()
