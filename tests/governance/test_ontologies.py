"""Ontology releases in the database: imported, switched on by a person, and read once per process."""

import gzip
import io
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from governance.domain.errors import Conflict, Invalid, NotAllowed
from governance.domain.events import Kind
from governance.domain.roles import Role
from governance.duo.ontologies.ontology_content import FileLimits
from governance.duo.ontologies.releases import ReleaseFinding
from governance.duo.ontology import Relation, shipped
from governance.models import AuditEvent, OntologyRelease, OntologyTerm, OutboxMessage, User
from governance.selectors.ontology import active_ontologies, ontologies_with, search_terms
from governance.services.ontology import Difference, Import, activate_release, import_release
from governance.services.people import create_person
from governance.services.roles import give_role
from tests.acting import TESTS

pytestmark = pytest.mark.django_db
CASES = Path(__file__).resolve().parents[1] / "cases" / "ontology"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
State = OntologyRelease.State


def obo(*terms: str, version: str = "1") -> io.BytesIO:
    stanzas = "".join(f"\n[Term]\n{term}\n" for term in terms)
    return io.BytesIO(f"format-version: 1.2\ndata-version: {version}\n{stanzas}".encode())


def loaded(file: Path | io.BytesIO, hub: bool | None = None) -> OntologyRelease:
    release = import_release(file=file, by=TESTS, now=NOW, hub=hub).release
    assert release is not None
    return release


def active(file: Path | io.BytesIO, hub: bool | None = None) -> OntologyRelease:
    return activate_release(release=loaded(file, hub), by=TESTS, now=NOW)


def versions() -> dict[str, list[str]]:
    """The active releases and their versions, the hub first."""
    found: dict[str, list[str]] = {}
    for release in active_ontologies().releases:
        found.setdefault(release.name, []).append(release.version)
    return found


def person(name: str) -> User:
    return create_person(username=name, email=f"{name}@example.org", name=name, by=TESTS, now=NOW)


def test_an_imported_release_keeps_every_term():
    release = loaded(CASES / "hub.obo")

    terms = OntologyTerm.objects.filter(release=release)
    shown = terms.values_list("curie", "label", "synonyms", "parents", "obsolete", "replaced_by", "exact")
    assert (release.name, release.version, release.state) == ("HUB", "2026-03-01", State.LOADED)
    assert release.terms_count == terms.count() == 18
    assert list(shown.filter(curie__in=["HUB:4", "HUB:40"]).order_by("curie")) == [
        ("HUB:4", "breast cancer", [], ["HUB:3"], False, [], ["FAR:4"]),
        ("HUB:40", "breast cancer", [], [], True, ["HUB:4"], []),
    ]


def test_the_same_content_is_imported_once_compressed_or_not():
    first = import_release(file=CASES / "hub.obo", by=TESTS, now=NOW)

    zipped = io.BytesIO(gzip.compress((CASES / "hub.obo").read_bytes()))
    again = import_release(file=zipped, by=TESTS, now=NOW)

    assert (first.created, again.created, again.release) == (True, False, first.release)
    assert OntologyTerm.objects.count() == 18
    assert AuditEvent.objects.filter(kind=Kind.ONTOLOGY_IMPORTED).count() == 1


def test_a_loaded_release_judges_nothing():
    loaded(CASES / "hub.obo")

    assert active_ontologies() is shipped()


def test_an_active_hub_takes_the_place_of_what_ships():
    active(CASES / "hub.obo", hub=True)

    ontologies = active_ontologies()

    assert versions() == {"HUB": ["2026-03-01"]}
    assert ontologies.relation("HUB:4", "HUB:3") == Relation.BELOW
    assert ontologies is active_ontologies()


def test_a_release_that_is_no_hub_stands_beside_what_ships():
    active(obo('id: FAR:1\nxref: MONDO:0004992 {source="FAR:equivalentTo"}'))

    ontologies = active_ontologies()

    assert versions() == {"MONDO": ["2026-05-05"], "FAR": ["1"]}
    assert ontologies.relation("MONDO:0007254", "FAR:1") == Relation.BELOW


def test_mondo_is_the_hub_unless_another_is_named():
    active(CASES / "far.obo")
    active(obo("id: MONDO:1\nname: one", version="9"))

    assert list(active_ontologies().identity()) == ["MONDO", "FAR"]


def test_a_new_hub_takes_the_place_of_the_former_which_stays_active():
    active(CASES / "hub.obo", hub=True)
    far = active(CASES / "far.obo", hub=True)

    assert list(active_ontologies().identity()) == ["FAR", "HUB"]
    assert list(OntologyRelease.objects.filter(is_hub=True, state=State.ACTIVE)) == [far]


