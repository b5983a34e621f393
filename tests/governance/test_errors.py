"""Error pages: their status, their words, and that the worst of them need neither session nor database."""

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from governance.middleware import STATUS
from governance.views import errors


def forbid(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the secret of the database")


urlpatterns = [path("forbidden", forbid), path("broken", fail), path("theme", fail, name="set_theme")]
handler403 = errors.permission_denied
handler404 = errors.not_found
handler500 = errors.server_error


@pytest.mark.parametrize("status", sorted(errors.TEXTS))
def test_an_error_page_says_what_happened_in_its_title(status: int) -> None:
    page = errors.error_page(None, status)

    assert page.status_code == status
    assert f"<h1>{errors.TEXTS[status].title}</h1>" in page.content.decode()


def test_a_reference_is_shown_so_that_it_can_be_quoted() -> None:
    request = RequestFactory().get("/", headers={"X-Request-ID": "4f1c-22"})

    assert '<span class="code">4f1c-22</span>' in errors.server_error(request).content.decode()


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize(("address", "status"), [("/forbidden", 403), ("/nowhere", 404), ("/broken", 500)])
def test_the_handlers_answer_with_their_pages_and_leak_nothing(address: str, status: int) -> None:
    response = Client(raise_request_exception=False).get(address)

    assert response.status_code == status
    assert str(errors.TEXTS[status].title) in response.content.decode()
    assert "secret" not in response.content.decode()


@pytest.mark.parametrize("handler", [errors.bad_request, errors.unavailable])
def test_a_page_for_broken_requests_asks_nothing_of_the_request(handler) -> None:
    page = handler(HttpRequest())

    assert "Go to the start" in page.content.decode()


def test_every_error_of_a_service_has_a_page_with_words_of_its_own() -> None:
    assert set(STATUS.values()) <= set(errors.TEXTS)
    assert len({str(text.title) for text in errors.TEXTS.values()}) == len(errors.TEXTS)


@pytest.mark.django_db
def test_an_address_that_takes_no_get_answers_a_browser_with_a_page() -> None:
    page = Client().put("/terms/x/1", headers={"Accept": "text/html,*/*"})
    program = Client().put("/terms/x/1", headers={"Accept": "application/json"})

    assert (page.status_code, page["Allow"]) == (program.status_code, program["Allow"]) == (405, "GET")
    assert str(errors.TEXTS[405].title) in page.content.decode()
    assert program.content == b""
