"""Requests are logged without their query, in which tokens and names may stand."""

import pytest

pytestmark = pytest.mark.django_db
CANARY = "canary-eyJhbGciOiJSUzI1NiJ9"


def test_the_query_of_a_request_is_not_logged(client, capfd):
    client.get("/userinfo", {"access_token": CANARY})
    client.get("/oauth/logout", {"id_token_hint": CANARY})

    logged = "".join(capfd.readouterr())
    assert "GET /userinfo" in logged
    assert CANARY not in logged
