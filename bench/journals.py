"""Journals of several sizes, each on a server of its own, so that all can be asked in the same minutes."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from time import perf_counter

from bench.city import City, founded, served
from bench.events import Journal
from bench.measure import Sizes


@dataclass(frozen=True, slots=True)
class Journals:
    """A city for each size asked, with what it holds and how long its journal took to post."""

    cities: dict[int, City] = field(default_factory=dict)
    vouchers: dict[int, int] = field(default_factory=dict)
    seconds: dict[int, float] = field(default_factory=dict)
    made: dict[int, Journal] = field(default_factory=dict)


@contextmanager
def posted(sizes: Sizes) -> Generator[Journals]:
    """Post the journals, then tidy each as autovacuum would in time."""
    with ExitStack() as stack:
        found = Journals()
        for wanted in sizes.journals:
            city = founded(*stack.enter_context(served()), 1)
            made = Journal(city.indicators)
            began = perf_counter()
            count = 0
            for batch in made.year(wanted, min(sizes.batch, wanted)):
                city.post(batch.duty, batch.events)
                count += batch.vouchers
            found.cities[wanted], found.made[wanted] = city, made
            found.vouchers[wanted], found.seconds[wanted] = count, perf_counter() - began
            with city.superuser() as above:
                above.execute("vacuum (analyze)")
                above.execute("checkpoint")
        yield found