def test_an_active_release_becomes_the_hub_when_asked():
    active(CASES / "hub.obo", hub=True)
    far = active(CASES / "far.obo")

    activate_release(release=far, by=TESTS, now=NOW, hub=True)

    assert list(active_ontologies().identity()) == ["FAR", "HUB"]


def test_activating_a_new_version_retires_the_one_before():
    old = active(obo("id: HUB:1", version="1"), hub=True)
    new = active(obo("id: HUB:1", version="2"), hub=True)

    old.refresh_from_db()

    assert (old.state, new.state) == (State.RETIRED, State.ACTIVE)
    assert versions() == {"HUB": ["2"]}


def test_a_second_content_of_one_version_is_a_release_of_its_own():
    old = active(obo("id: HUB:1", version="1"), hub=True)
    before = active_ontologies().identity()

    done = import_release(file=obo("id: HUB:1", "id: HUB:2", version="1"), by=TESTS, now=NOW, hub=True)
    assert done.release is not None
    activate_release(release=done.release, by=TESTS, now=NOW)

    assert (done.created, done.same_version) == (True, (str(old),))
    assert str(done.release) != str(old)
    assert before == {"HUB": f"1 sha256:{old.sha256}"}
    assert active_ontologies().identity() == {"HUB": f"1 sha256:{done.release.sha256}"}


def test_the_command_says_that_another_file_has_the_same_version():
    old = loaded(obo("id: FAR:1", version="far-7"))
    out = StringIO()

    call_command("import_ontology", str(CASES / "far.obo"), "--dry-run", stdout=out)

    said = f"says the same version as {old} and holds something else: they are two releases"
    assert out.getvalue().splitlines()[-2] == said


def test_a_retired_release_can_be_switched_on_again():
    old = active(obo("id: HUB:1", version="1"), hub=True)
    active(obo("id: HUB:1", version="2"), hub=True)

    activate_release(release=old, by=TESTS, now=NOW)

    assert versions() == {"HUB": ["1"]}


def test_activation_is_audited_and_announced_once():
    release = active(CASES / "hub.obo", hub=True)
    activate_release(release=release, by=TESTS, now=NOW)

    events = AuditEvent.objects.filter(kind=Kind.ONTOLOGY_ACTIVATED)
    assert list(events.values_list("actor", "subject_kind", "subject_id", "detail")) == [
        (
            "system:tests",
            "ontology",
            release.sha256,
            {"name": "HUB", "version": "2026-03-01", "hub": True, "retired": []},
        )
    ]
    assert OutboxMessage.objects.filter(kind=Kind.ONTOLOGY_ACTIVATED).count() == 1


def test_what_would_judge_can_be_asked_before_a_release_is_switched_on():
    active(obo("id: HUB:1", version="1"), hub=True)
    new = loaded(obo("id: HUB:1", "id: HUB:2\nis_a: HUB:1", version="2"), hub=True)

    tried = ontologies_with(new)

    assert (tried.relation("HUB:2", "HUB:1"), active_ontologies().relation("HUB:2", "HUB:1")) == (
        Relation.BELOW,
        Relation.UNKNOWN,
    )


