"""The OpenAPI document read for a page: every call with what it takes and answers, and every form that these name."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class DescribedField:
    """A parameter of a call, or a member of a form. `place` is where a parameter stands."""

    name: str
    kind: str
    says: str
    required: bool
    place: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One method at one address. `answers` pairs statuses with the form that they bring, `scopes` is what its token needs."""

    id: str
    method: str
    path: str
    says: str
    parameters: tuple[DescribedField, ...]
    body: str
    answers: tuple[tuple[str, str], ...]
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DescribedForm:
    """A JSON object that calls take or answer."""

    name: str
    says: str
    fields: tuple[DescribedField, ...]


def calls_of(document: dict[str, Any]) -> list[Call]:
    """Every call, in the order of its address."""
    return [
        _call(method, path, operation)
        for path, operations in sorted(document["paths"].items())
        for method, operation in operations.items()
    ]


def forms_of(document: dict[str, Any]) -> list[DescribedForm]:
    """Every form, by name."""
    schemas = sorted(document["components"]["schemas"].items())
    return [DescribedForm(name, schema.get("description", ""), _members(schema)) for name, schema in schemas]


def _call(method: str, path: str, operation: dict[str, Any]) -> Call:
    parameters = operation.get("parameters", [])
    bodies = [operation["requestBody"]] if "requestBody" in operation else []
    return Call(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        says=operation.get("description", "").strip(),
        parameters=tuple(
            DescribedField(
                name=one["name"],
                kind=_kind(one["schema"]),
                says=one.get("description", ""),
                required=one.get("required", False),
                place=one["in"],
            )
            for one in sorted(parameters, key=lambda one: (one["in"] != "path", one["name"]))
        ),
        body=next((_content(body) for body in bodies), ""),
        answers=_answers(operation["responses"]),
        scopes=tuple(name for choice in operation.get("security", []) for name in choice),
    )


def _answers(responses: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """`200` with its form, then `400, 401, 404` with the one of refusals."""
    statuses: dict[str, list[str]] = {}
    for status, answer in sorted(responses.items()):
        statuses.setdefault(_content(answer), []).append(status)
    return tuple((", ".join(those), form) for form, those in statuses.items())


def _content(holder: dict[str, Any]) -> str:
    """What a body holds: the name of a form, or its kind."""
    schemas = [media["schema"] for media in holder.get("content", {}).values()]
    return _kind(schemas[0]) if schemas else ""


def _members(schema: dict[str, Any]) -> tuple[DescribedField, ...]:
    required = set(schema.get("required", []))
    return tuple(
        DescribedField(name, _kind(member), member.get("description", ""), name in required)
        for name, member in schema.get("properties", {}).items()
    )


def _kind(schema: dict[str, Any]) -> str:
    """A schema in a few words: `list of Grant`, `bits or ids`, `integer or null`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for name in ("allOf", "oneOf", "anyOf"):
        if name in schema:
            return " or ".join(_kind(one) for one in schema[name])
    if "enum" in schema:
        words = " or ".join(str(one) for one in schema["enum"])
    elif schema.get("type") == "array":
        words = f"list of {_kind(schema['items'])}"
    else:
        words = schema.get("format") or schema.get("type", "object")
    return f"{words} or null" if schema.get("nullable") else words
