"""Every address of the budget's pages."""

from web.office.budget import agencies, frames, lines, packages, releasing, reviewing, standards, years

ROUTES = (
    *years.ROUTES,
    *packages.ROUTES,
    *agencies.ROUTES,
    *standards.ROUTES,
    *frames.ROUTES,
    *reviewing.ROUTES,
    *releasing.ROUTES,
    *lines.ROUTES,
)
