"""Every address of the pages of claims."""

from web.office.claims import recording, register, venues
from web.office.desk import Route

ROUTES: tuple[Route, ...] = (*register.ROUTES, *recording.ROUTES, *venues.ROUTES)
