"""Answers that a withdrawal keeps without effect: what they would open stays closed, whatever was answered.

The fold closes preferences by the axis that each term names, and everything that decides on data by the
withdrawal of use. Pages tell people so before they sign, instead of saying that such an answer holds.
"""

from collections.abc import Collection, Mapping

from consent.domain.conditions import Value, holds
from consent.domain.counted import DeciderView
from consent.domain.forms import Axis, FormText, MappingRule, Means, TermRole


def silenced(form: FormText, values: Mapping[str, Value], axes: Collection[str]) -> dict[str, tuple[Axis, ...]]:
    """The answers of which these withdrawals close what they open, each with the withdrawals that do."""
    view = DeciderView(values, frozenset(values))
    found: dict[str, tuple[Axis, ...]] = {}
    for item in form.items:
        if item.key not in values:
            continue
        closing = {_closed_by(form, rule) for rule in item.rules if holds(rule.condition, view)}
        closed = tuple(axis for axis in Axis if axis in closing and axis in axes)
        if closed:
            found[item.key] = closed
    return found


def speaking(form: FormText, values: Mapping[str, Value], axes: Collection[str]) -> frozenset[str]:
    """The answers that still open something while these withdrawals stand."""
    view = DeciderView(values, frozenset(values))
    return frozenset(
        item.key
        for item in form.items
        if item.key in values
        for rule in item.rules
        if holds(rule.condition, view) and (closing := _closed_by(form, rule)) is not None and closing not in axes
    )


def _closed_by(form: FormText, rule: MappingRule) -> Axis | None:
    """The withdrawal that ends what a rule opens; None for what narrows, and for notes."""
    if rule.means in (Means.PERMISSION, Means.OUTLET):
        return Axis.NO_USE
    if rule.means is not Means.LOCAL:
        return None
    term = form.term_of[rule.target]
    return term.closed_by if term.role is TermRole.PREFERENCE and not term.limits else None
