"""Giving and taking roles. A role is one object permission; the table of roles is `governance.domain.roles`."""

from datetime import datetime

from django.contrib.auth.models import Permission
from django.db import models, transaction
from guardian.shortcuts import assign_perm, remove_perm

from governance import policies
from governance.domain.errors import Invalid, NotAllowed
from governance.domain.events import Kind, Subject
from governance.domain.roles import RULES, Role, Scope
from governance.models import User
from governance.record import audit
from governance.record.actors import By
from governance.services.sessions import end_sessions


def _check(role: Role, on: models.Model | None, to: User, by: By) -> None:
    rule = RULES[role]
    scope = Scope.INSTALLATION if on is None else Scope(str(on._meta.model_name))
    if scope is not rule.scope:
        raise Invalid(f"{rule.label} is a role on {rule.scope.value}, not on {scope.value}")
    if isinstance(by, User) and by.pk == to.pk:
        raise NotAllowed("nobody gives a role to themselves: ask another administrator")
    _require_administrator(by)
    if role is Role.ADMINISTRATOR and policies.roles_of(to):
        raise NotAllowed("an administrator holds no other role: take the others first")
    if role is not Role.ADMINISTRATOR and policies.is_administrator(to):
        raise NotAllowed("an administrator holds no other role: choose another person")


def _require_administrator(by: By) -> None:
    if isinstance(by, User) and not policies.is_administrator(by):
        raise NotAllowed("only an administrator gives and takes roles: ask one of them")


def _about(role: Role, on: models.Model | None) -> Subject:
    return Subject(RULES[role].scope.value, getattr(on, "slug", "installation"))


@transaction.atomic
def give_role(*, role: Role, on: models.Model | None, to: User, by: By, now: datetime) -> None:
    """Give a person a role on an object (on None: the installation). Giving it twice changes nothing."""
    _check(role, on, to, by)
    if on is None:
        to.user_permissions.add(Permission.objects.get(codename=role.value, content_type__app_label="governance"))
    elif not policies.holds(to, role, on):
        assign_perm(role.value, to, on)
    else:
        return
    end_sessions(of=to)
    audit.record(Kind.ROLE_GIVEN, by=by, about=_about(role, on), now=now, detail={"role": role.value, "to": to.subject})


@transaction.atomic
def take_role(*, role: Role, on: models.Model | None, of: User, by: By, now: datetime) -> None:
    """Take a role away; it ends at once. Taking what is not held changes nothing."""
    _require_administrator(by)
    if not (policies.is_administrator(of) if on is None else policies.holds(of, role, on)):
        return
    if on is None:
        of.user_permissions.remove(Permission.objects.get(codename=role.value, content_type__app_label="governance"))
    else:
        remove_perm(role.value, of, on)
    end_sessions(of=of)
    audit.record(Kind.ROLE_TAKEN, by=by, about=_about(role, on), now=now, detail={"role": role.value, "of": of.subject})
