"""My data: which projects use them and why, and who has confirmed that they left."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from access.cases import services as cases
from access.domain.acknowledgement import Standing
from access.hosts import services as hosts
from access.my_data.selectors import uses_of
from consent.selectors.positions import position
from consent.services import memberships
from tests.access import builders as access
from tests.access.granted import LATER, NOW, Granted, granted, propagate
from tests.acting import TESTS
from tests.browser import PHONE, assert_fits, assert_no_axe_findings, screenshot, sign_in
from tests.consent import builders as consent

pytestmark = pytest.mark.django_db


def page_of(client, of: Granted, number: int, now=LATER) -> str:
    client.force_login(of.participants[number].account)
    with time_machine.travel(now, tick=False):
        return client.get(reverse("my_data")).content.decode()


def test_a_project_that_uses_my_data_says_who_it_is_and_why(client):
    of = granted()

    [use] = uses_of(of.participants[0], LATER)
    page = page_of(client, of, 0)

    assert (use.is_in, use.late, use.company) == (True, False, False)
    assert use.institution == of.access.ada.affiliations.get().organisation
    assert {reason.verdict.value for reason in use.reasons} == {"permit"}
    assert "One project uses your data today." in page
    assert "My data are in" in page
    assert use.summary in page


def test_reasons_and_projects_speak_to_the_person(client):
    of = granted()

    page = page_of(client, of, 0)

    assert "Why my data are in" in page
    assert "We are not a company." in page
    assert [words for words in ("The agreed use", "The purpose", "the purpose") if words in page] == []


def test_a_programme_in_force_comes_before_one_that_was_left(client):
    of = granted()
    asked = consent.world("azul", now=NOW)
    second = consent.enrol(asked, of.participants[0].account)
    consent.answer(second, asked, consent.EVERYTHING, NOW)
    of.leaves(0)

    page = page_of(client, of, 0)

    assert page.index('id="agreed-azul"') < page.index(f'id="agreed-{of.participants[0].programme.slug}"')
    assert page.index("is in force") < page.index("You left")


def test_a_no_to_what_the_project_needs_takes_my_data_out_and_says_which(client):
    of = granted()

    of.answers(0, {"research_scope": "this_study"})
    propagate(LATER)

    [use] = uses_of(of.participants[0], LATER)
    page = page_of(client, of, 0)
    assert (use.is_in, [reason.rule for reason in use.reasons]) == (False, ["CONSENT-1"])
    assert "No project uses your data today." in page
    assert "No use of your data is allowed now, so they stay out." in page


def test_a_closed_outlet_is_a_reason_of_its_own(client):
    of = granted()

    of.answers(0, {"repository": "no"})

    [use] = uses_of(of.participants[0], LATER)
    assert (use.is_in, [reason.rule for reason in use.reasons]) == (False, ["OUTLET-1"])
    assert "You did not agree that your data are placed in protected databases." in page_of(client, of, 0)


def test_a_persons_own_no_is_never_red(client):
    of = granted()

    of.answers(0, {"repository": "no"})

    assert 'class="i no"' not in page_of(client, of, 0)


def test_who_agreed_after_the_decision_is_told_that_it_was_later(client):
    of = granted()
    late = consent.enrol(of.consent, consent.person("late", NOW))
    consent.answer(late, of.consent, consent.EVERYTHING, LATER)
    memberships.add(participant=late, dataset=of.access.dataset, by=TESTS, now=LATER)
    of.participants.append(late)

    [use] = uses_of(late, LATER)

    assert (use.is_in, use.late, use.since) == (False, True, None)
    assert "The committee recorded who is in before your answer." in page_of(client, of, 3)


def test_coming_back_does_not_bring_my_data_back_into_a_running_project():
    of = granted()
    of.leaves(0)
    propagate(LATER)

    later = LATER + timedelta(minutes=1)
    consent.ledger.rejoin(
        participant=of.participants[0],
        answers=consent.EVERYTHING,
        form_version=of.consent.version,
        by=of.participants[0].account,
        capacity="self",
        now=later,
    )

    [use] = uses_of(of.participants[0], later)
    assert (use.is_in, use.late) == (False, True)


def test_after_leaving_each_host_is_shown_with_how_far_it_has_followed(client):
    of = granted()
    of.leaves(0)
    [before] = uses_of(of.participants[0], LATER)
    propagate(LATER)

    told_at, confirmed_at = LATER + timedelta(seconds=2), LATER + timedelta(seconds=4)
    hosts.told(host=of.download, grant=of.now(), now=told_at)
    newest = position(of.access.dataset.pk)
    hosts.confirm(host=of.enforcing, grant=of.now(), position=newest, by=of.enforcing, now=confirmed_at)
    [soon] = uses_of(of.participants[0], LATER + timedelta(minutes=1))
    page = page_of(client, of, 0, LATER + timedelta(minutes=1))
    [after] = uses_of(of.participants[0], LATER + timedelta(hours=2))

    assert [one.standing for one in before.hosts] == [Standing.WAITING, Standing.WAITING]
    assert [(one.host, one.standing, one.seconds) for one in soon.hosts] == [
        (of.enforcing, Standing.CONFIRMED, 4.0),
        (of.download, Standing.TOLD, None),
    ]
    assert [one.standing for one in after.hosts] == [Standing.CONFIRMED, Standing.DEAF]
    assert "Confirmed after 4 seconds" in page
    assert "Heard it. Has not yet said that it is done." in page
    assert "Who has confirmed: 1 of 2" in page


def test_the_receipt_of_leaving_names_the_projects_and_who_has_confirmed(client):
    of = granted()
    of.leaves(0)
    propagate(LATER)
    row = of.participants[0].events.latest("sequence")
    client.force_login(of.participants[0].account)

    with time_machine.travel(LATER + timedelta(minutes=1), tick=False):
        page = client.get(reverse("consent_receipt", args=[consent.place("karelia"), row.uuid]))

    [(use, lines)] = page.context["left"]
    assert (use.grant, [line.name for line in lines]) == (of.grant, ["Harbour", "Arkiv"])


def test_others_who_stay_see_nothing_of_it(client):
    of = granted()
    of.leaves(0)
    propagate(LATER)

    [use] = uses_of(of.participants[1], LATER)
    page = page_of(client, of, 1)
    assert (use.is_in, use.hosts) == (True, ())
    assert "Who has confirmed" not in page
    assert "My data are in" in page


def test_what_the_committee_wrote_is_on_the_participants_project_and_in_the_download(client):
    of = granted()
    line = of.grant.line
    line.judged = [{"rule": "SENS-1", "judgement": "The children are asked by people whom they know."}]
    line.save()
    said = "Careful work <b>by people</b> whom we trust."
    voter = consent.person("voter", NOW)
    line.votes.create(voter=voter, choice="approve", reason=said, request_version=1, cast_at=NOW)

    page = page_of(client, of, 0)
    with time_machine.travel(LATER, tick=False):
        [programme] = client.get(reverse("my_data_everything")).json()["programmes"]

    assert "The children are asked by people whom they know." in page
    assert "Careful work &lt;b&gt;by people&lt;/b&gt; whom we trust." in page
    assert voter.name not in page
    assert programme["projects"][0]["committee_wrote"] == [
        {"rule": "SENS-1", "vote": "", "text": "The children are asked by people whom they know."},
        {"rule": "", "vote": "approve", "text": "Because."},
        {"rule": "", "vote": "approve", "text": "Careful work <b>by people</b> whom we trust."},
    ]


def test_the_limits_that_count_are_shown_beside_what_i_said(client):
    places = {
        "permission": "GRU",
        "modifiers": [{"term": "GS", "countries": ["FI", "SE"]}],
    }
    of = granted(places)

    page = page_of(client, of, 0)

    assert "The collection that holds your data adds: They may be used only in Finland, Sweden." in page


# --- Before signing ------------------------------------------------------------------------------------------------
def before_signing(client, of: Granted, number: int, item: str, answer: str):
    client.force_login(of.participants[number].account)
    with time_machine.travel(LATER, tick=False):
        client.post(reverse("consent_question", args=[of.participants[number].pk, item]), {"answer": answer})
        return client.get(reverse("consent_review", args=[of.participants[number].pk]))


def test_before_signing_the_projects_that_lose_or_keep_my_data_are_named(client):
    of = granted()

    loses = before_signing(client, of, 0, "research_scope", "this_study")
    keeps = before_signing(client, of, 1, "audio", "yes")

    for page, after, words in ((loses, (1, 0), "Loses my data"), (keeps, (1, 1), "Keeps my data")):
        found = page.context["consequences"]
        assert (found.before, found.kept) == after
        assert words in page.content.decode()
        assert found.projects[0].use.title in page.content.decode()


def test_the_stop_page_names_the_projects_that_lose_my_data(client):
    of = granted()
    client.force_login(of.participants[0].account)

    with time_machine.travel(LATER, tick=False):
        page = client.get(reverse("consent_stop", args=[consent.place("karelia")]))

    [use] = page.context["consequences"].lost
    assert "If you stop the use, one project loses your data:" in " ".join(page.content.decode().split())
    assert use.title in page.content.decode()
    assert "checked" not in page.content.decode()


def test_what_a_project_would_get_is_found_by_the_matcher(client):
    of = granted(others=[consent.EVERYTHING | {"repository": "no"}])

    page = before_signing(client, of, 3, "repository", "yes")

    [one] = page.context["consequences"].projects
    assert one.after == "may get my data"
    assert (page.context["consequences"].before, page.context["consequences"].kept) == (0, 0)


def test_what_a_project_could_get_before_already_is_no_consequence(client):
    of = granted()
    of.answers(0, consent.EVERYTHING | {"repository": "no"}, LATER - timedelta(minutes=2))
    of.answers(0, consent.EVERYTHING, LATER - timedelta(minutes=1))
    propagate(LATER)

    page = before_signing(client, of, 0, "audio", "yes")

    assert (page.context["consequences"].projects, page.context["consequences"].others) == ((), 1)


def test_my_datas_queries_do_not_grow_with_other_members(client):
    of = granted()
    page_of(client, of, 0)
    with CaptureQueriesContext(connection) as few:
        page_of(client, of, 0)
    for number in range(5):
        other = consent.enrol(of.consent, consent.person(f"other-{number}", NOW))
        consent.answer(other, of.consent, consent.EVERYTHING, LATER)
        memberships.add(participant=other, dataset=of.access.dataset, by=TESTS, now=LATER)

    with CaptureQueriesContext(connection) as many:
        page_of(client, of, 0)

    # One of them asks which account it is, for the test itself.
    assert len(many) == len(few) <= 31


def test_my_data_take_twenty_queries_whatever_the_number_of_projects(client):
    of = granted()
    page_of(client, of, 0)
    taken = []
    for number in (1, 2):
        line = access.voted(of.access, "approve", "approve", "approve", now=LATER)
        cases.approve(line=line, by=of.access.chair, now=LATER, months=12 + number)
        with time_machine.travel(LATER, tick=False), CaptureQueriesContext(connection) as queries:
            page = client.get(reverse("my_data")).content.decode()
        taken.append(queries)

    assert "3 projects use your data today." in page
    assert len(taken[1]) == len(taken[0]) <= 20, [query["sql"][:160] for query in taken[1]]


def test_projects_cost_the_same_few_queries_whatever_their_number():
    of = granted()
    with CaptureQueriesContext(connection) as one:
        assert len(uses_of(of.participants[0], LATER)) == 1
    for number in range(2):
        line = access.voted(of.access, "approve", "approve", "approve", now=LATER)
        cases.approve(line=line, by=of.access.chair, now=LATER, months=12 + number)

    with CaptureQueriesContext(connection) as three:
        assert len(uses_of(of.participants[0], LATER)) == 3

    assert len(three) == len(one)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("left", [False, True], ids=["in", "left"])
def test_my_data_with_projects_is_accessible(page, live_server, left: bool):
    of = granted()
    if left:
        of.leaves(0)
        propagate(LATER)
    with time_machine.travel(LATER + timedelta(minutes=1), tick=True):
        sign_in(page, live_server.url, of.participants[0].account)
        page.goto(live_server.url + reverse("my_data"))
        page.get_by_role("heading", name="Who uses my data").wait_for()
        screenshot(page, f"my-data-project-{'left' if left else 'in'}-1280")
        assert_no_axe_findings(page)
        page.set_viewport_size(PHONE)
        screenshot(page, f"my-data-project-{'left' if left else 'in'}-390")
        assert_fits(page)
        assert_no_axe_findings(page)


def visible(page) -> str:
    """The words that a reader sees, without codes, which stay as they are."""
    html = page.content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    coded = re.sub(r'<span class="src[^>]*>.*?</span>', "", main, flags=re.S)
    return re.sub(r"<[^>]*>", " ", coded)


@pytest.mark.parametrize("name", ["my_data", "consent_history", "consent_stop", "consent_review"])
def test_an_arabic_page_has_arabic_digits_alone_and_isolates_what_is_written_in_another_script(client, name):
    of = granted()
    of.answers(0, {"repository": "no"})
    propagate(LATER)
    client.cookies["django_language"] = "ar"
    client.force_login(of.participants[0].account)

    with time_machine.travel(LATER + timedelta(days=1), tick=False):
        page = client.get(reverse(name, args=[of.participants[0].pk] if name != "my_data" else ()))

    assert re.findall(r"[0-9]", visible(page)) == []
    title = uses_of(of.participants[0], LATER)[0].title
    loose = page.content.decode().count(title) - sum(
        page.content.decode().count(f"{before}{title}") for before in ("<bdi>", "<bdi>“", "\u2068")
    )
    assert loose == 0


def test_the_receipt_in_arabic_has_arabic_digits_alone(client):
    of = granted()
    of.leaves(0)
    propagate(LATER)
    row = of.participants[0].events.latest("sequence")
    client.cookies["django_language"] = "ar"
    client.force_login(of.participants[0].account)

    with time_machine.travel(LATER + timedelta(minutes=1), tick=False):
        page = client.get(reverse("consent_receipt", args=[consent.place("karelia"), row.uuid]))

    assert re.findall(r"[0-9]", visible(page).replace("SHA-256", "")) == []
