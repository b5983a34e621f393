"""Memberships, one by one and from a file, and the counts that follow from them."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consent.models import CohortChange, HostMemberId, Member, Membership, MembershipEnd, ProfileCountDelta
from consent.selectors.counts import profile_counts, recounted
from consent.selectors.positions import position, positions, unnumbered
from consent.services import counts, ledger, membership_import, memberships
from consent.services.membership_import import FileLine, LineOutcome
from consent.services.sealer import seal, seal_all
from consent.services.verify import verify_ledger
from governance.domain.errors import NotAllowed, NotThere
from governance.domain.roles import Role
from governance.models import AuditEvent, DataHost, Dataset
from governance.services import hosts, roles
from tests.acting import TESTS
from tests.consent.builders import HEALTH, NOW, answer, dataset, enrol, person, world

pytestmark = pytest.mark.django_db


def host(slug, of, *served) -> DataHost:
    """A data host that serves these datasets."""
    made = hosts.register_host(
        slug=slug,
        name=slug.title(),
        organisation=of,
        country="FI",
        modes=["visit"],
        base_url=f"https://{slug}.example",
        audience=f"https://{slug}.example",
        by=TESTS,
        now=NOW,
    )
    for one in served:
        hosts.serve_dataset(host=made, dataset=one, by=TESTS, now=NOW)
    return made


def test_a_dataset_whose_changes_cannot_be_numbered_keeps_no_other_from_it(caplog):
    of = world()
    petra = enrol(of, person("petra"))
    spoilt, hearts = (dataset(slug, of.programme.organisation) for slug in ("spoilt", "hearts"))
    # No number comes after this one.
    CohortChange.objects.create(dataset=spoilt, position=2**63 - 1, at=NOW)
    for one in (spoilt, hearts):
        memberships.add(participant=petra, dataset=one, by=TESTS, now=NOW)

    assert seal_all() == 1

    assert (unnumbered([spoilt.pk, hearts.pk]), position(hearts.pk)) == ({spoilt.pk}, 1)
    assert f"the changes of dataset {spoilt.pk} are not numbered" in caplog.text


def test_a_member_keeps_their_number_through_leaving_and_coming_back():
    of = world()
    petra, tomas = enrol(of, person("petra")), enrol(of)
    hearts = dataset("hearts", of.programme.organisation)
    for one in (petra, tomas):
        memberships.add(participant=one, dataset=hearts, by=TESTS, now=NOW)

    memberships.end(participant=petra, dataset=hearts, by=TESTS, now=NOW)
    ended = Member.objects.get(participant=petra).profile
    memberships.add(participant=petra, dataset=hearts, by=TESTS, now=NOW)

    assert ended is None
    assert list(Member.objects.values_list("participant_id", "number")) == [(petra.pk, 1), (tomas.pk, 2)]
    assert Membership.objects.filter(participant=petra).count() == 2
    assert MembershipEnd.objects.count() == 1
    moved = CohortChange.objects.filter(member__participant=petra).order_by("id")
    assert [(change.before is None, change.after is None) for change in moved] == [
        (True, False),
        (False, True),
        (True, False),
    ]
    hearts.refresh_from_db()
    assert hearts.has_members


def test_a_change_of_one_dataset_leaves_its_neighbour_as_it_was():
    of = world()
    petra, tomas = enrol(of, person("petra")), enrol(of)
    hearts, lungs, empty = (dataset(slug, of.programme.organisation) for slug in ("hearts", "lungs", "empty"))
    for one in (petra, tomas):
        memberships.add(participant=one, dataset=hearts, by=TESTS, now=NOW)
    memberships.add(participant=petra, dataset=lungs, by=TESTS, now=NOW)

    sealed = [seal(one.pk) for one in (hearts, lungs, empty)]
    memberships.end(participant=tomas, dataset=hearts, by=TESTS, now=NOW)
    after = [seal(one.pk) for one in (hearts, lungs, empty)]

    assert (sealed, after) == ([2, 1, 0], [3, 1, 0])
    assert [position(one.pk) for one in (hearts, lungs, empty)] == after
    assert positions([hearts.pk, lungs.pk, empty.pk]) == dict(zip((hearts.pk, lungs.pk, empty.pk), after, strict=True))
    assert [one.has_members for one in Dataset.objects.order_by("pk")] == [True, True, False]


def test_only_what_is_committed_and_not_numbered_makes_a_dataset_wait_for_its_sealer():
    of = world()
    hearts, lungs = (dataset(slug, of.programme.organisation) for slug in ("hearts", "lungs"))
    memberships.add(participant=enrol(of), dataset=hearts, by=TESTS, now=NOW)

    before = unnumbered([hearts.pk, lungs.pk])
    seal(hearts.pk)

    assert (before, unnumbered([hearts.pk, lungs.pk])) == ({hearts.pk}, set())


def test_adding_twice_changes_nothing_and_ending_what_is_not_there_is_refused():
    of = world()
    petra = enrol(of, person("petra"))
    hearts = dataset("hearts", of.programme.organisation)

    first = memberships.add(participant=petra, dataset=hearts, by=TESTS, now=NOW)
    second = memberships.add(participant=petra, dataset=hearts, by=TESTS, now=NOW)

    assert first == second
    assert CohortChange.objects.count() == 1
    with pytest.raises(NotThere):
        memberships.end(participant=enrol(of), dataset=hearts, by=TESTS, now=NOW)


def test_only_the_programme_and_the_datasets_steward_keep_memberships():
    of = world()
    petra = enrol(of, person("petra"))
    hearts = dataset("hearts", of.programme.organisation)
    dana = person("dana")
    roles.give_role(role=Role.STEWARD, on=hearts.organisation, to=dana, by=TESTS, now=NOW)

    with pytest.raises(NotAllowed, match="coordinator"):
        memberships.add(participant=petra, dataset=hearts, by=person("stranger"), now=NOW)
    memberships.add(participant=petra, dataset=hearts, by=dana, now=NOW)
    memberships.end(participant=petra, dataset=hearts, by=of.rosa, now=NOW)

    assert Membership.objects.get().recorded_by == dana.subject


def test_counts_read_as_fold_plus_tail_equal_a_recount_at_every_moment():
    of = world()
    hearts, lungs = (dataset(slug, of.programme.organisation) for slug in ("hearts", "lungs"))
    people = [enrol(of, person(f"p{number}")) for number in range(3)]
    for one in people:
        memberships.add(participant=one, dataset=hearts, by=TESTS, now=NOW)
    memberships.add(participant=people[0], dataset=lungs, by=TESTS, now=NOW)
    seen = [profile_counts([hearts.pk])]

    folded = counts.fold_deltas()
    seen.append(profile_counts([hearts.pk]))
    answer(people[0], of, HEALTH)
    seen.append(profile_counts([hearts.pk]))
    counts.fold_deltas()
    memberships.end(participant=people[1], dataset=hearts, by=TESTS, now=NOW)
    seen.append(profile_counts([hearts.pk]))

    excluded, health = (
        people[2].state.profile_id,
        Member.objects.get(participant=people[0], dataset=hearts).profile_id,
    )
    assert folded == 4
    assert seen == [
        {hearts.pk: kept} for kept in ({excluded: 3}, {excluded: 3}, {excluded: 2, health: 1}, {excluded: 1, health: 1})
    ]
    both = [hearts.pk, lungs.pk]
    assert profile_counts(both) == recounted(both) == {**seen[-1], lungs.pk: {health: 1}}
    assert ProfileCountDelta.objects.count() == 1


def table(*rows: str, heading: str = "outside_id\tdataset\thost\thost_member_id") -> str:
    return "\n".join([heading, *rows]) + "\n"


def run(tmp_path, text, *options, programme="lakeland"):
    file = tmp_path / "memberships.tsv"
    file.write_text(text, encoding="utf-8")
    out = StringIO()
    call_command("import_memberships", str(file), "--programme", programme, *options, stdout=out)
    return out.getvalue().splitlines()


def test_a_file_of_memberships_enters_line_by_line_and_twice_changes_nothing(tmp_path):
    of = world()
    hearts = dataset("hearts", of.programme.organisation)
    harbour = host("harbour", of.programme.organisation, hearts)
    arkiv = host("arkiv", of.programme.organisation, hearts)
    petra, tomas = enrol(of, outside_id="LB-001"), enrol(of, outside_id="LB-002")
    text = table(
        "LB-001\thearts.1\tharbour\tH1",
        "lb-002 \thearts.1\tharbour\tH2",
        "LB-001\thearts.1\tarkiv\tA1",
        "LB-002\thearts.1\tarkiv\tH1",
        "LB-002\thearts.1\tharbour\tH9",
        "LB-001\thearts.1\tharbour\tH2",
        "LB-999\thearts.1\tharbour\tH3",
        "LB-002\tnothing.1\tharbour\tH2",
        "LB-002\thearts.1\tnowhere\tH2",
        "LB-002\thearts.1\tarkiv\t",
    )
    report = tmp_path / "report.tsv"

    dry = run(tmp_path, text, "--dry-run")
    untouched = Membership.objects.count(), HostMemberId.objects.count()
    first = run(tmp_path, text, "--report", str(report))
    second = run(tmp_path, text)

    refusals = [
        "line 5: refused: another host uses this id: no id is shared between two hosts, give each its own",
        "line 6: refused: the host knows this member under another id already",
        "line 7: refused: the host uses this id for another participant",
        "line 8: refused: nobody in this programme has this participant id or outside id: enrol them first",
        "line 9: refused: no dataset has the accession 'nothing.1': check it in the catalogue",
        "line 10: refused: no host 'nowhere' serves this dataset: register it first",
        "line 11: refused: the host's own id for the member is missing",
    ]
    assert untouched == (0, 0)
    assert dry == [*refusals, "3 added, 0 unchanged, 7 refused (dry run: nothing was changed)"]
    assert first == [*refusals, "3 added, 0 unchanged, 7 refused"]
    assert second == [*refusals, "0 added, 3 unchanged, 7 refused"]
    assert report.read_text().splitlines()[:3] == ["line\toutcome\treason", "2\tadded\t", "3\tadded\t"]
    assert sorted(HostMemberId.objects.values_list("host", "member__participant", "own_id")) == sorted(
        [(harbour.pk, petra.pk, "H1"), (harbour.pk, tomas.pk, "H2"), (arkiv.pk, petra.pk, "A1")]
    )
    assert Membership.objects.count() == CohortChange.objects.count() == 2
    first, last = Membership.objects.order_by("pk").values_list("pk", flat=True)
    assert AuditEvent.objects.get(kind="memberships.imported").detail == {
        "memberships": 2, "host_ids": 3, "first": first, "last": last,
        "root": membership_import.memberships_root(Membership.objects.all()),
    }  # fmt: skip
    assert AuditEvent.objects.get(kind="cohort.changed").detail == {"dataset": hearts.pk, "changes": 2}


def test_an_import_respects_no_further_collection_and_the_borders_of_a_programme(tmp_path):
    of, other = world(), world("costa")
    dataset("hearts", of.programme.organisation)
    tomas = enrol(of, person("tomas"), outside_id="LB-002")
    ledger.withdraw(participant=tomas, axis="no_collection", by=tomas.account, capacity="self", now=NOW)
    foreign = enrol(other, outside_id="CV-1")
    heading = "participant_id\tdataset"

    said = run(tmp_path, table(f"{tomas.pk}\thearts.1", f"{foreign.pk}\thearts.1", heading=heading))

    assert said == [
        "line 2: refused: the participant wants no further collection: no new membership",
        "line 3: refused: nobody in this programme has this participant id or outside id: enrol them first",
        "0 added, 0 unchanged, 2 refused",
    ]


def test_a_file_with_another_heading_is_refused_whole(tmp_path):
    world()

    with pytest.raises(CommandError, match="unknown column 'name'"):
        run(tmp_path, table(heading="outside_id\tname\tdataset"))
    with pytest.raises(CommandError, match="heading needs"):
        run(tmp_path, table(heading="dataset\thost"))
    with pytest.raises(CommandError, match="no programme"):
        run(tmp_path, table(), programme="unknown")


def test_a_file_costs_no_query_for_each_line_and_nothing_is_locked_when_it_is_read_again() -> None:
    # As many lines as one chunk has.
    of = world()
    hearts, lungs = (dataset(slug, of.programme.organisation) for slug in ("hearts", "lungs"))
    people = [enrol(of) for _ in range(membership_import.AT_ONCE // 2)]

    def lines(of_first: int) -> list[FileLine]:
        accessions = [one.versions.get().accession for one in (hearts, lungs)]
        pairs = [(one.pk, accession) for one in people[:of_first] for accession in accessions]
        return [
            FileLine(place, participant_id=one, dataset=accession) for place, (one, accession) in enumerate(pairs, 2)
        ]

    taken = []
    for number in (10, len(people)):
        with CaptureQueriesContext(connection) as queries:
            membership_import.import_memberships(programme=of.programme, lines=lines(number), by=TESTS, now=NOW)
        taken.append(queries)
    with CaptureQueriesContext(connection) as again:
        results = membership_import.import_memberships(
            programme=of.programme, lines=lines(len(people)), by=TESTS, now=NOW
        )

    assert len(taken[1]) <= len(taken[0]) + 12, [query["sql"][:120] for query in taken[1]]
    assert {one.outcome for one in results} == {LineOutcome.UNCHANGED}
    assert not [
        query["sql"] for query in again if query["sql"].startswith(("INSERT", "UPDATE")) or "FOR " in query["sql"]
    ]
    assert len(again) <= 10
    assert sorted(Member.objects.values_list("dataset", "number")) == [
        (one.pk, number) for one in (hearts, lungs) for number in range(1, len(people) + 1)
    ]
    assert verify_ledger(now=NOW).problems == []
