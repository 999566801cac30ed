"""Every address of the pages of special funds."""

from web.office.desk import Route
from web.office.funds import applications, calls, experts

ROUTES: tuple[Route, ...] = (*calls.ROUTES, *applications.ROUTES, *experts.ROUTES)
