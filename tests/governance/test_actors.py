"""Who acted has one value and one written form: what the log stores is read back as the same actor."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.domain.actors import Actor, ActorKind, system
from governance.models import DataHost, User
from governance.record.actors import actor_of

NAMES = st.text(string.ascii_letters + string.digits + "-_.", min_size=1, max_size=60)


@given(st.sampled_from(ActorKind), NAMES)
def test_what_is_written_is_read_back_as_the_same_actor(kind: ActorKind, name: str) -> None:
    actor = Actor(kind, name)

    assert Actor.parse(str(actor)) == actor


@pytest.mark.parametrize(
    ("by", "written"),
    [
        (User(subject="0f" * 16, username="ada"), "0f" * 16),
        (DataHost(slug="harbour"), "host:harbour"),
        (system("clock"), "system:clock"),
        (Actor(ActorKind.CLIENT, "portal"), "client:portal"),
    ],
)
def test_each_actor_is_written_as_the_log_always_wrote_it(by: User | DataHost | Actor, written: str) -> None:
    assert str(actor_of(by)) == written


@pytest.mark.parametrize("text", ["", "system:", "host:", "person:ada", "robot:r2"])
def test_text_that_names_nobody_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"names no|is not a valid"):
        Actor.parse(text)


@pytest.mark.parametrize("kind", ActorKind)
def test_no_actor_is_without_a_name(kind: ActorKind) -> None:
    with pytest.raises(ValueError, match="names no"):
        Actor(kind, "")


def test_a_persons_name_cannot_pass_for_another_kind() -> None:
    with pytest.raises(ValueError, match="names no person"):
        Actor(ActorKind.PERSON, "system:clock")


@pytest.mark.parametrize("none", ["clock", "system:clock", 7, None])
def test_who_does_not_act_is_refused_and_a_bare_word_acts_no_more_than_a_number(none: Any) -> None:
    with pytest.raises(TypeError, match=f"{type(none).__name__} does not act"):
        actor_of(none)
