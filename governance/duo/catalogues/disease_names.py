"""Names of diseases as catalogues write them, brought to what they share: number, order, hyphens, kindred words."""

import re
from collections.abc import Iterator
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:[’'][^\W_]+)?")
_POSSESSIVE = re.compile(r"[’']s?$")
_EMPTY = frozenset({"a", "an", "and", "of", "or", "the"})
_KINDRED = {
    "disorder": "disease", "illness": "disease", "condition": "disease", "health": "disease", "problem": "disease",
    "malignancy": "cancer", "malignant": "cancer", "tumor": "neoplasm", "tumour": "neoplasm",
    "pediatric": "childhood", "paediatric": "childhood",
    "mendelian": "hereditary", "inherited": "hereditary", "psychiatric": "mental", "addictive": "substance use",
    "haematologic": "hematologic", "cardiac": "heart", "renal": "kidney",
    "hepatic": "liver", "pulmonary": "lung", "dependence": "use", "abuse": "use",
    "cardiology": "heart disease", "neurology": "neurologic disease",
    "hyperactive": "hyperactivity", "psychiatry": "mental disease",
    "gi": "gastrointestinal",
}  # fmt: skip
"""Words that stand for one another in names of diseases; a match by them is another name, never the label."""

_NOISE = frozenset({
    "research", "study", "studies", "genetics", "method", "methods", "only", "human", "all", "other", "related",
    "cause", "causes", "etiology", "phenotype", "phenotypes", "outcome", "outcomes", "risk", "factor", "factors",
    "trait", "traits", "complication", "complications", "response", "responses", "treatment", "treatments",
})  # fmt: skip
_HEADS = frozenset({"disease", "cancer", "neoplasm", "defect", "infection", "abnormality", "malformation", "syndrome"})
_BREAKS = re.compile(
    r"\s+(?:and/or|and|or)\s+(?:other\s+)?|\s*[,;/()]\s*(?:and/or\s+|and\s+|or\s+)?(?:other\s+)?|\s+[-–]\s+"
)

GENERAL = frozenset({
    "disease", "disorder", "illness", "condition", "health", "cancer", "neoplasm", "tumor", "tumour", "syndrome",
    "infection", "childhood", "pediatric", "paediatric", "adult", "rare", "hereditary", "genetic", "inherited",
    "use", "major", "early", "late", "cause", "response", "failure",
})  # fmt: skip
"""Words that alone say too little to look for."""


@lru_cache(maxsize=512)
def words(name: str) -> tuple[str, ...]:
    """The words of a name in the singular, without possessives and words that say nothing, in their order."""
    found = (_POSSESSIVE.sub("", word) for word in _WORD.findall(name.casefold()))
    return tuple(_singular(word) for word in found if word not in _EMPTY)


def key(name: str) -> str:
    """What two spellings of one name share: its words in any order. An acronym is a word of its own kind."""
    if is_acronym(name):
        return f"^{name}"
    return " ".join(sorted(words(name)))


def kindred(name: str) -> str:
    """The same, with kindred words taken as one: `heart disease` for `cardiac disorders`."""
    if is_acronym(name):
        return f"^{name}"
    return " ".join(sorted(_kindred_words(words(name))))


def is_acronym(name: str) -> bool:
    """Whether a name is only letters to say one by one; such a name is not meant by a word that looks like it."""
    return len(name) < 8 and " " not in name and name.upper() == name and not name.isdigit()


def parts(text: str) -> Iterator[tuple[str, ...]]:
    """The single diseases that a list of them names, each with its readings, the best first.

    A noun at the end of the list belongs to all of it: heart, lung and blood disease.
    """
    listed = [part.strip() for part in _BREAKS.split(text) if part and part.strip()]
    if len(listed) < 2:
        return
    last = _kindred_words(words(listed[-1]))
    head = last[-1] if last and last[-1] in _HEADS else ""
    for part in listed:
        own = _kindred_words(words(part))
        lacks_it = head and own and own[-1] not in _HEADS
        yield (f"{part} {head}", part) if lacks_it else (part,)


def all_words(name: str) -> frozenset[str]:
    """The words of a name, and those that they are kindred with."""
    found = words(name)
    return frozenset((*found, *_kindred_words(found)))


def without_noise(text: str) -> str:
    """A text without words that are about the research and not about the disease."""
    kept = [word for word in text.split() if word.casefold().strip(".,") not in _NOISE]
    return " ".join(kept)


def joined(text: str) -> str:
    """A text whose hyphens join: `postpartum` for `post-partum`."""
    return re.sub(r"(?<=\w)-(?=\w)", "", text)


def _kindred_words(found: tuple[str, ...]) -> list[str]:
    taken: list[str] = []
    for word in found:
        plain = re.sub(r"ical$", "ic", word)
        taken.extend(_KINDRED.get(plain, plain).split())
    return taken


def _singular(word: str) -> str:
    if len(word) < 4 or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith("oses"):
        return word[:-2] + "is"
    if word.endswith(("sses", "xes", "shes", "ches")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word
