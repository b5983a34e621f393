"""How ids of one or several small vocabularies stand to each other; the cases are tests/cases/ontology/*.json."""

import io
import json
from itertools import permutations, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.duo.ontologies.ontology_files import read_ontology
from governance.duo.ontology import Ontologies, OntologyError, Relation, Release, Resolution, Term

CASES = Path(__file__).resolve().parents[2] / "cases" / "ontology"


def cases(file: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in json.loads((CASES / file).read_text())["cases"]]


def release(*terms: Term, name: str = "HUB", version: str = "1") -> Release:
    return Release(name, version, "", {term.id: term for term in terms})


def term(identifier: str, *parents: str, exact: tuple[str, ...] = (), label: str = "") -> Term:
    return Term(identifier, label or identifier, parents=parents, exact=exact)


@pytest.fixture(scope="module")
def joined() -> Ontologies:
    return Ontologies([read_ontology(CASES / "hub.obo"), read_ontology(CASES / "far.obo")])


@pytest.mark.parametrize("case", cases("relations.json"))
def test_two_ids_stand_to_each_other_as_the_case_says(joined: Ontologies, case: dict[str, str]) -> None:
    found = joined.relation(case["term"], case["to"])

    assert found == Relation(case["is"])


@pytest.mark.parametrize("case", cases("resolutions.json"))
def test_an_id_stands_for_the_node_that_the_case_says(joined: Ontologies, case: dict[str, Any]) -> None:
    found = joined.resolve(case["given"])

    assert found == Resolution(case["given"], case["node"], case["problem"], tuple(case["followed"]))


def test_the_same_ids_resolve_the_same_in_any_case_of_their_prefix(joined: Ontologies) -> None:
    first = joined.resolve("HUB:8")
    again = joined.resolve("hub:8")

    assert (again.node, again.problem, again.followed) == (first.node, first.problem, first.followed)


def test_the_order_of_foreign_releases_does_not_matter() -> None:
    hub = release(term("HUB:1"), term("HUB:2", "HUB:1", exact=("A:1", "B:1")))
    foreign = [release(term(f"{n}:1"), term(f"{n}:2", f"{n}:1"), name=n) for n in "AB"]

    answers = [[Ontologies([hub, *order]).relation(f"{n}:2", "HUB:2") for n in "AB"] for order in permutations(foreign)]

    assert answers == [[Relation.BELOW, Relation.BELOW]] * 2


def test_several_exact_ids_of_a_vocabulary_that_is_not_loaded_are_ambiguous() -> None:
    hub = read_ontology(CASES / "hub.obo")

    alone = Ontologies([hub])

    assert [alone.resolve(i).problem for i in ("FAR:3", "FAR:31", "FAR:4", "FAR:6")] == [
        "ambiguous",
        "ambiguous",
        None,
        "unknown",
    ]


def test_the_first_release_is_the_hub() -> None:
    one = release(term("ONE:1"), term("ONE:2", "ONE:1", exact=("TWO:2",)), name="ONE")
    two = release(term("TWO:1"), term("TWO:2", "TWO:1"), name="TWO")

    nodes = [Ontologies(order).resolve("ONE:2").node for order in ([one, two], [two, one])]

    assert nodes == ["ONE:2", "TWO:2"]


def test_foreign_ids_never_link_with_one_another() -> None:
    hub = release(term("HUB:1"), term("HUB:2", "HUB:1", exact=("A:1",)))
    a = release(term("A:1", exact=("B:1",)), name="A")
    b = release(term("B:1"), name="B")

    joined = Ontologies([hub, a, b])

    assert (joined.resolve("A:1").node, joined.resolve("B:1").node) == ("HUB:2", "B:1")


def test_a_vocabulary_has_its_terms_from_the_release_that_is_about_it() -> None:
    borrowing = release(term("HUB:1"), term("HUB:2"), term("FAR:1", "HUB:1"), term("FAR:3", "HUB:1"))
    own = release(term("FAR:0"), term("FAR:1", "FAR:0"), name="FAR")

    joined = Ontologies([borrowing, own])

    assert [sorted(joined.ancestors(i)) for i in ("FAR:1", "FAR:3")] == [
        ["FAR:0", "FAR:1"],
        ["FAR:3", "HUB:1"],
    ]


