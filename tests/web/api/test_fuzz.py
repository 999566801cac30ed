"""Whatever is sent to whatever address of the API, it never breaks: schemathesis over the whole description."""

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error

from web.app import create_app


def test_nothing_breaks_it(city):
    city.receive(123_450)
    session = city.session("AUDT_IN")
    headers = {"Authorization": f"Bearer gk_{session.login}_{session.token}"}
    description = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", create_app(city.source))
    tried = [_tried(found.ok(), headers) for found in description.get_all_operations()]
    assert len(tried) == len(set(tried)) >= 15


def _tried(operation, headers):
    @settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def send(case):
        answer = case.call(headers=headers)
        case.validate_response(answer, checks=[not_a_server_error])

    send()
    return operation.label
