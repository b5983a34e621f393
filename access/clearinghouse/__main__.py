"""`python -m access.clearinghouse verify TOKEN --config FILE`: the verdict on a token, as JSON, with its reason."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from access.clearinghouse.config import ClearinghouseConfig, ConfigError, load_config
from access.clearinghouse.house import Clearinghouse
from access.clearinghouse.reasons import Refused
from access.clearinghouse.results import AcceptedVisa, Decision, VerifiedPassport, VerifiedVisa

ACCEPTED, REFUSED, UNUSABLE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the verdict; return 0 when it is accepted, 1 when refused, 2 when the configuration cannot be used."""
    options = _parser().parse_args(arguments)
    token = sys.stdin.read().strip() if options.token == "-" else options.token
    try:
        house = Clearinghouse(_told(load_config(options.config), options))
    except ConfigError as error:
        sys.stderr.write(f"error: {error}\n")
        return UNUSABLE
    if options.passport:
        answer = _passport(house, token, options)
    else:
        answer = _visa(house.verify_visa(token, now=options.now))
    sys.stdout.write(json.dumps(answer, indent=2, sort_keys=True) + "\n")
    return ACCEPTED if answer["verdict"] == "accepted" else REFUSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m access.clearinghouse", description=__doc__)
    verify = parser.add_subparsers(dest="command", required=True).add_parser("verify", help="verify one token")
    verify.add_argument("token", help="the token, or - to read it from standard input")
    verify.add_argument("--config", required=True, help="the configuration, a JSON file")
    verify.add_argument("--passport", action="store_true", help="the token is a Passport, not a visa")
    verify.add_argument("--audience", help="the audience that the Passport must name")
    verify.add_argument("--dataset", action="append", default=[], help="decide on this dataset value (repeatable)")
    verify.add_argument(
        "--enforces-cohorts",
        action=argparse.BooleanOptionalAction,
        help="whether the host filters by cohorts, instead of what the configuration says",
    )
    verify.add_argument(
        "--label-only", action="append", default=[], help="this dataset value has no members (repeatable)"
    )
    verify.add_argument("--now", type=int, help="seconds since 1970 to judge at, instead of the clock's")
    return parser


def _told(config: ClearinghouseConfig, options: argparse.Namespace) -> ClearinghouseConfig:
    """The configuration, with what the command line says of the host instead."""
    enforces = config.enforces_cohorts if options.enforces_cohorts is None else options.enforces_cohorts
    return replace(config, enforces_cohorts=enforces, label_only=config.label_only | frozenset(options.label_only))


def _visa(visa: VerifiedVisa | Refused) -> dict[str, Any]:
    return _refusal(visa) if isinstance(visa, Refused) else {"verdict": "accepted", "visa": _visa_facts(visa)}


def _passport(house: Clearinghouse, token: str, options: argparse.Namespace) -> dict[str, Any]:
    passport = house.verify_passport(token, options.audience, now=options.now)
    if isinstance(passport, Refused):
        return _refusal(passport)
    decisions = house.decide(passport.visas, options.dataset, now=options.now)
    denied = [decision for decision in decisions.values() if isinstance(decision, Refused)]
    return {
        "verdict": "refused" if denied else "accepted",
        **({"reason": denied[0].reason.value, "message": denied[0].message} if denied else {}),
        "passport": _passport_facts(passport),
        "datasets": _decision_facts(decisions),
    }


def _passport_facts(passport: VerifiedPassport) -> dict[str, Any]:
    return {
        "issuer": passport.issuer,
        "subject": passport.subject,
        "audience": list(passport.audience),
        "expires_at": passport.expires_at,
        "accepted": [_accepted_facts(accepted) for accepted in passport.visas.accepted],
        "refused": [{"position": item.position, **_refusal(item.refusal)} for item in passport.visas.refused],
    }


def _accepted_facts(accepted: AcceptedVisa) -> dict[str, Any]:
    return {**_visa_facts(accepted.visa), "expires_at": accepted.expires_at}


def _visa_facts(visa: VerifiedVisa) -> dict[str, Any]:
    return {
        "issuer": visa.issuer,
        "subject": visa.subject,
        "type": visa.type,
        "value": visa.value,
        "source": visa.source,
        "by": visa.by,
        "asserted": visa.asserted,
        "expires_at": visa.expires_at,
        "cohort": visa.cohort.url if visa.cohort else None,
    }


def _decision_facts(decisions: Mapping[str, Decision]) -> dict[str, Any]:
    return {
        value: _refusal(decision)
        if isinstance(decision, Refused)
        else {
            "verdict": "accepted",
            "until": decision.until,
            "cohorts": [item.url for item in decision.cohorts],
        }
        for value, decision in decisions.items()
    }


def _refusal(refused: Refused) -> dict[str, Any]:
    return {"verdict": "refused", "reason": refused.reason.value, "message": refused.message}


if __name__ == "__main__":
    sys.exit(main())