def test_a_cross_reference_said_by_an_obsolete_term_links_nothing() -> None:
    old = Term("HUB:9", "obsolete", obsolete=True, replaced_by=("HUB:1",), exact=("FAR:1",))

    joined = Ontologies([release(term("HUB:1"), term("HUB:2"), old)])

    assert joined.resolve("FAR:1").problem == "unknown"


def test_a_cross_reference_to_an_obsolete_id_leads_to_its_replacement() -> None:
    hub = release(term("HUB:1", exact=("FAR:9",)))
    old = Term("FAR:9", "obsolete", obsolete=True, replaced_by=("FAR:1",))

    joined = Ontologies([hub, release(term("FAR:1"), term("FAR:2"), old, name="FAR")])

    assert joined.resolve("FAR:9") == Resolution("FAR:9", "HUB:1", None, ("FAR:9", "FAR:1"))


@pytest.mark.parametrize("label", ["disease", "Disease or disorder"])
def test_the_root_is_no_icd_code_where_a_list_above_all_others_has_a_term_for_it(label: str) -> None:
    root = term("HUB:1", "BFO:0000016", label=label, exact=("ICD10WHO:R69",))
    disposition = term("BFO:0000016", label="disposition")

    joined = Ontologies([release(root, term("HUB:2", "HUB:1"), disposition)])

    assert joined.resolve("ICD10WHO:R69").problem == "unknown"


def test_a_disease_below_the_root_may_be_an_icd_code() -> None:
    hub = release(term("HUB:1", label="disease"), term("HUB:2", "HUB:1", label="disease", exact=("ICD10WHO:R69",)))

    assert Ontologies([hub]).resolve("ICD10WHO:R69").node == "HUB:2"


@pytest.mark.parametrize("label", ["disease", "Disease"])
def test_the_foreign_side_cannot_make_the_root_an_icd_code_either(label: str) -> None:
    hub = release(term("HUB:1", label=label), term("HUB:2", "HUB:1"))
    codes = release(term("ICD10WHO:A00", exact=("HUB:1",)), name="ICD10WHO")

    joined = Ontologies([hub, codes])

    assert joined.resolve("ICD10WHO:A00").node == "ICD10WHO:A00"
    assert joined.relation("HUB:2", "ICD10WHO:A00") == Relation.UNLINKED


@pytest.mark.parametrize(
    ("links", "circle"),
    [
        ({"HUB:1": "HUB:1"}, "HUB:1 is_a HUB:1"),
        ({"HUB:1": "HUB:2", "HUB:2": "HUB:1"}, "HUB:1 is_a HUB:2 is_a HUB:1"),
    ],
)
def test_links_in_a_circle_are_refused_by_name(links: dict[str, str], circle: str) -> None:
    around = release(*(term(child, parent) for child, parent in links.items()))

    with pytest.raises(OntologyError) as refused:
        Ontologies([around])

    assert str(refused.value) == f"the is_a links of HUB 1 go in a circle: {circle}; use another release"


def test_a_circle_that_only_a_replacement_closes_is_refused() -> None:
    old = Term("HUB:9", "obsolete", obsolete=True, replaced_by=("HUB:2",))
    around = release(term("HUB:1", "HUB:9"), term("HUB:2", "HUB:1"), old)

    with pytest.raises(OntologyError, match="HUB:1 is_a HUB:2 is_a HUB:1"):
        Ontologies([around])


def test_a_chain_of_ten_thousand_links_is_followed() -> None:
    chain = release(term("HUB:0"), *(term(f"HUB:{n}", f"HUB:{n - 1}") for n in range(1, 10_000)))

    deep = Ontologies([chain])

    assert deep.relation("HUB:9999", "HUB:0") == Relation.BELOW


