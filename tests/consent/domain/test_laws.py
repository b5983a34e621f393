"""Laws of the kernel, tried on random ledgers and answers."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from consent.domain.answers import AnswerKey, Answers
from consent.domain.conditions import Value
from consent.domain.counted import Context
from consent.domain.deciding import values_of
from consent.domain.effects import Effect, Limit, meet, not_wider
from consent.domain.evaluate import evaluate
from consent.domain.events import Capacity, Event, Expired, Paused, Resumed
from consent.domain.fold import fold
from consent.domain.forms import Axis, FormText
from consent.domain.profile import EXCLUDED, profile_of
from consent.domain.shipped import sample_forms
from tests.consent.domain.builders import ADULT, CHILD, CLINIC, Story, day

FORMS = sample_forms()
CONDITION = (("condition", ("MONDO:0005021",)),)
LAST = 40


def answer_of(form: FormText, key: str) -> st.SearchStrategy[Value | None]:
    return st.sampled_from(list(values_of(form.by_key[key])))


@st.composite
def answers(draw: st.DrawFn, form: FormText, deciders: tuple[str, ...] = ("participant",)) -> Answers:
    found: dict[AnswerKey, Value] = {}
    for item in form.items:
        for subject, role in item.deciders:
            for decider in deciders if role in ("participant", "parents") else (role,):
                value = draw(answer_of(form, item.key))
                if value is not None:
                    found[AnswerKey(item.key, subject, decider)] = value
    return found


@st.composite
def spoken(draw: st.DrawFn) -> dict[str, Any]:
    """Some answers of an adult, yes more often than not."""
    keys = draw(st.lists(st.sampled_from([item.key for item in FORMS[ADULT].items]), max_size=6, unique=True))
    chosen = {key: draw(answer_of(FORMS[ADULT], key)) for key in keys}
    plain = {key: dict(value) if key == "results_wanted" and value else value for key, value in chosen.items()}
    return plain | draw(st.sampled_from([{}, {"take_part": "yes", "research_scope": "any"}]))


@st.composite
def ledgers(draw: st.DrawFn) -> Story:
    story = Story()
    story.affirms(0, {"take_part": "yes", "research_scope": "any", "repository": "yes", "commercial_use": "yes"})
    for number in sorted(draw(st.lists(st.integers(1, 30), max_size=7))):
        _happens(draw, story, number)
    return story


def _happens(draw: st.DrawFn, story: Story, number: int) -> None:
    late = draw(st.sampled_from([0, 0, 5]))
    recorded = {"recorded": max(number + late, *(_recorded(event) for event in story.events))}
    what = draw(
        st.sampled_from(["affirms", "answers", "imports", "withdraws", "rejoins", "expires", "pauses", "verifies"])
    )
    if what == "affirms":
        story.affirms(number, draw(spoken()), **recorded)
    elif what == "answers":
        story.answers(number, draw(spoken()), key_decider="participant", **recorded)
    elif what == "imports":
        story.imports(number, draw(spoken()), verified=draw(st.booleans()), key_decider="participant", **recorded)
    elif what == "withdraws":
        story.withdraws(number, draw(st.sampled_from(list(Axis))), **recorded)
    elif what == "rejoins":
        story.rejoins(number, draw(spoken()), draw(st.sampled_from(list(Axis))), **recorded)
    elif what == "expires":
        story.add(
            Expired,
            number,
            items=draw(st.sampled_from([(), ("commercial_use",), ("repository",)])),
            **recorded,
        )
    elif what == "pauses":
        story.add(draw(st.sampled_from([Paused, Resumed])), number, **recorded)
    else:
        story.verifies(number, draw(st.sampled_from(story.events)))


def _recorded(event: Event) -> int:
    return (event.recorded_at - day(0)).days


def opened(story: Story, events: list[Event], on: int = LAST) -> Effect:
    """What stands, as an effect that can be compared."""
    effective = fold(events, story.forms, day(on), day(LAST))
    data_use = effective.profile.data_use
    return Effect(
        permission=data_use.permission if data_use else None,
        modifiers=tuple(Limit(modifier.term) for modifier in data_use.modifiers) if data_use else (),
        preferences=effective.preferences,
        outlets=effective.profile.outlets,
    )


@settings(max_examples=100, deadline=None)
@given(ledgers(), st.randoms())
def test_the_order_in_which_events_are_read_never_matters(story: Story, random: Any) -> None:
    turned = list(story.events)
    random.shuffle(turned)

    first = fold(story.events, story.forms, day(LAST), day(LAST))
    second = fold(turned, story.forms, day(LAST), day(LAST))

    assert first.canonical() == second.canonical()


@settings(max_examples=100, deadline=None)
@given(ledgers(), st.integers(0, 30), st.sampled_from(list(Axis)))
def test_a_withdrawal_can_only_shrink(story: Story, number: int, axis: Axis) -> None:
    later = Story(events=list(story.events))
    later.withdraws(number, axis, recorded=LAST)

    assert not_wider(opened(story, later.events), opened(story, story.events))


@settings(max_examples=100, deadline=None)
@given(ledgers(), spoken(), st.integers(0, 35))
def test_what_nobody_has_confirmed_can_only_narrow(story: Story, said: dict[str, Any], number: int) -> None:
    later = Story(events=list(story.events))
    later.answers(number, said, recorded=LAST, key_decider="participant", capacity=Capacity.CLINICIAN)

    assert not_wider(opened(story, later.events), opened(story, story.events))


@settings(max_examples=100, deadline=None)
@given(ledgers(), spoken())
def test_after_no_further_use_nothing_but_joining_again_opens_data(story: Story, said: dict[str, Any]) -> None:
    later = Story(events=list(story.events))
    later.withdraws(31, recorded=LAST)
    later.affirms(32, said, recorded=LAST)
    later.imports(33, said, recorded=LAST, verified=True, key_decider="participant")

    assert fold(later.events, story.forms, day(LAST), day(LAST)).profile == EXCLUDED


@settings(max_examples=100, deadline=None)
@given(ledgers(), st.integers(0, 40), st.integers(0, 40))
def test_what_was_known_on_a_day_never_changes_afterwards(story: Story, on: int, known: int) -> None:
    seen = [event for event in story.events if event.recorded_at <= day(known)]

    before = fold(seen, story.forms, day(on), day(known))
    later = fold(story.events, story.forms, day(on), day(known))

    assert later == before


@settings(max_examples=100, deadline=None)
@given(
    st.data(),
    st.sampled_from([(ADULT, "participant"), (CLINIC, "participant"), (CHILD, "child"), (CHILD, "mother")]),
)
def test_taking_an_answer_back_never_opens_anything(data: st.DataObject, whose: tuple[str, str]) -> None:
    form = FORMS[whose[0]]
    context = Context(subject=whose[1], facts=CONDITION)
    all_given = data.draw(answers(form, ("participant",) if whose[0] != CHILD else ("parents",)))
    taken = data.draw(st.sampled_from([None, *sorted(all_given)]))

    fewer = evaluate(form, {key: value for key, value in all_given.items() if key != taken}, context)

    assert not_wider(fewer, evaluate(form, all_given, context))


@settings(max_examples=100, deadline=None)
@given(answers(FORMS[CHILD], ("mother",)), answers(FORMS[CHILD], ("father",)))
def test_two_guardians_allow_no_more_than_either_alone(mother: Answers, father: Answers) -> None:
    both = Context(facts=CONDITION, deciders=("father", "mother"))

    together = evaluate(FORMS[CHILD], {**mother, **father}, both)

    for name, own in (("mother", mother), ("father", father)):
        shared = {key: value for key, value in {**mother, **father}.items() if key.decider not in ("mother", "father")}
        alone = evaluate(FORMS[CHILD], {**own, **shared}, replace(both, deciders=(name,)))
        assert not_wider(together, alone)


@settings(max_examples=100, deadline=None)
@given(answers(FORMS[ADULT]), answers(FORMS[ADULT]), answers(FORMS[ADULT]))
def test_the_meet_is_a_meet(a: Answers, b: Answers, c: Answers) -> None:
    context = Context(facts=CONDITION)
    one, two, three = (evaluate(FORMS[ADULT], given, context) for given in (a, b, c))

    assert meet(one, two) == meet(two, one)
    assert meet(one, one) == one
    assert meet(meet(one, two), three) == meet(one, meet(two, three))
    assert not_wider(meet(one, two), one)
    assert not_wider(meet(one, two), two)


@settings(max_examples=100, deadline=None)
@given(answers(FORMS[ADULT]), st.booleans())
def test_equal_profiles_have_equal_keys_and_nothing_given_is_excluded(given_answers: Answers, known: bool) -> None:
    context = Context(facts=CONDITION if known else ())

    profile = profile_of(evaluate(FORMS[ADULT], given_answers, context))
    again = profile_of(evaluate(FORMS[ADULT], dict(reversed(list(given_answers.items()))), context))

    assert (profile, profile.key) == (again, again.key)
    if AnswerKey("research_scope", "participant", "participant") not in given_answers:
        assert profile.excluded
