"""Any order of rotations and revocations, beside a small model of which key stands where."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from governance import keys
from governance.models import SigningKey
from governance.services import keys as service
from tests.acting import TESTS
from tests.governance.key_builders import standing_keys

pytestmark = pytest.mark.django_db
START = datetime.fromisoformat("2026-11-18T09:00:00+00:00")
USE = "token"
STEPS = st.one_of(
    st.tuples(st.just("rotate"), st.just(0)),
    st.tuples(st.just("due"), st.just(0)),
    st.tuples(st.just("revoke"), st.integers(0, 3)),
    st.tuples(st.just("wait"), st.sampled_from([5, 11, 60 * 24 * 8, 60 * 24 * 91])),
)


@dataclass
class Model:
    """What should stand: the active and the next key with their age, the retired with their end, the revoked."""

    active: str
    following: str
    next_since: datetime
    active_made: datetime
    signing_since: datetime
    retired: dict[str, datetime] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)

    def documents(self, now: datetime) -> set[str]:
        """The kids that are published."""
        return {self.active, self.following} | {kid for kid, end in self.retired.items() if end > now}

    def take_over(self, made: str, now: datetime) -> None:
        """The next key signs from now on."""
        self.active, self.active_made, self.signing_since = self.following, self.next_since, now
        self.following, self.next_since = made, now


def rotated(model: Model, done: service.Rotation, now: datetime) -> None:
    """A rotation either waits because hosts may not know the key yet, or lets it take over."""
    young = model.next_since > model.active_made and now < model.next_since + service.PUBLISHED_BEFORE
    assert bool(done.waits) == young
    if not young:
        model.retired[model.active] = now + service.KEPT_FOR
        assert (done.activated, done.retired) == (model.following, model.active)
        model.take_over(done.made, now)


def revoke(model: Model, choice: int, now: datetime) -> None:
    """Any key that is not revoked yet."""
    standing = [model.active, model.following, *model.retired]
    kid = standing[choice % len(standing)]
    done = service.revoke(kid=kid, by=TESTS, now=now)
    model.revoked.add(kid)
    model.retired.pop(kid, None)
    if kid == model.active:
        model.take_over(done.made, now)
    elif kid == model.following:
        model.following, model.next_since = done.made, now


def due(model: Model, now: datetime) -> None:
    """The daily schedule."""
    for done in service.rotate_due(by=TESTS, now=now):
        if done.use == USE:
            assert now - model.signing_since >= service.SIGNS_FOR
            rotated(model, done, now)


def check(model: Model, tokens: dict[str, str], now: datetime) -> None:
    """The rows agree with the model; what a standing key signed holds, and nothing else does."""
    states = dict(SigningKey.objects.filter(use=USE).values_list("kid", "state"))
    expected = {model.active: "active", model.following: "next"}
    expected |= dict.fromkeys(model.retired, "retired") | dict.fromkeys(model.revoked, "revoked")
    assert states == expected
    published = [key["kid"] for key in keys.jwks(now=now)["keys"]]
    assert {kid for kid in published if kid.startswith(USE)} == model.documents(now)
    assert published[0] == model.active
    for kid, token in tokens.items():
        holds = kid in model.documents(now)
        try:
            keys.verify(token, typ="at+jwt", now=now)
        except keys.TokenRefused:
            assert not holds
        else:
            assert holds


@profile(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=9))
def test_whatever_the_order_one_key_signs_and_only_standing_keys_verify(steps: list[tuple[str, int]]):
    with time_machine.travel(START, tick=False) as clock, transaction.atomic():
        standing_keys()
        now, rows = START, {row.state: row for row in SigningKey.objects.filter(use=USE)}
        made = rows["active"].created_at
        model = Model(rows["active"].kid, rows["next"].kid, made, made, made)
        tokens: dict[str, str] = {}
        for step, value in steps:
            if step == "wait":
                clock.shift(value * 60)
                now += timedelta(minutes=value)
                due(model, now)
            elif step == "rotate":
                rotated(model, service.rotate(use=USE, by=TESTS, now=now), now)
            elif step == "revoke":
                revoke(model, value, now)
            else:
                due(model, now)
            far = int(now.timestamp()) + 10**8
            claims = {"iss": settings.BASE_URL, "exp": far}
            tokens.setdefault(model.active, keys.sign(claims, typ="at+jwt", use=USE))
            check(model, tokens, now)
        transaction.set_rollback(True)
