"""Long names of consent groups, as dbGaP and AnVIL publish them beside a code: witnesses of what the code says.

dbGaP's form is regular: `General Research Use`, `Health/Medical/Biomedical` or `Disease-Specific (NAME)`, with
conditions in brackets (`(IRB, NPU)`). AnVIL writes a sentence for each part. What is neither is kept as
`unread`, so that nobody takes a text for agreement because nobody understood it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

MDS = "MDS"
RELATED = "RD"
CONDITIONS = ("IRB", "PUB", "COL", "NPU", "NCU", "NPUNCU", "GSO", "NMDS", "NPOA", "RTN", MDS, RELATED)
"""Parts that a bracket may list after the disease."""

_SAID_NOTHING = re.compile(r"(?:unspecified|none|null|n/?a|not specified|unknown|tbd|-+|error\b.*)?", re.IGNORECASE)
_DISEASE_NAMED = re.compile(r"use of th(?:e|is) data must be related to (.+)", re.IGNORECASE | re.DOTALL)
_ONLY_ABBREVIATION = re.compile(r'disease "[^"]*"', re.IGNORECASE)
_SENTENCE_ENDS = re.compile(r"\.\s+(?=[A-Z])|\.\s*$")
_SENTENCES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), part)
    for pattern, part in (
        (r"no restrictions on data use", "NRES"),
        (r"use of th(?:e|is) data is limited only by the terms of the (?:model )?data use certification", "GRU"),
        (
            r"use of th(?:e|is) data is limited to health/medical/biomedical purposes"
            r"(?:[;,] (?:and )?does not include the study of population origins or ancestry)?",
            "HMB",
        ),
        (r"requesting institution'?s irb or equivalent body must approve the requested use", "IRB"),
        (r"requestor must provide documentation of local irb approval", "IRB"),
        (
            r"requestor agrees to make results of studies using the data available to the (?:larger|wider) "
            r"scientific community",
            "PUB",
        ),
        (r"requestor must provide a letter of collaboration with the primary study investigator(?:\(s\)|s)?", "COL"),
        (r"use of th(?:e|is) data is limited to not-for-profit organizations", "NPU"),
        (r"use of th(?:e|is) data is limited to genetic studies only", "GSO"),
        (r"the dataset can be used for methods research(?: and development)?(?: \(e\.g\.,? .*\))?", MDS),
        (r"use of th(?:e|is) data includes methods development research(?: \(e\.g\.,? .*\))?", MDS),
    )
)
"""What AnVIL's sentences and dbGaP's own say, each whole: one of which only the beginning is known is unread."""

_PERMISSION = re.compile(
    r"(?:.*\S\s+[-–]\s+)?"
    r"(?:(?P<GRU>general\s+research\s+use)|(?P<HMB>health[/ ]medical[/ ]biomedical)|(?P<DS>disease[- ]specific))"
    r"(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_TAILS = (
    (re.compile(r"(?:- )?non[- ]?profit(?: research)? use(?: only)?", re.IGNORECASE), "NPU"),
    (re.compile(r"(?:- )?genetic studies only", re.IGNORECASE), "GSO"),
)
"""Conditions that older names write out behind the permission."""

_BRACKET = re.compile(r"\s*\((.*)\)\s*", re.DOTALL)
_LONGEST = 300
"""Names longer than this are sentences, of which nothing is cut."""

_CUT_OFF = re.compile(
    r"(?:,?\s+(?:and|or|and/or)\s+(?:(?:other|genetically)\s+)?(?:related|associated)\s+"
    r"(?:disorders|diseases|conditions|illnesses|syndromes|disease|complications|traits|anomalies)"
    r"|\s*[-,(]?\s*(?:in\s+)?adults?(?:\s+only)?\)?"
    r"|\s+only)$",
    re.IGNORECASE,
)
_ADULTS = re.compile(r"\badults?\b(?!-onset)|\b18\s*\+|\b(?:over|aged|at least) 18\b|\b18 years\b", re.IGNORECASE)
_CHILDREN = re.compile(
    r"\b(?:p(?:a)?ediatric|child(?:ren|hood)?|infants?|neonat\w+|newborns?|adolescents?|minors)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class LongName:
    """What a long name says. `parts`: shorthands, permission first where one is named. `disease`: the name behind
    `DS`, or the whole text where it is a bare name.

    `whole`: it is in dbGaP's regular form, which lists every condition; a sentence may leave some out.
    `unread`: words of it that nobody here understands.
    """

    parts: tuple[str, ...] = ()
    disease: str = ""
    cut_off: str = ""
    whole: bool = False
    unread: tuple[str, ...] = ()

    @property
    def permission(self) -> str:
        """The permission that it names; empty where it names none."""
        return self.parts[0] if self.parts and self.parts[0] not in CONDITIONS else ""


@lru_cache(maxsize=1_000)
def read_long_name(written: str) -> LongName:
    """A long name in either form; nothing at all where the cell says that nothing is known."""
    text = " ".join(written.split())
    if _SAID_NOTHING.fullmatch(text):
        return LongName()
    published = _PERMISSION.fullmatch(text)
    return _published(published) if published else _in_sentences(text)


def ages(text: str) -> tuple[str, ...]:
    """Words of a text that limit the age of the people, as they are written."""
    return tuple(match[0] for pattern in (_ADULTS, _CHILDREN) for match in [pattern.search(text)] if match)


def adults_only(text: str) -> bool:
    """Whether a text limits the data to adults."""
    return _ADULTS.search(text) is not None


def _published(found: re.Match[str]) -> LongName:
    permission = next(name for name in ("GRU", "HMB", "DS") if found[name])
    rest = found["rest"]
    bracket = _BRACKET.fullmatch(rest)
    if permission != "DS":
        listed = [_condition(one) for one in (_listed(bracket[1]) if bracket else filter(None, [rest.strip()]))]
        conditions = [one for one in listed if one in CONDITIONS]
        unread = [one for one in listed if one not in CONDITIONS]
        return LongName((permission, *conditions), whole=True, unread=tuple(unread))
    listed = _listed(bracket[1] if bracket else rest.strip(" -:"))
    conditions_of: list[str] = []
    while listed and listed[-1].upper() in CONDITIONS:
        conditions_of.insert(0, listed.pop().upper())
    disease, cut_off = _cut(", ".join(listed))
    return LongName((permission, *conditions_of), disease, cut_off, whole=True)


def _condition(written: str) -> str:
    """The condition that a bracket or a tail names; the text as it is where it names none."""
    if written.upper() in CONDITIONS:
        return written.upper()
    return next((part for pattern, part in _TAILS if pattern.fullmatch(written)), written)


def _in_sentences(text: str) -> LongName:
    parts: list[str] = []
    unread: list[str] = []
    disease = cut_off = ""
    for sentence in filter(None, (one.strip() for one in _SENTENCE_ENDS.split(text))):
        named = _DISEASE_NAMED.fullmatch(sentence)
        if named is not None:
            parts.insert(0, "DS")
            if not _ONLY_ABBREVIATION.fullmatch(named[1].strip()):
                disease, cut_off = _cut(named[1].strip())
            continue
        part = next((part for pattern, part in _SENTENCES if pattern.fullmatch(sentence)), None)
        if part is None:
            unread.append(sentence)
        elif part in CONDITIONS:
            parts.append(part)
        else:
            parts.insert(0, part)
    if not parts and len(unread) == 1:
        disease, cut_off = _cut(unread[0])
    return LongName(tuple(dict.fromkeys(parts)), disease, cut_off, unread=tuple(unread))


def _listed(inner: str) -> list[str]:
    return [one.strip() for one in inner.split(",") if one.strip()]


def _cut(name: str) -> tuple[str, str]:
    """The disease, and what stands behind it that no term expresses: related disorders, an age."""
    kept = name
    while len(name) <= _LONGEST and (tail := _CUT_OFF.search(kept)) is not None and tail.start() > 0:
        kept = kept[: tail.start()]
    return kept.strip(), name[len(kept) :].strip(" ,")


def disagreements(written: str, read: frozenset[str], name: LongName) -> Iterator[str]:
    """Where code and long name say different things, one sentence each; a person decides which is right.

    INVARIANT: a code is never looser than its long name. A whole long name lists every condition, so that one
    which it lacks is a doubt too.
    """
    decides = "a person decides which is right"
    for part in name.parts:
        if part not in read and not (part == RELATED and "related" in name.cut_off.lower()):
            yield f"the code {written!r} does not hold {part}, but its long name says it: {decides}"
    if name.whole:
        for part in sorted(read - set(name.parts)):
            if part in CONDITIONS and not (part == RELATED and "related" in name.cut_off.lower()):
                yield f"the code {written!r} holds {part}, but its long name does not say it: {decides}"
    if name.unread and "DS" not in read:
        yield f"the long name of {written!r} also says {name.unread[0]!r}, which no code holds: {decides}"
