"""The one application behind ``gongku serve``: the public site, the office and the API over the same books."""

from flask import Flask, Response

from ledger.db import Source
from web import guard, look
from web.api import views as api
from web.office import desk as office
from web.office import routes as office_routes
from web.site import disclosures
from web.site import pages as site
from web.site.finding import Finding, find_vouchers, list_books, tell_sets


def create_app(source: Source) -> Flask:
    """Make the application over the books of a source; each family of pages uses logins of its own."""
    app = Flask("web", static_folder=None, template_folder=None)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    guard.protect(app, {"": site.error_page, "/api/": api.error_answer, "/office/": office.teller(source)})
    app.register_blueprint(look.blueprint)
    api.register(app, source)
    app.register_blueprint(office_routes.blueprint(source))
    finding = Finding(
        {"fees": disclosures.find_fees, "projects": disclosures.find_projects, "vouchers": find_vouchers},
        [tell_sets, disclosures.tell],
        [disclosures.list_pages, list_books],
    )
    app.register_blueprint(site.blueprint(source, [disclosures.register, finding.register]))

    @app.get("/healthz")
    def health() -> Response:
        """Tell a monitor that the process answers."""
        return Response("ok\n", mimetype="text/plain")

    @app.get("/readyz")
    def ready() -> Response:
        """Tell a balancer that the database answers too."""
        with source.engine("public").connect() as connection:
            connection.exec_driver_sql("select 1")
        return Response("ok\n", mimetype="text/plain")

    return app