def test_ancestors_hold_the_term_itself_and_cross_vocabularies(joined: Ontologies) -> None:
    found = {identifier: joined.ancestors(identifier) for identifier in ("HUB:6", "FAR:7", "FAR:4", "NONE:1")}

    assert found == {
        "HUB:6": {"HUB:1", "HUB:2", "HUB:3", "HUB:5", "HUB:6"},
        "FAR:7": {"FAR:7", "HUB:5", "HUB:1"},
        "FAR:4": {"HUB:4", "HUB:3", "HUB:2", "HUB:1"},
        "NONE:1": {"NONE:1"},
    }


def test_the_broadest_are_kept_sorted_and_once(joined: Ontologies) -> None:
    kept = joined.broadest(["NONE:1", "HUB:5", "HUB:4", "HUB:3", "HUB:22", "HUB:5", "NONE:1"])

    assert kept == ("HUB:3", "HUB:5", "NONE:1")


@pytest.mark.parametrize(
    ("a", "b", "common"),
    [
        ("HUB:3", "HUB:5", ("HUB:6",)),
        ("HUB:5", "FAR:3", ("HUB:6",)),
        ("HUB:3", "HUB:4", ("HUB:4",)),
        ("HUB:4", "HUB:3", ("HUB:4",)),
        ("HUB:3", "FAR:3", ("HUB:3",)),
        ("HUB:4", "HUB:5", ()),
        ("HUB:1", "NONE:1", ()),
        ("NONE:1", "NONE:1", ("NONE:1",)),
    ],
)
def test_the_greatest_common_descendants(joined: Ontologies, a: str, b: str, common: tuple[str, ...]) -> None:
    found = joined.common_descendants(a, b)

    assert found == common


@given(st.data())
def test_common_descendants_are_below_both_and_none_above_them_is(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 12))
    links = {n: data.draw(st.sets(st.integers(0, n - 1), max_size=3)) if n else set() for n in range(size)}
    made = Ontologies([release(*(term(f"HUB:{n}", *(f"HUB:{p}" for p in ps)) for n, ps in links.items()))])
    nodes = [f"HUB:{n}" for n in range(size)]
    a, b = data.draw(st.sampled_from(nodes)), data.draw(st.sampled_from(nodes))

    found = made.common_descendants(a, b)

    both = {node for node in nodes if {a, b} <= made.ancestors(node)}
    assert set(found) == {node for node in both if made.ancestors(node) & both == {node}}


def links(size: int) -> st.SearchStrategy[tuple[set[int], ...]]:
    """The parents of each of so many terms; a term's parents have smaller numbers, so there is no circle."""
    above = (st.sets(st.integers(0, n - 1), max_size=2) for n in range(1, size))
    return st.tuples(st.just(set()), *above)


def vocabulary(name: str, parents: tuple[set[int], ...], exact: dict[int, tuple[str, ...]] | None = None) -> Release:
    terms = (
        term(f"{name}:{n}", *(f"{name}:{p}" for p in above), exact=(exact or {}).get(n, ()))
        for n, above in enumerate(parents)
    )
    return release(*terms, name=name)


vocabularies = st.integers(1, 7).flatmap(links)
pairs = st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=6)


@given(vocabularies, vocabularies, pairs)
def test_what_is_below_two_ids_is_what_is_below_their_greatest_common_descendants(
    hub: tuple[set[int], ...], far: tuple[set[int], ...], pairs: set[tuple[int, int]]
) -> None:
    exact = {n: tuple(f"FAR:{f}" for h, f in sorted(pairs) if h == n and f < len(far)) for n in range(len(hub))}
    made = Ontologies([vocabulary("HUB", hub, exact), vocabulary("FAR", far)])
    every = [term for part in made.releases for term in part.terms]

    below = {pair: made.relation(*pair) == Relation.BELOW for pair in product(every, every)}

    for a, b in product(every, every):
        both = {t for t in every if below[t, a] and below[t, b]}
        met = {t for t in every for node in made.common_descendants(a, b) if below[t, node]}
        assert met == both


