"""The API that data hosts read and confirm by (`/api/v1/hosts/…`). Thin: reading is `access.hosts.feed_selectors`."""

import base64
from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.hosts import feed_selectors as feeds
from access.hosts import services as hosts
from access.hosts.authentication import HostAccess, HostAuthentication, IsHost
from consent.services.sealer import seal
from governance.domain.errors import Invalid
from governance.models import DataHost


class Failure(serializers.Serializer[Any]):
    """What every refusal answers with."""

    error = serializers.CharField()
    # Its class takes the declared fields out again, so that this hides nothing of the serializer.
    fields = serializers.DictField(child=serializers.CharField(), required=False)  # type: ignore[assignment]


class GrantSerializer(serializers.Serializer[Any]):
    """A grant as a host reads it."""

    grant = serializers.CharField()
    dataset = serializers.CharField(help_text="accession of the version that was granted")
    value = serializers.CharField(help_text="what the visa says")
    state = serializers.CharField()
    tombstone = serializers.BooleanField()
    people = serializers.ListField(child=serializers.CharField(), help_text="opaque subjects, the `sub` of visas")
    starts_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField()
    cohort = serializers.CharField(allow_null=True, help_text="where its cohort is read; null: label only")


class GrantsSerializer(serializers.Serializer[Any]):
    """A page of the feed: ask next with `since=cursor`."""

    grants = GrantSerializer(many=True)
    cursor = serializers.IntegerField()
    more = serializers.BooleanField()


class MemberSerializer(serializers.Serializer[Any]):
    """A member's fixed number, and this host's own id for it (null: the host has none yet)."""

    number = serializers.IntegerField()
    id = serializers.CharField(allow_null=True)


class MembersSerializer(serializers.Serializer[Any]):
    """A page of a dataset's members."""

    members = MemberSerializer(many=True)
    cursor = serializers.IntegerField()
    more = serializers.BooleanField()


class CohortSerializer(serializers.Serializer[Any]):
    """A cohort whole (`reset`) or what left it since the position that was asked."""

    grant = serializers.CharField()
    state = serializers.CharField()
    position = serializers.IntegerField()
    epoch = serializers.IntegerField()
    reset = serializers.BooleanField()
    ids = serializers.ListField(child=serializers.CharField())
    removed = serializers.ListField(child=serializers.CharField())
    next_member = serializers.IntegerField(allow_null=True, help_text="ask the next page with `after`; null: the last")


class BitsSerializer(serializers.Serializer[Any]):
    """A cohort as one bit a member, in the order of the members feed."""

    grant = serializers.CharField()
    position = serializers.IntegerField()
    epoch = serializers.IntegerField()
    places = serializers.IntegerField(help_text="how many places the bits cover: whole blocks of 1,024")
    bits = serializers.CharField(help_text="base64, lowest bit first in each byte")


class ConfirmSerializer(serializers.Serializer[Any]):
    """The position that the host enforces from now on."""

    position = serializers.IntegerField(min_value=0, max_value=2**53)


class ConfirmedSerializer(serializers.Serializer[Any]):
    """What stands after the confirmation."""

    confirmed = serializers.IntegerField()
    needs = serializers.IntegerField()


def _number(request: Request, name: str, default: int | None) -> int | None:
    written = request.query_params.get(name)
    if written is None:
        return default
    if not written.isascii() or not written.isdigit() or len(written) > 15:
        raise Invalid(f"{name} is not a number", {name: "give a whole number from 0, as the feed gave it"})
    return int(written)


_SINCE = OpenApiParameter("since", int, description="cursor or position of an earlier answer")
_REFUSALS = {401: Failure, 403: Failure, 400: Failure, 404: Failure}


_COHORT = PolymorphicProxySerializer(
    component_name="CohortInEitherForm",
    serializers=[CohortSerializer, BitsSerializer],
    resource_type_field_name=None,
)


def _answer(shape: type[serializers.Serializer[Any]], value: Mapping[str, Any]) -> Response:
    """What is answered goes through the shape that the description names, so that the two cannot part."""
    return Response(shape(value).data)


class HostView(APIView):
    """Only a registered host's own client may ask; it sees its own grants and datasets alone."""

    authentication_classes = [HostAuthentication]
    permission_classes = [IsHost]

    @property
    def host(self) -> DataHost:
        access = self.request.auth
        assert isinstance(access, HostAccess), "nobody else is let in"
        return access.host


