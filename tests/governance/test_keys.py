"""Keys: published before they sign, kept until the last token ends, gone at once when revoked."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import jwt as pyjwt
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone
from jwcrypto import jwk
from jwcrypto import jwt as jwcrypto_jwt

from access.domain.signable import LintedVisa, linted_visa
from governance import keys
from governance.domain.errors import Conflict, NotNow, NotThere
from governance.models import AuditEvent, OutboxMessage, SigningKey
from governance.services import keys as service
from tests.acting import TESTS
from tests.governance.key_builders import standing_keys

pytestmark = pytest.mark.django_db
Use, State = SigningKey.Use, SigningKey.State
ISSUER = "https://duologue.example/"
JKU = f"{ISSUER}.well-known/jwks.json"
VISA_CLAIMS = {
    "iss": ISSUER,
    "sub": "s-1",
    "jti": "v-1",
    "ga4gh_visa_v1": {
        "type": "ControlledAccessGrants",
        "asserted": 1_700_000_000,
        "value": f"{ISSUER}datasets/HEARTS-0001",
        "source": f"{ISSUER}committees/lakeland",
        "by": "dac",
    },
    "status": {"status_list": {"idx": 1, "uri": f"{ISSUER}status/1"}},
}


def signed(**claims: object) -> str:
    now = int(timezone.now().timestamp())
    base = {"iss": settings.BASE_URL, "sub": "s", "iat": now, "exp": now + 600}
    return keys.sign({**base, **claims}, typ="at+jwt", use=Use.TOKEN)


def planned(kid: str, alg: str = "RS256") -> LintedVisa:
    """A visa that passed its lint, the same each time."""
    claims = {**VISA_CLAIMS, "iat": 1_790_000_000, "exp": 1_790_003_600}
    visa = linted_visa({"typ": "vnd.ga4gh.visa+jwt", "alg": alg, "kid": kid, "jku": JKU}, claims)
    assert isinstance(visa, LintedVisa)
    return visa


def states(use: str = Use.TOKEN) -> list[str]:
    return sorted(SigningKey.objects.filter(use=use).values_list("state", flat=True))


def test_every_use_gets_an_active_and_a_next_key_once():
    standing_keys()

    again = service.ensure(by=TESTS, now=timezone.now())

    assert again == []
    assert {use: states(use) for use in Use.values} == {use: ["active", "next"] for use in Use.values}


def test_without_keys_signing_says_how_to_make_them():
    with pytest.raises(NotNow) as refusal:
        keys.sign({}, typ="at+jwt", use=Use.TOKEN)

    assert refusal.value.message == "there is no active key for token: run `manage.py rotate_keys`"


def test_private_halves_are_encrypted_at_rest_and_never_published():
    standing_keys()

    document = json.dumps(keys.jwks())
    stored = list(SigningKey.objects.values_list("private_encrypted", flat=True))

    assert all("PRIVATE" not in text and text.startswith("gAAAA") for text in stored)
    assert {frozenset(key) for key in json.loads(document)["keys"]} == {
        frozenset({"kty", "n", "e", "kid", "alg", "use"})
    }


def test_the_key_document_holds_the_current_key_first_and_the_status_key_second():
    standing_keys()

    document = keys.jwks()["keys"]

    order = [
        (SigningKey.objects.get(kid=key["kid"]).use, SigningKey.objects.get(kid=key["kid"]).state) for key in document
    ]
    assert order == [("token", "active"), ("status", "active"), ("token", "next"), ("status", "next")]
    assert {(key["kty"], key["alg"], key["use"]) for key in document} == {("RSA", "RS256", "sig")}


def test_two_independent_libraries_verify_what_we_sign():
    standing_keys()

    token = signed(scope="openid")

    document = keys.jwks()
    key = pyjwt.PyJWKSet.from_dict(document)[pyjwt.get_unverified_header(token)["kid"]]
    assert pyjwt.decode(token, key.key, algorithms=["RS256"])["scope"] == "openid"
    other = jwcrypto_jwt.JWT(key=jwk.JWKSet.from_json(json.dumps(document)), jwt=token)
    assert json.loads(other.claims)["scope"] == "openid"
    assert pyjwt.get_unverified_header(token) == {
        "typ": "at+jwt",
        "alg": "RS256",
        "kid": document["keys"][0]["kid"],
    }


@pytest.mark.parametrize("claim", ["ga4gh_visa_v1", "ga4gh_passport_v1"])
def test_nothing_that_a_lint_must_see_is_signed_without_it(claim: str):
    standing_keys()

    with pytest.raises(ValueError, match=claim):
        signed(**{claim: {}})


def test_a_rotation_activates_the_published_key_and_keeps_the_old_one_until_its_tokens_end():
    standing_keys()
    old, new = keys.jwks()["keys"][0]["kid"], keys.jwks()["keys"][2]["kid"]
    token, now = signed(), timezone.now()

    done = service.rotate(use=Use.TOKEN, by=TESTS, now=now)

    assert (done.activated, done.retired) == (new, old)
    assert keys.jwks()["keys"][0]["kid"] == new
    assert keys.verify(token, typ="at+jwt")["sub"] == "s"
    later = now + service.KEPT_FOR + timedelta(seconds=1)
    assert old not in [key["kid"] for key in keys.jwks(now=later)["keys"]]


def test_a_key_that_hosts_may_not_know_yet_does_not_sign():
    standing_keys()
    now = timezone.now()
    service.rotate(use=Use.TOKEN, by=TESTS, now=now)

    second = service.rotate(use=Use.TOKEN, by=TESTS, now=now + timedelta(minutes=9))
    third = service.rotate(use=Use.TOKEN, by=TESTS, now=now + timedelta(minutes=10))

    assert (second.activated, bool(second.waits)) == ("", True)
    assert third.activated.startswith("token-")


def test_the_schedule_rotates_after_ninety_days_and_destroys_what_is_not_needed():
    standing_keys()
    now = timezone.now()

    idle = service.rotate_due(by=TESTS, now=now)
    done = service.rotate_due(by=TESTS, now=now + service.SIGNS_FOR)
    service.rotate_due(by=TESTS, now=now + service.SIGNS_FOR + timedelta(hours=2))

    assert idle == []
    assert sorted(rotation.use for rotation in done) == sorted(Use.values)
    assert set(SigningKey.objects.filter(state=State.RETIRED).values_list("private_encrypted", flat=True)) == {""}


def test_what_was_planned_before_a_rotation_is_signed_for_an_hour_and_no_longer():
    standing_keys()
    old, due = keys.active(Use.TOKEN).kid, timezone.now() + service.SIGNS_FOR

    service.rotate_due(by=TESTS, now=due)
    completed = keys.signer(old).sign(planned(old))
    service.rotate_due(by=TESTS, now=due + timedelta(minutes=59))
    still = keys.signer(old).sign(planned(old))
    service.rotate_due(by=TESTS, now=due + timedelta(hours=1))

    assert completed == still
    with pytest.raises(NotNow, match="signs no more"):
        keys.signer(old)


def test_what_passed_its_lint_is_signed_once_and_by_the_key_that_it_was_planned_for():
    standing_keys()
    own, other = (key["kid"] for key in keys.jwks()["keys"] if key["kid"].startswith("token"))
    visa = planned(own)

    first = keys.signer(own).sign(visa)

    assert pyjwt.decode(first, keys.public_key(own).raw_value, algorithms=["RS256"], options={"verify_exp": False})
    with pytest.raises(RuntimeError, match="signed already"):
        keys.signer(own).sign(visa)
    with pytest.raises(ValueError, match=f"planned for {other}"):
        keys.signer(own).sign(planned(other))


def test_an_es256_key_signs_what_was_planned_for_it():
    now = timezone.now()
    public, private = keys.new_pair("token-es256", keys.ES256)
    SigningKey.objects.create(
        kid="token-es256",
        use=Use.TOKEN,
        alg=keys.ES256,
        state=State.ACTIVE,
        public_jwk=public,
        private_encrypted=private,
        created_at=now,
        activated_at=now,
        published_until=now + timedelta(days=1),
    )

    signer = keys.active_signer(Use.TOKEN, keys.ES256)
    token = signer.sign(planned("token-es256", keys.ES256))

    assert len(token.rpartition(".")[2]) == 86
    key = pyjwt.PyJWK(public).key
    assert pyjwt.decode(token, key, algorithms=["ES256"], options={"verify_exp": False})["jti"] == "v-1"
    with pytest.raises(ValueError, match="and RS256"):
        signer.sign(planned("token-es256"))
    with pytest.raises(NotNow):
        keys.active_signer(Use.TOKEN)


def test_a_key_past_its_end_signs_nothing():
    standing_keys()
    SigningKey.objects.filter(state=State.ACTIVE).update(published_until=timezone.now())

    with pytest.raises(NotNow, match="has reached its end"):
        signed()


def test_revocation_is_one_step():
    standing_keys()
    stolen, following = keys.jwks()["keys"][0]["kid"], keys.jwks()["keys"][2]["kid"]
    token, now = signed(), timezone.now()

    done = service.revoke(kid=stolen, by=TESTS, now=now)

    assert done.activated == following
    assert stolen not in [key["kid"] for key in keys.jwks()["keys"]]
    with pytest.raises(keys.TokenRefused):
        keys.verify(token, typ="at+jwt")
    assert states() == ["active", "next", "revoked"]
    assert SigningKey.objects.get(kid=stolen).private_encrypted == ""
    assert AuditEvent.objects.filter(kind="key.revoked", subject_id=stolen).count() == 1
    assert OutboxMessage.objects.get(kind="key.revoked").payload["kid"] == stolen


def test_a_revoked_key_completes_no_token_and_is_not_revoked_twice():
    standing_keys()
    kid = keys.active(Use.TOKEN).kid
    service.revoke(kid=kid, by=TESTS, now=timezone.now())

    with pytest.raises(NotNow):
        keys.signer(kid)
    with pytest.raises(Conflict):
        service.revoke(kid=kid, by=TESTS, now=timezone.now())
    with pytest.raises(NotThere):
        service.revoke(kid="token-unknown", by=TESTS, now=timezone.now())


def test_revoking_the_next_key_leaves_the_active_one_in_its_place():
    standing_keys()
    document = keys.jwks()["keys"]

    service.revoke(kid=document[2]["kid"], by=TESTS, now=timezone.now())

    assert keys.jwks()["keys"][0]["kid"] == document[0]["kid"]
    assert states() == ["active", "next", "revoked"]


@pytest.mark.parametrize(
    ("claims", "typ", "use"),
    [
        ({"exp": 1}, "at+jwt", Use.TOKEN),
        ({"iss": "https://elsewhere.example/"}, "at+jwt", Use.TOKEN),
        ({}, "JWT", Use.TOKEN),
        ({}, "at+jwt", Use.STATUS),
    ],
    ids=["expired", "foreign issuer", "another type", "another use"],
)
def test_a_token_that_does_not_hold_is_refused(claims: dict[str, object], typ: str, use: str):
    standing_keys()
    token = signed(**claims)

    with pytest.raises(keys.TokenRefused):
        keys.verify(token, typ=typ, use=use)


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "e30.e30.e30", "\x00", "é.é.é"])
def test_what_is_no_token_is_refused(token: str):
    standing_keys()

    with pytest.raises(keys.TokenRefused):
        keys.verify(token, typ="at+jwt")


def test_a_key_that_has_not_signed_yet_verifies_nothing():
    standing_keys()
    following = SigningKey.objects.get(use=Use.TOKEN, state=State.NEXT)
    private = keys._private(following)
    now = int(timezone.now().timestamp())
    claims = {"iss": settings.BASE_URL, "exp": now + 60}
    token = pyjwt.encode(claims, private.private_key, "RS256", headers={"typ": "at+jwt", "kid": following.kid})

    with pytest.raises(keys.TokenRefused):
        keys.verify(token, typ="at+jwt")


def test_private_halves_move_to_a_new_wrapping_key(settings):
    standing_keys()
    old, new = settings.KEY_WRAPPING_KEYS[0], "bmV3LXdyYXBwaW5nLWtleS1uZXctd3JhcHBpbmcta2U="

    settings.KEY_WRAPPING_KEYS = [new, old]
    count = service.rewrap(by=TESTS, now=timezone.now())
    settings.KEY_WRAPPING_KEYS = [new]

    assert count == 2 * len(Use.values)
    event = AuditEvent.objects.get(kind="keys.rewrapped")
    assert (event.subject_kind, event.subject_id, event.detail) == ("keys", "all", {"keys": count})
    assert keys.verify(signed(), typ="at+jwt")["sub"] == "s"


def test_the_command_makes_lists_rotates_and_revokes():
    out = StringIO()
    call_command("rotate_keys", stdout=out)
    call_command("rotate_keys", "--due", stdout=out)
    kid = keys.active(Use.TOKEN).kid

    call_command("rotate_keys", "--revoke", kid, stdout=out)
    call_command("rotate_keys", "--list", stdout=out)

    assert f"revoked {kid}; {keys.active(Use.TOKEN).kid} signs from now on; token-" in out.getvalue()
    assert f"{kid}  token  revoked" in out.getvalue()
    assert "nothing is due" in out.getvalue()
    with pytest.raises(CommandError, match="is revoked already"):
        call_command("rotate_keys", "--revoke", kid, stdout=out)


def test_revoking_a_retired_key_says_that_nothing_takes_its_place():
    standing_keys()
    out, now = StringIO(), timezone.now() + timedelta(days=1)
    retired = service.rotate(use=Use.TOKEN, by=TESTS, now=now).retired

    call_command("rotate_keys", "--revoke", retired, stdout=out)

    assert out.getvalue() == f"revoked {retired}; the active key goes on signing\n"


def test_kids_say_use_and_month_and_nothing_else():
    service.ensure(by=TESTS, now=datetime(2026, 3, 1, tzinfo=UTC))

    kids = sorted(kid.rsplit("-", 1)[0] for kid in SigningKey.objects.values_list("kid", flat=True))

    assert kids == sorted([f"{use}-202603" for use in Use.values] * 2)
