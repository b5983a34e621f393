"""The device flow: a program shows a code, a person types it in and answers, and the program gets its token once."""

from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.http import HttpResponse

from access.passports import client_services as clients
from access.passports import device_services as devices
from tests.access.builders import NOW
from tests.access.provider import flows
from tests.access.provider.flows import Registered, World, a_world, signed_in
from tests.races import shared_database, together

pytestmark = pytest.mark.django_db


def command_line(world: World, **rest: Any) -> Registered:
    """A program for command lines, which cannot keep a secret."""
    return flows.a_client("Fetcher", world.vault, clients.DEVICE_CODE, public=True, **rest)


def begin(by: Registered, scope: str = flows.PASSPORT_SCOPES) -> dict[str, Any]:
    response = flows.Browser().post("/oauth/device", {"client_id": by.client.client_id, "scope": scope})
    assert response.status_code == 200, response.content
    return response.json()


def answer(
    world: World, code: str, allow: str = "true", chosen: str = "ga4gh_passport_v1", **more: str
) -> HttpResponse:
    return signed_in(world.ada).post("/device", {"code": code, "allow": allow, "chosen": chosen, **more})


def poll(by: Registered, code: str) -> HttpResponse:
    body = {"grant_type": clients.DEVICE_CODE, "device_code": code, "client_id": by.client.client_id}
    return flows.Browser().post("/oauth/token", body)


def test_a_person_types_the_code_and_the_program_gets_their_visas():
    world = a_world()
    program = command_line(world)

    started = begin(program)
    page = signed_in(world.ada).get("/device", {"code": started["user_code"]}).content.decode()
    waits = poll(program, started["device_code"])
    answer(world, started["user_code"].lower())
    given = poll(program, started["device_code"]).json()

    assert started["verification_uri"] == f"{settings.BASE_URL}device"
    assert started["verification_uri_complete"] == f"{settings.BASE_URL}device?code={started['user_code']}"
    assert "Fetcher asks for facts about you" in page
    assert "Vault host" in page
    assert waits.json()["error"] == "authorization_pending"
    assert len(flows.userinfo(given["access_token"]).json()["ga4gh_passport_v1"]) == 3


def test_a_yes_is_given_once_and_to_its_own_program_alone():
    world = a_world()
    program, other = command_line(world), command_line(world)
    started = begin(program)
    answer(world, started["user_code"])

    foreign = poll(other, started["device_code"])
    first, second = poll(program, started["device_code"]), poll(program, started["device_code"])

    assert [foreign.status_code, first.status_code, second.status_code] == [400, 200, 400]
    assert {foreign.json()["error"], second.json()["error"]} == {"invalid_grant"}


def test_a_no_and_a_part_are_answers_too():
    world = a_world()
    program = command_line(world)
    refused, narrowed = begin(program), begin(program)

    answer(world, refused["user_code"], allow="false", chosen="")
    warned = answer(world, narrowed["user_code"], chosen="").content.decode()
    waits = poll(program, narrowed["device_code"]).json()
    answer(world, narrowed["user_code"], chosen="", without_visas="1")

    assert "You left out your visas" in warned
    assert waits["error"] == "authorization_pending"
    assert poll(program, refused["device_code"]).json()["error"] == "access_denied"
    assert poll(program, narrowed["device_code"]).json()["scope"] == "openid"


def test_who_polls_too_fast_is_slowed_down_and_a_code_ends_after_ten_minutes():
    world = a_world()
    program = command_line(world)

    with time_machine.travel(NOW, tick=False) as clock:
        code = begin(program)["device_code"]
        said = []
        for seconds in (0, 5, 1, 5, 10, 600):
            clock.shift(seconds)
            said.append(poll(program, code).json()["error"])

    assert said == [*["authorization_pending"] * 2, *["slow_down"] * 3, "expired_token"]


def test_nobody_guesses_codes():
    world = a_world()
    browser = signed_in(world.ada)
    code = begin(command_line(world))["user_code"]

    statuses = [browser.post("/device", {"code": f"BCDF-GHJ{sign}"}).status_code for sign in "BCDFGHJKLM"]

    assert statuses == [400] * 10
    assert browser.post("/device", {"code": code}).status_code == 429


@pytest.mark.parametrize(
    ("changes", "error", "status"),
    [
        ({"client_id": "nobody"}, "invalid_client", 401),
        ({"scope": "email"}, "invalid_scope", 400),
        ({"scope": "offline_access nonsense"}, "invalid_scope", 400),
    ],
)
def test_a_wrong_beginning_says_what_is_wrong(changes: dict[str, str], error: str, status: int):
    program = command_line(a_world())

    response = flows.Browser().post("/oauth/device", {"client_id": program.client.client_id, **changes})

    assert (response.status_code, response.json()["error"]) == (status, error)


def test_a_confidential_client_proves_itself_and_others_are_not_let_in():
    world = a_world()
    secret = flows.a_client("Server", world.vault, clients.DEVICE_CODE)

    named = flows.Browser().post("/oauth/device", {"client_id": secret.client.client_id})
    proved = flows.Browser().post("/oauth/device", {}, **secret.basic)
    not_registered = flows.Browser().post("/oauth/device", {}, **world.portal.basic)

    assert [named.status_code, proved.status_code, not_registered.status_code] == [401, 200, 400]


def test_visas_for_a_device_need_a_second_factor():
    world = a_world(demo=False)

    response = answer(world, begin(command_line(world))["user_code"])

    assert response.status_code == 403
    assert devices.DeviceGrant.objects.get().status == "authorization-pending"


def test_the_programs_code_is_not_stored_and_an_answered_code_is_not_asked_again():
    world = a_world()
    started = begin(command_line(world))

    answer(world, started["user_code"])

    assert started["device_code"] != devices.DeviceGrant.objects.get().device_code
    assert answer(world, started["user_code"]).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_of_parallel_polls_one_gets_the_token(tmp_path: Path):
    with shared_database(tmp_path):
        world = a_world()
        program = command_line(world)
        started = begin(program)
        answer(world, started["user_code"])

        results = together(*[lambda: poll(program, started["device_code"]).status_code] * 5)

        assert sorted(map(str, results)) == ["200", "400", "400", "400", "400"]