@given(vocabularies, vocabularies, pairs)
def test_a_consent_in_hub_ids_is_judged_like_the_one_in_ids_as_answered(
    hub: tuple[set[int], ...], far: tuple[set[int], ...], pairs: set[tuple[int, int]]
) -> None:
    exact = {n: tuple(f"FAR:{f}" for h, f in sorted(pairs) if h == n and f < len(far)) for n in range(len(hub))}
    made = Ontologies([vocabulary("HUB", hub, exact), vocabulary("FAR", far)])
    every = [term for part in made.releases for term in part.terms]

    as_answered = {(term, to): made.relation(term, to) for term, to in product(every, every)}
    in_hub_ids = {(term, to): made.relation(term, made.resolve(to).node) for term, to in product(every, every)}

    assert in_hub_ids == as_answered


def test_an_ambiguous_id_neither_covers_nor_is_covered(joined: Ontologies) -> None:
    kept = joined.broadest(["HUB:5", "FAR:71", "FAR:7"])

    assert kept == ("FAR:71", "HUB:5")
    assert joined.common_descendants("FAR:71", "HUB:5") == ()
    assert joined.common_descendants("FAR:71", "far:71") == ("FAR:71",)


def test_labels_are_those_of_the_id_asked_for(joined: Ontologies) -> None:
    found = [joined.label(i) for i in ("HUB:4", "far:4", "HUB:8", "ICD10WHO:C00-C97", "NONE:1")]

    assert found == ["breast cancer", "mammary carcinoma", "obsolete breast tumour", "cancer", None]


def test_identity_names_each_release_and_joins_those_of_one_name() -> None:
    several = [
        release(term("HUB:1")),
        release(term("FAR:1"), name="FAR"),
        release(term("HUB:3"), version="3"),
        release(term("HUB:2"), version="2"),
    ]

    identity = Ontologies(several).identity()

    assert identity == {"HUB": "1 (hub) + 2 + 3", "FAR": "1"}


def test_a_release_is_named_by_its_version_and_its_content() -> None:
    one, other, unversioned = (
        Release("HUB", version, content * 32, {"HUB:1": term("HUB:1")})
        for version, content in (("1", "ab"), ("1", "cd"), ("sha256:efefefefefef", "ef"))
    )

    identities = [Ontologies([release]).identity()["HUB"] for release in (one, other, unversioned)]

    assert identities == ["1 sha256:" + "ab" * 32, "1 sha256:" + "cd" * 32, "sha256:" + "ef" * 32]


def test_which_release_is_the_hub_is_named_and_the_order_of_the_others_is_not() -> None:
    one, two, three = (release(term(f"{name}:1"), name=name) for name in ("ONE", "TWO", "THREE"))

    first, swapped, other_hub = (
        Ontologies(order).identity() for order in ([one, two, three], [one, three, two], [two, one, three])
    )

    assert first == swapped == {"ONE": "1 (hub)", "TWO": "1", "THREE": "1"}
    assert other_hub == {"ONE": "1", "TWO": "1 (hub)", "THREE": "1"}


def test_without_any_ontology_everything_is_unknown() -> None:
    empty = Ontologies([])

    answers = (
        empty.identity(),
        empty.relation("HUB:1", "HUB:1"),
        empty.resolve("HUB:1"),
        empty.ancestors("HUB:1"),
        empty.broadest(["B:1", "A:1"]),
        empty.common_descendants("A:1", "A:1"),
        empty.label("A:1"),
        empty.search("a"),
    )

    assert answers == (
        {},
        Relation.UNKNOWN,
        Resolution("HUB:1", "HUB:1", "unknown"),
        {"HUB:1"},
        ("A:1", "B:1"),
        ("A:1",),
        None,
        [],
    )


def test_a_file_read_twice_gives_equal_releases() -> None:
    content = (CASES / "far.obo").read_bytes()

    assert read_ontology(io.BytesIO(content)) == read_ontology(CASES / "far.obo")
