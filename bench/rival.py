"""Posts by django-hordak, run by a Python of its own that has it: ``rival.py URL prepare|bulk|documented ...``."""

import json
import multiprocessing
import sys
from datetime import date
from time import perf_counter
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

ACCOUNTS = 200
_LONGEST = 3600


def configure(url: str) -> None:
    """Point Django at the database of a URL."""
    import django  # type: ignore[import-not-found]  # noqa: PLC0415 - it is not of our environment
    from django.conf import settings  # type: ignore[import-not-found]  # noqa: PLC0415

    parts = urlsplit(url)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": asked.get("host") or parts.hostname or "",
        "PORT": asked.get("port") or parts.port or "",
        "CONN_MAX_AGE": _LONGEST,
    }
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "djmoney", "hordak"],
        DATABASES={"default": database},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        DEFAULT_CURRENCY="CNY",
        CURRENCIES=["CNY"],
        USE_TZ=True,
    )
    django.setup()


def prepare() -> None:
    """Make the tables and some accounts."""
    from django.core.management import call_command  # type: ignore[import-not-found]  # noqa: PLC0415
    from hordak.models import Account  # type: ignore[import-not-found]  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    for n in range(ACCOUNTS):
        Account.objects.create(name=f"account {n}", code=str(n), type="AS", currencies=["CNY"])


def post(way: str, batch: int, seconds: float, seed: int) -> tuple[int, float]:
    """Post for so long, a batch in each commit; give the transactions posted and the seconds taken."""
    from django.db import transaction  # type: ignore[import-not-found]  # noqa: PLC0415
    from hordak.models import Account, Leg, Transaction  # noqa: PLC0415
    from moneyed import Money  # type: ignore[import-not-found]  # noqa: PLC0415

    accounts = list(Account.objects.order_by("pk"))
    own = accounts[1 + seed * 20 : 21 + seed * 20]

    def sides(of: Any, n: int) -> list[Any]:  # noqa: ANN401 - a model of Django
        one, two = own[n % 20], own[(n + 7) % 20]
        return [
            Leg(transaction=of, account=accounts[0], debit=Money(n % 997 + 2, "CNY")),
            Leg(transaction=of, account=one, credit=Money(n % 997 + 1, "CNY")),
            Leg(transaction=of, account=two, credit=Money(1, "CNY")),
        ]

    done, began = 0, perf_counter()
    while perf_counter() < began + seconds:
        with transaction.atomic():
            if way == "bulk":
                made = [Transaction(description=f"payment {n}", date=date(2024, 3, 5)) for n in range(batch)]
                Transaction.objects.bulk_create(made)
                Leg.objects.bulk_create([leg for n, each in enumerate(made) for leg in sides(each, n)])
            else:
                for n in range(batch):
                    each = Transaction.objects.create(description=f"payment {n}", date=date(2024, 3, 5))
                    for leg in sides(each, n):
                        leg.save()
        done += batch
    return done, perf_counter() - began


def main(url: str, way: str, batch: str = "1", clients: str = "1", seconds: str = "1") -> None:
    """Do what is asked; print the transactions a second of all clients together."""
    if way == "prepare":
        configure(url)
        prepare()
        return
    with multiprocessing.get_context("spawn").Pool(int(clients), configure, (url,)) as pool:
        pool.map(abs, range(int(clients)))
        asked = [(way, int(batch), float(seconds), seed) for seed in range(int(clients))]
        found = pool.starmap(post, asked, chunksize=1)
    print(json.dumps(sum(done / taken for done, taken in found)))


if __name__ == "__main__":
    main(*sys.argv[1:])
