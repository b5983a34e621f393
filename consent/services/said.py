"""Answers as a page or the API gives them: codes for the ledger, and what was typed beside them for the vault."""

import secrets
from collections.abc import Mapping
from typing import Any

from consent import vault
from consent.domain.answers import AnswerKey, Changes, check_answer, check_complete
from consent.domain.chain import commitment
from consent.domain.forms import FormText
from governance.domain.errors import Invalid
from governance.duo.reading import InvalidUse as InvalidAnswer

Words = list[tuple[str, str, vault.Words]]
"""For each item with typed words: its key, their commitment, and the words."""


def read_said(form: FormText, answers: Mapping[str, Any], decider: str, *, complete: bool) -> tuple[Changes, Words]:
    """The answers of one who decides (`decider`) as the ledger holds them, and the words typed beside them as the vault does.

    With `complete`, an answer that lacks something (a line of a grid, a name) is refused.
    """
    changes, words = [], []
    try:
        for key, raw in answers.items():
            if key not in form.by_key:
                raise InvalidAnswer(key, "is no question of this form")
            item = form.by_key[key]
            given = check_answer(item, raw)
            if complete:
                check_complete(item, given)
            changes.append((AnswerKey(key, form.main_subject, decider), given.value))
            if given.fields:
                salt = secrets.token_bytes(32)
                typed = vault.Words(key, salt.hex(), dict(given.fields))
                words.append((key, commitment(salt, given.fields), typed))
    except InvalidAnswer as wrong:
        raise Invalid(f"{wrong.field}: {wrong.message}", {wrong.field: wrong.message}) from wrong
    return tuple(sorted(changes, key=lambda change: change[0])), words


def commitments_of(words: Words) -> tuple[tuple[str, str], ...]:
    """What of the typed words goes into the ledger."""
    return tuple(sorted((item, digest) for item, digest, _typed in words))
