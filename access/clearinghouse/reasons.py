"""Every reason for which the clearinghouse refuses, in one table: a code for programs and a sentence for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """The code of a refusal; codes never change their meaning, so that hosts may act on them."""

    TOKEN_MALFORMED = "token_malformed"
    TOKEN_TOO_LARGE = "token_too_large"
    TOKEN_ENCRYPTED = "token_encrypted"
    JSON_MALFORMED = "json_malformed"
    JSON_DUPLICATE_KEY = "json_duplicate_key"
    JSON_TOO_DEEP = "json_too_deep"

    ALG_MISSING = "alg_missing"
    ALG_NOT_ALLOWED = "alg_not_allowed"
    HEADER_CRIT = "header_crit"
    HEADER_B64 = "header_b64"
    HEADER_ZIP = "header_zip"
    HEADER_KEY_IN_TOKEN = "header_key_in_token"
    KID_MALFORMED = "kid_malformed"
    TYPE_WRONG = "type_wrong"

    CLAIM_MISSING = "claim_missing"
    CLAIM_MALFORMED = "claim_malformed"
    ISSUER_UNTRUSTED = "issuer_untrusted"
    JKU_UNTRUSTED = "jku_untrusted"
    KEY_DOCUMENT_UNAVAILABLE = "key_document_unavailable"
    KEY_DOCUMENT_STALE = "key_document_stale"
    KEY_UNKNOWN = "key_unknown"
    KEY_UNFIT = "key_unfit"
    SIGNATURE_INVALID = "signature_invalid"

    TIME_MALFORMED = "time_malformed"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    ISSUED_IN_FUTURE = "issued_in_future"
    EXP_BEFORE_IAT = "exp_before_iat"
    LIFE_TOO_LONG = "life_too_long"
    VISA_TOKEN_TOO_OLD = "visa_token_too_old"

    AUDIENCE_MISSING = "audience_missing"
    AUDIENCE_WRONG = "audience_wrong"
    VISA_LIST_MALFORMED = "visa_list_malformed"
    TOO_MANY_VISAS = "too_many_visas"

    VISA_HAS_AUDIENCE = "visa_has_audience"
    VISA_OBJECT_MALFORMED = "visa_object_malformed"
    VISA_TYPE_UNSUPPORTED = "visa_type_unsupported"
    VISA_TYPE_UNTRUSTED = "visa_type_untrusted"
    VALUE_MALFORMED = "value_malformed"
    URL_CLAIM_TOO_LONG = "url_claim_too_long"
    SOURCE_UNTRUSTED = "source_untrusted"
    BY_NOT_ACCEPTED = "by_not_accepted"
    ASSERTED_IN_FUTURE = "asserted_in_future"
    ASSERTED_AFTER_ISSUE = "asserted_after_issue"
    COHORT_MALFORMED = "cohort_malformed"
    COHORT_MISSING = "cohort_missing"
    COHORT_NOT_ENFORCED = "cohort_not_enforced"
    CONDITIONS_MALFORMED = "conditions_malformed"
    CONDITIONS_NOT_MET = "conditions_not_met"
    IDENTITY_NOT_LINKED = "identity_not_linked"

    STATUS_MISSING = "status_missing"
    STATUS_MALFORMED = "status_malformed"
    STATUS_LIST_UNTRUSTED = "status_list_untrusted"
    STATUS_LIST_UNAVAILABLE = "status_list_unavailable"
    STATUS_LIST_INVALID = "status_list_invalid"
    STATUS_LIST_EXPIRED = "status_list_expired"
    STATUS_INDEX_OUT_OF_RANGE = "status_index_out_of_range"
    STATUS_REVOKED = "status_revoked"
    STATUS_SUSPENDED = "status_suspended"

    NO_VISA_FOR_DATASET = "no_visa_for_dataset"
    ENDS_TOO_SOON = "ends_too_soon"
    TERMS_VISA_MISSING = "terms_visa_missing"
    RESEARCHER_VISA_MISSING = "researcher_visa_missing"


REASONS: Mapping[Reason, str] = {
    Reason.TOKEN_MALFORMED: "the token is not three parts of base64url; send a compact JWS",
    Reason.TOKEN_TOO_LARGE: "the token is larger than this host takes; ask for fewer visas",
    Reason.TOKEN_ENCRYPTED: "the token has five parts, so it is encrypted; send a signed one",
    Reason.JSON_MALFORMED: "a part of the token is not a JSON object; send one in UTF-8",
    Reason.JSON_DUPLICATE_KEY: "a JSON object in the token names a member twice; name it once",
    Reason.JSON_TOO_DEEP: "the JSON in the token is nested too deeply",
    Reason.ALG_MISSING: "the header names no algorithm; sign with RS256 or ES256",
    Reason.ALG_NOT_ALLOWED: "the algorithm is not RS256 or ES256; sign with one of them",
    Reason.HEADER_CRIT: "the header has critical extensions and this host knows none; leave them out",
    Reason.HEADER_B64: "the header has b64; sign the payload in base64url",
    Reason.HEADER_ZIP: "the header has zip or enc, which a signed token does not have",
    Reason.HEADER_KEY_IN_TOKEN: "the header brings its own key (jwk, x5u, x5c); name a published one by kid",
    Reason.KID_MALFORMED: "the header's kid is not a short printable string",
    Reason.TYPE_WRONG: "the token is of another kind than the one that is wanted here",
    Reason.CLAIM_MISSING: "a required claim is missing",
    Reason.CLAIM_MALFORMED: "a claim does not have its type",
    Reason.ISSUER_UNTRUSTED: "this host does not trust the issuer in this role",
    Reason.JKU_UNTRUSTED: "the key document is not on this host's list for the issuer; it was not fetched",
    Reason.KEY_DOCUMENT_UNAVAILABLE: "the issuer's key document cannot be had; try again later",
    Reason.KEY_DOCUMENT_STALE: "the copy of the key document is too old; try again later",
    Reason.KEY_UNKNOWN: "the issuer's key document does not hold the key; ask for a new token",
    Reason.KEY_UNFIT: "the key is not fit for the algorithm (RSA of 2048 bits or more, or P-256)",
    Reason.SIGNATURE_INVALID: "the signature does not belong to the token",
    Reason.TIME_MALFORMED: "a time is not a whole number of seconds since 1970",
    Reason.EXPIRED: "the token has expired; ask for a new one",
    Reason.NOT_YET_VALID: "the token is not valid yet; check the clocks",
    Reason.ISSUED_IN_FUTURE: "the token was issued in the future; check the clocks",
    Reason.EXP_BEFORE_IAT: "the token expires before it was issued",
    Reason.LIFE_TOO_LONG: "the token lives longer than this host allows its issuer",
    Reason.VISA_TOKEN_TOO_OLD: "the access-token visa is older than an hour and this host does not poll",
    Reason.AUDIENCE_MISSING: "the passport names no audience; exchange it for this host",
    Reason.AUDIENCE_WRONG: "the passport is for another audience; exchange it for this host",
    Reason.VISA_LIST_MALFORMED: "the passport's ga4gh_passport_v1 is not a list of strings",
    Reason.TOO_MANY_VISAS: "the passport holds more visas than this host takes; narrow it by resource",
    Reason.VISA_HAS_AUDIENCE: "the visa has an audience, which visas do not have",
    Reason.VISA_OBJECT_MALFORMED: "the visa object lacks type, asserted, value or source, or has them wrong",
    Reason.VISA_TYPE_UNSUPPORTED: "this host does not know the visa's type",
    Reason.VISA_TYPE_UNTRUSTED: "this host does not trust the issuer for visas of this type",
    Reason.VALUE_MALFORMED: "the value does not have the format of the visa's type",
    Reason.URL_CLAIM_TOO_LONG: "a URL claim has more than 255 characters",
    Reason.SOURCE_UNTRUSTED: "the issuer is not trusted for assertions of this source",
    Reason.BY_NOT_ACCEPTED: "the assertion was not made by the authority that this host wants",
    Reason.ASSERTED_IN_FUTURE: "the assertion was made in the future; check the clocks",
    Reason.ASSERTED_AFTER_ISSUE: "the assertion was made after the visa was issued",
    Reason.COHORT_MALFORMED: "the cohort claim is not a cohort feed of the issuer with a position",
    Reason.COHORT_MISSING: "the visa names no cohort, and this host serves the dataset by cohorts; ask for this host's",
    Reason.COHORT_NOT_ENFORCED: "the visa is limited to a cohort, which this host cannot enforce; ask for this host's",
    Reason.CONDITIONS_MALFORMED: "the visa's conditions do not have their form",
    Reason.CONDITIONS_NOT_MET: "no accepted visa meets the visa's conditions",
    Reason.IDENTITY_NOT_LINKED: "the visa is about another identity and no trusted visa links the two",
    Reason.STATUS_MISSING: "the visa has no status and this host demands one of its issuer",
    Reason.STATUS_MALFORMED: "the visa's status is not an index and the address of a list",
    Reason.STATUS_LIST_UNTRUSTED: "the status list is not one of the issuer's; it was not fetched",
    Reason.STATUS_LIST_UNAVAILABLE: "the status list cannot be had, or the copy is too old; try again later",
    Reason.STATUS_LIST_INVALID: "the status list is not what the issuer signs",
    Reason.STATUS_LIST_EXPIRED: "the status list has expired; try again later",
    Reason.STATUS_INDEX_OUT_OF_RANGE: "the visa's index lies outside the status list",
    Reason.STATUS_REVOKED: "the visa was revoked",
    Reason.STATUS_SUSPENDED: "the visa is suspended",
    Reason.NO_VISA_FOR_DATASET: "no accepted controlled access visa names the dataset",
    Reason.ENDS_TOO_SOON: "the visas end before the access that is asked for would",
    Reason.TERMS_VISA_MISSING: "registered access needs an accepted terms visa for it",
    Reason.RESEARCHER_VISA_MISSING: "registered access needs a researcher status visa for it",
}

# Refusals that may turn into acceptance without a new token, because only this host's knowledge was missing.
RETRYABLE = frozenset(
    {
        Reason.KEY_DOCUMENT_UNAVAILABLE,
        Reason.KEY_DOCUMENT_STALE,
        Reason.STATUS_LIST_UNAVAILABLE,
        Reason.STATUS_LIST_EXPIRED,
    }
)


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal: its reason and, where it helps, what it was about. Never holds the token or a key."""

    reason: Reason
    detail: str = ""

    @property
    def message(self) -> str:
        """Return the sentence of the table, followed by the detail."""
        return f"{REASONS[self.reason]}: {self.detail}" if self.detail else REASONS[self.reason]

    @property
    def retryable(self) -> bool:
        """Return whether the same token may be accepted a little later."""
        return self.reason in RETRYABLE
