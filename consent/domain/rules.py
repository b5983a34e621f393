"""Reading mapping rules: conditions over answers to a part of a data use, a preference or an outlet."""

import re
from typing import Any

from consent.domain import codes, shapes
from consent.domain.conditions import Condition, Is, Not, parse_condition
from consent.domain.forms import MappingRule, Means, Param
from governance.duo.canonical_json import canonical_bytes
from governance.duo.reading import InvalidUse

_KEYS = ("when", "unless", "effect", "term", "value", "code", "params", "outlet", "row", "if_permission")
_DUO = re.compile(r"^DUO:\d{7}$")


def parse_rule(obj: Any, field: str, item: str) -> MappingRule:
    """Read one rule of an item; `when` and `unless` take an option of the item or a whole condition."""
    shapes.an_object(obj, field, _KEYS, ("effect",))
    if ("when" in obj) == ("unless" in obj):
        raise InvalidUse(field, "needs either when or unless")
    silent = "unless" in obj
    word = "unless" if silent else "when"
    row = None if obj.get("row") is None else shapes.name(obj["row"], f"{field}.row")
    condition = _condition(obj[word], f"{field}.{word}", item, row)
    means = Means(shapes.one_of(obj["effect"], f"{field}.effect", [str(one) for one in Means]))
    limited = tuple(
        _permission(code, f"{field}.if_permission[{index}]")
        for index, code in enumerate(shapes.a_list(obj.get("if_permission"), f"{field}.if_permission"))
    )
    target = _target(obj, field, means)
    params = _params(obj.get("params"), f"{field}.params", means, target)
    value = canonical_bytes(obj.get("value", True)).decode()
    return MappingRule(Not(condition) if silent else condition, means, target, params, value, limited, silent)


def _condition(obj: Any, field: str, item: str, row: str | None) -> Condition:
    if isinstance(obj, str):
        return Is(item, shapes.name(obj, field), row)
    if row is not None:
        raise InvalidUse(field, "holds a whole condition; name the row inside it")
    return parse_condition(obj, field)


def _permission(obj: Any, field: str) -> str:
    if obj not in codes.PERMISSIONS:
        raise InvalidUse(field, "is not one of the five permissions of the Data Use Ontology")
    return str(obj)


def _target(obj: dict[str, Any], field: str, means: Means) -> str:
    takes = {Means.PERMISSION: "code", Means.MODIFIER: "code", Means.LOCAL: "term", Means.OUTLET: "outlet"}[means]
    for other in {"code", "term", "outlet"} - {takes}:
        if other in obj:
            raise InvalidUse(f"{field}.{other}", f"does not belong to a rule with the effect {means}; remove it")
    if "value" in obj and means is not Means.LOCAL:
        raise InvalidUse(f"{field}.value", "belongs to local terms alone; remove it")
    if means is Means.LOCAL:
        return shapes.term(obj.get("term"), f"{field}.term")
    if means is Means.OUTLET:
        return shapes.term(obj.get("outlet"), f"{field}.outlet")
    if means is Means.PERMISSION:
        return _permission(obj.get("code"), f"{field}.code")
    if obj.get("code") not in codes.MODIFIERS:
        hint = "is a permission, not a modifier" if obj.get("code") in codes.PERMISSIONS else "is no DUO modifier"
        raise InvalidUse(
            f"{field}.code", hint if _DUO.match(str(obj.get("code"))) else "must be an id such as DUO:0000046"
        )
    return str(obj["code"])


def _params(obj: Any, field: str, means: Means, target: str) -> tuple[Param, ...]:
    given = {} if obj is None else shapes.an_object(obj, field, obj if isinstance(obj, dict) else ())
    given = {("diseases" if key == "disease" else key): value for key, value in given.items()}
    takes = codes.PARAMETERS.get(target, "")
    if means not in (Means.PERMISSION, Means.MODIFIER):
        takes = ""
    for key in given:
        if key != takes:
            raise InvalidUse(f"{field}.{key}", "is not a parameter of this term; remove it")
    if takes and takes not in given and target not in codes.OPTIONAL_PARAMETER:
        raise InvalidUse(f"{field}.{takes}", "is missing; this term needs it")
    return tuple(_param(key, value, f"{field}.{key}") for key, value in given.items())


def _param(key: str, obj: Any, field: str) -> Param:
    if isinstance(obj, dict):
        shapes.an_object(obj, field, ("on_missing",), ("from",))
        if obj.get("on_missing", "no_permission_and_flag") != "no_permission_and_flag":
            raise InvalidUse(
                f"{field}.on_missing", "can only be no_permission_and_flag: what is missing permits nothing"
            )
        source = shapes.text(obj["from"], f"{field}.from")
        if source != "answer" and not source.startswith("record."):
            raise InvalidUse(f"{field}.from", "must be answer or record.<fact>")
        return Param(key, (), source)
    if key == "months":
        return Param(key, (str(shapes.number(obj, field, 1)),))
    if key == "until":
        return Param(key, (shapes.text(obj, field),))
    values = tuple(shapes.text(part, f"{field}[{index}]") for index, part in enumerate(shapes.a_list(obj, field)))
    if not values:
        raise InvalidUse(field, "needs at least one value")
    return Param(key, tuple(sorted(set(values))))
