"""The one application behind ``gongku serve``: the public site, the office and the API over the same books."""

from flask import Flask

from ledger.db import Source
from web import guard, look
from web.api import views as api
from web.health import tell_health
from web.logs import log_access
from web.metrics import measure
from web.office import desk as office
from web.office import routes as office_routes
from web.office.imports.uploads import Slots
from web.office.oidc import OpenIdProvider
from web.peers import BehindProxies
from web.rates import limit
from web.settings import Settings
from web.site import disclosures
from web.site import pages as site
from web.site.finding import Finding, find_vouchers, list_books, tell_sets


def create_app(source: Source, settings: Settings | None = None) -> Flask:
    """Make the application over the books of a source; each family of pages uses logins of its own."""
    settings = settings or Settings()
    app = Flask("web", static_folder=None, template_folder=None)
    app.config["TRUSTED_HOSTS"] = list(settings.hosts) or None
    app.config["MAPPINGS"], app.config["UPLOADS"] = settings.mappings, Slots(settings.uploads_at_once)
    app.config["PROVIDER"] = OpenIdProvider(settings.provider) if settings.provider else None
    log_access(app)
    measure(app, source, settings.metrics_token)
    limit(app, settings.rates)
    app.jinja_env.globals["imprint"] = settings.imprint
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    guard.protect(app, {"": site.error_page, "/api/": api.error_answer, "/office/": office.teller(source)})
    app.register_blueprint(look.blueprint)
    api.register(app, source)
    app.register_blueprint(office_routes.blueprint(source))
    finding = Finding(
        {
            "budgets": disclosures.find_budgets,
            "accounts": disclosures.find_accounts,
            "fees": disclosures.find_fees,
            "funds": disclosures.find_funds,
            "projects": disclosures.find_projects,
            "vouchers": find_vouchers,
        },
        [tell_sets, disclosures.tell],
        [disclosures.list_pages, list_books],
    )
    app.register_blueprint(site.blueprint(source, [disclosures.register, finding.register]))
    tell_health(app, source)
    if settings.proxies:
        app.wsgi_app = BehindProxies(app.wsgi_app, settings.proxies)  # type: ignore[method-assign]
    return app