def test_a_release_that_makes_a_circle_with_the_others_is_not_switched_on():
    active(obo("id: HUB:1\nis_a: FAR:1", "id: HUB:2"), hub=True)
    circular = loaded(obo("id: FAR:1\nis_a: HUB:1", "id: FAR:2"))

    with pytest.raises(Conflict) as refused:
        activate_release(release=circular, by=TESTS, now=NOW)

    assert f"{circular} cannot be switched on" in refused.value.message
    assert versions() == {"HUB": ["1"]}


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (obo("name: one"), "the file holds no term that can be kept"),
        (
            obo("id: A:1\nis_a: A:1"),
            "the is_a links of A 1 go in a circle: A:1 is_a A:1; use another release",
        ),
        (obo("id: A:1", version="v" * 121), "the file's version is longer than 120 characters; shorten it"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_and_nothing_is_kept(file: io.BytesIO, message: str):
    with pytest.raises(Invalid) as refused:
        import_release(file=file, by=TESTS, now=NOW)

    assert (refused.value.message, refused.value.fields) == (message, {"file": message})
    assert OntologyRelease.objects.count() == 0


def test_what_a_file_says_that_cannot_be_kept_is_left_out_and_reported():
    long = f"http://example.org/tumours/{'x' * 60}"

    done = import_release(file=obo("id: A:1", f"id: {long}\nname: long"), by=TESTS, now=NOW)

    finding = ReleaseFinding(7, long[:60], "the id is longer than 60 characters: left out")
    assert (done.survey.terms, done.survey.findings) == (1, (finding,))
    assert list(OntologyTerm.objects.values_list("curie", flat=True)) == ["A:1"]


def test_what_a_reader_keeps_of_a_term_fits_its_column():
    columns = {name: OntologyTerm._meta.get_field(name).max_length for name in ("curie", "label")}

    assert columns == {"curie": FileLimits().max_id, "label": FileLimits().max_label}


@pytest.mark.parametrize("file", ["hub.owl", "hub.json"])
def test_owl_and_obographs_are_imported_as_obo_is(file: str):
    release = loaded(CASES / file, hub=True)
    activate_release(release=release, by=TESTS, now=NOW)

    assert (release.name, release.version, release.terms_count) == ("HUB", "2026-03-01", 18)
    assert active_ontologies().relation("FAR:4", "HUB:3") == Relation.BELOW


def test_a_dry_run_says_what_would_change_and_changes_nothing():
    active(obo("id: HUB:1", "id: HUB:2", "id: HUB:3", version="1"), hub=True)
    file = obo("id: HUB:1", "id: HUB:2\nis_obsolete: true", "id: HUB:4\nis_a: HUB:9", version="2")

    done = import_release(file=file, by=TESTS, now=NOW, dry_run=True)

    finding = ReleaseFinding(11, "HUB:4", "is_a names HUB:9, which the file does not hold: the link is left out")
    assert (done.release, done.created, done.survey.findings) == (None, False, (finding,))
    against = str(OntologyRelease.objects.get())
    assert done.difference == Difference(against, ("HUB:4",), ("HUB:3",), ("HUB:2",))
    assert OntologyRelease.objects.count() == 1


def test_only_an_administrator_imports_and_switches_on():
    admin, ada = person("admin"), person("ada")
    give_role(role=Role.ADMINISTRATOR, on=None, to=admin, by=TESTS, now=NOW)

    with pytest.raises(NotAllowed):
        import_release(file=CASES / "hub.obo", by=ada, now=NOW)
    done: Import = import_release(file=CASES / "hub.obo", by=admin, now=NOW)
    assert done.release is not None
    with pytest.raises(NotAllowed):
        activate_release(release=done.release, by=ada, now=NOW)
    switched_on = activate_release(release=done.release, by=admin, now=NOW)

    assert (switched_on.state, switched_on.imported_by) == (State.ACTIVE, admin)


def test_search_looks_in_the_active_ontologies():
    active(CASES / "hub.obo", hub=True)

    assert [term.id for term in search_terms("heart disease")] == ["HUB:5"]


def test_the_command_imports_reports_and_switches_on():
    out = StringIO()

    call_command("import_ontology", str(CASES / "far.obo"), "--activate", "--hub", stdout=out)

    sha256 = OntologyRelease.objects.get().sha256
    assert out.getvalue().splitlines() == [
        f"FAR far-7 (sha256 {sha256[:12]}…)",
        "15 terms, 1 of them obsolete (1 with one replacement), 1 synonyms, 4 exact cross-references",
        "line 82: FAR:11: is_a names FAR:999, which the file does not hold: the link is left out",
        f"FAR far-7 (sha256 {sha256[:12]}…) is active and the hub",
    ]
    assert list(active_ontologies().identity()) == ["FAR"]


@pytest.mark.parametrize(
    ("verbosity", "last"), [(1, "and 5 more findings: run with -v 2 to see all"), (2, "line 100: A:25: is_a names A:0")]
)
def test_the_command_shows_twenty_findings_and_all_when_asked(tmp_path: Path, verbosity: int, last: str):
    file = tmp_path / "many.obo"
    file.write_bytes(obo(*(f"id: A:{number}\nis_a: A:0" for number in range(1, 26))).read())
    out = StringIO()

    call_command("import_ontology", str(file), "--dry-run", verbosity=verbosity, stdout=out)

    assert out.getvalue().splitlines()[-2].startswith(last)


def test_the_command_tries_without_changing_anything():
    out = StringIO()

    call_command("import_ontology", str(CASES / "far.obo"), "--dry-run", stdout=out)

    assert out.getvalue().splitlines()[-1] == "dry run: nothing was changed"
    assert OntologyRelease.objects.count() == 0


def test_the_command_says_when_the_content_was_loaded_before():
    call_command("import_ontology", str(CASES / "far.obo"), stdout=StringIO())
    out = StringIO()

    call_command("import_ontology", str(CASES / "far.obo"), stdout=out)

    assert out.getvalue().splitlines()[-2:] == [
        "the same content was loaded before: nothing was added",
        "it judges nothing until it is switched on: run again with --activate",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.obo"], "cannot read none.obo: No such file or directory"),
        (
            ["x", "--dry-run", "--activate"],
            "--dry-run and --activate exclude each other: leave one of them out",
        ),
    ],
)
def test_the_command_says_what_is_wrong(arguments: list[str], message: str):
    with pytest.raises(CommandError) as refused:
        call_command("import_ontology", *arguments, stdout=StringIO())

    assert str(refused.value) == message