class Grants(HostView):
    """The host's grants as a feed."""

    @extend_schema(parameters=[_SINCE], responses={200: GrantsSerializer, **_REFUSALS}, operation_id="host_grants")
    def get(self, request: Request) -> Response:
        """Grants that changed since a cursor (0: all), newest state of each; ended ones are tombstones."""
        now = timezone.now()
        since = _number(request, "since", 0) or 0
        newest = hosts.seal_grants()
        if since > newest:
            raise Invalid(f"cursor {since} does not exist", {"since": f"the newest is {newest}: start again from 0"})
        page = feeds.changed_grants(self.host, since, newest)
        hosts.heard_from(host=self.host, cursor=since, now=now)
        grants = [feeds.grant_json(grant, now) for grant in page.grants]
        return _answer(GrantsSerializer, {"grants": grants, "cursor": page.cursor, "more": page.more})


class Members(HostView):
    """The host's own ids of a dataset's members."""

    @extend_schema(parameters=[_SINCE], responses={200: MembersSerializer, **_REFUSALS}, operation_id="host_members")
    def get(self, request: Request, accession: str) -> Response:
        """Members after a place, in the order of this host alone that cohort bits count in; it is fixed and only grows."""
        dataset = feeds.dataset_of(self.host, accession)
        rows, cursor, more = feeds.members_page(self.host, dataset, _number(request, "since", 0) or 0)
        # Tens of thousands of rows a page: they are not taken through the serializer, and a test compares the two.
        return Response({"members": rows, "cursor": cursor, "more": more})


class Cohort(HostView):
    """The cohort of a grant, or what left it."""

    @extend_schema(
        parameters=[
            _SINCE,
            OpenApiParameter("after", int, description="member number to go on from, for the next page"),
            OpenApiParameter("form", str, enum=["ids", "bits"], description="ids (default), or one bit a member"),
            OpenApiParameter("at", int, description="the position a visa names; answered with the newest"),
        ],
        responses={200: _COHORT, **_REFUSALS},
        operation_id="host_cohort",
    )
    def get(self, request: Request, number: str) -> Response:
        """The cohort at the newest position; with `since`, only what left it after that position."""
        now = timezone.now()
        grant = feeds.grant_of(self.host, number)
        position = seal(grant.line.dataset_version.dataset_id)
        _number(request, "at", None)
        form = request.query_params.get("form", "ids")
        if form not in ("ids", "bits"):
            raise Invalid("unknown form", {"form": "give ids or bits"})
        hosts.told(host=self.host, grant=grant, now=now)
        if form == "bits":
            bits, places = feeds.cohort_bits(self.host, grant, now)
            return _answer(
                BitsSerializer,
                {
                    "grant": grant.number,
                    "position": position,
                    "epoch": grant.epoch,
                    "places": places,
                    "bits": base64.b64encode(bits).decode(),
                },
            )
        page = feeds.cohort_page(
            self.host,
            grant,
            since=_number(request, "since", None),
            after=_number(request, "after", 0) or 0,
            position=position,
            now=now,
        )
        return _answer(
            CohortSerializer,
            {
                "grant": grant.number,
                "state": grant.state,
                "position": page.position,
                "epoch": page.epoch,
                "reset": page.reset,
                "ids": page.ids,
                "removed": page.removed,
                "next_member": page.next_member,
            },
        )


class Confirm(HostView):
    """A host says what it enforces."""

    @extend_schema(
        request=ConfirmSerializer, responses={200: ConfirmedSerializer, **_REFUSALS}, operation_id="host_confirm"
    )
    def post(self, request: Request, number: str) -> Response:
        """Confirm the position that the host now enforces for a grant."""
        body = ConfirmSerializer(data=request.data)
        if not body.is_valid():
            raise Invalid("the position is missing or wrong", {"position": "give the position as the feed gave it"})
        grant = feeds.grant_of(self.host, number)
        row = hosts.confirm(
            host=self.host,
            grant=grant,
            position=body.validated_data["position"],
            by=self.host,
            now=timezone.now(),
        )
        return _answer(ConfirmedSerializer, {"confirmed": row.confirmed_position, "needs": row.needs_position})
