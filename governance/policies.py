"""Who may do what: the one module that asks django-guardian.

Checks and lists share the same reading of a role: `holds` answers for one object, `held` gives all objects on which a person
holds a role, `holders` gives the people. Not for use per row of a list: a check costs a query.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, TypeVar

from django.apps import apps
from django.contrib.auth.models import Permission
from django.db import models
from django.db.models import F, QuerySet
from guardian.models import UserObjectPermissionBase
from guardian.shortcuts import get_objects_for_user, get_users_with_perms

from governance.domain.errors import NotAllowed
from governance.domain.roles import RULES, Role
from governance.models import Committee, CommitteeUserPermission, User

T = TypeVar("T", bound=models.Model)


def is_administrator(person: User) -> bool:
    """Whether this account runs the installation."""
    return person.is_active and person.user_permissions.filter(codename=Role.ADMINISTRATOR.value).exists()


def held(person: User, role: Role, among: type[T]) -> QuerySet[T]:
    """Every object of a kind on which the person holds the role."""
    if not person.is_active:
        return among._default_manager.none()
    return get_objects_for_user(
        person,
        f"{among._meta.app_label}.{role.value}",
        klass=among,
        use_groups=False,
        with_superuser=False,
        accept_global_perms=False,
    )


def held_any(person: User, roles: Iterable[Role], among: type[T]) -> QuerySet[T]:
    """Every object of a kind on which the person holds at least one of the roles."""
    if not person.is_active:
        return among._default_manager.none()
    return get_objects_for_user(
        person,
        [f"{among._meta.app_label}.{role.value}" for role in roles],
        klass=among,
        use_groups=False,
        with_superuser=False,
        accept_global_perms=False,
        any_perm=True,
    )


def holds(person: User, role: Role, on: models.Model) -> bool:
    """Whether the person holds the role on this very object."""
    return held(person, role, type(on)).filter(pk=on.pk).exists()


def holders(role: Role, on: models.Model) -> QuerySet[User]:
    """The active people who hold the role on this object."""
    found = get_users_with_perms(on, only_with_perms_in=[role.value], with_superusers=False, with_group_users=False)
    assert isinstance(found, QuerySet), "people, not the names of their permissions"
    return found.filter(is_active=True)


def seats_on(on: Committee) -> QuerySet[CommitteeUserPermission]:
    """The rows of a committee's seats, for a query that asks more about those who sit there; `seated` puts them together."""
    rows = CommitteeUserPermission.objects.filter(content_object=on, user__is_active=True)
    return rows.select_related("user", "permission").order_by("user_id")


def seated(rows: Iterable[CommitteeUserPermission]) -> list[tuple[User, frozenset[Role]]]:
    """Everybody with a seat on a committee, with their roles on it, in the order of the roles; from one query's rows."""
    found: dict[User, set[Role]] = {}
    for row in rows:
        found.setdefault(row.user, set()).add(Role(row.permission.codename))
    order = list(Role)
    return sorted(
        ((person, frozenset(roles)) for person, roles in found.items()),
        key=lambda seat: min(order.index(role) for role in seat[1]),
    )


def seats_of(person: User) -> dict[Committee, frozenset[Role]]:
    """The committees on which this person holds a seat, with their roles on each; one query."""
    rows = CommitteeUserPermission.objects.filter(user=person, user__is_active=True)
    found: dict[Committee, set[Role]] = {}
    for row in rows.select_related("content_object", "permission").order_by("content_object__name"):
        found.setdefault(row.content_object, set()).add(Role(row.permission.codename))
    return {committee: frozenset(roles) for committee, roles in found.items()}


def require(person: User, role: Role, on: models.Model) -> None:
    """Raise `NotAllowed` with the reason unless the person holds the role on this object."""
    if not holds(person, role, on):
        rule = RULES[role]
        raise NotAllowed(f"only a {rule.label.lower()} of this {rule.scope.value} may do this: ask one of them")


@lru_cache(maxsize=1)
def tables_of_roles() -> tuple[type[UserObjectPermissionBase], ...]:
    """The one permission table of each kind of object, whichever app it stands in."""
    return tuple(
        model
        for model in apps.get_models()
        if issubclass(model, UserObjectPermissionBase) and model._meta.app_label != "guardian"
    )


def rows_of_roles(person: User) -> list[QuerySet[Any]]:
    """What the person holds on anything, as rows with a `code`, for a union that may ask for more."""
    installation = Permission.objects.filter(user=person, codename=Role.ADMINISTRATOR.value)
    rows = [table.objects.filter(user=person) for table in tables_of_roles()]
    return [installation.annotate(code=F("codename")), *(one.annotate(code=F("permission__codename")) for one in rows)]


def roles_of(person: User) -> frozenset[Role]:
    """Which roles the person holds on anything, in one query."""
    if not person.is_authenticated or not person.is_active:
        return frozenset()
    first, *others = (rows.order_by().values_list("code") for rows in rows_of_roles(person))
    return frozenset(Role(code) for (code,) in first.union(*others))


def needs_second_factor(roles: Iterable[Role]) -> bool:
    """Whether one of these roles demands a second factor at sign-in."""
    return any(RULES[role].second_factor for role in roles)
