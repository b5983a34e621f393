"""The sealed record by HTTP: what anybody may check. Hashes say nothing of an event; the events are for administrators."""

import base64
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.authentication import SessionScheme
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance import policies
from governance.domain.errors import Invalid, NotAllowed
from governance.record import proofs
from governance.selectors.second_factor import has_second_factor


class RecordFailure(serializers.Serializer[Any]):
    """What every refusal answers with."""

    error = serializers.CharField()
    # Its class takes the declared fields out again, so that this hides nothing of the serializer.
    fields = serializers.DictField(child=serializers.CharField(), required=False)  # type: ignore[assignment]


class InclusionSerializer(serializers.Serializer[Any]):
    """The proof that a leaf is in the log, hashes in base64."""

    index = serializers.IntegerField()
    leaf = serializers.CharField(help_text="the hash of the leaf")
    path = serializers.ListField(child=serializers.CharField(), help_text="from the leaf's sibling up")
    checkpoint = serializers.CharField(help_text="the signed note under whose root it is")


class ConsistencySerializer(serializers.Serializer[Any]):
    """The proof that a log continues an earlier size, hashes in base64."""

    first = serializers.IntegerField()
    second = serializers.IntegerField()
    path = serializers.ListField(child=serializers.CharField())


class HashesSerializer(serializers.Serializer[Any]):
    """Hashes of leaves in base64, from a place on."""

    start = serializers.IntegerField()
    hashes = serializers.ListField(child=serializers.CharField())


class EntrySerializer(serializers.Serializer[Any]):
    """An event in its place: the canonical JSON of `entry` is what was hashed."""

    index = serializers.IntegerField()
    entry = serializers.DictField()


class EntriesSerializer(serializers.Serializer[Any]):
    """Events from a place on."""

    entries = EntrySerializer(many=True)


class NotSignedInSerializer(serializers.Serializer[Any]):
    """What somebody without a session is answered with."""

    detail = serializers.CharField()


class OfSession(SessionAuthentication):
    """The session of a page."""

    def authenticate_header(self, request: Request) -> str:
        return 'Session realm="duologue"'


class OfSessionScheme(SessionScheme):
    """Names the session in the OpenAPI description."""

    target_class = "governance.api.record.OfSession"
    priority = 1


class MayReadTheLog(BasePermission):
    """Lets administrators in who signed in with a second factor; whoever else signed in is told why not."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        if not (policies.is_administrator(request.user) and has_second_factor(request.user)):
            raise NotAllowed(
                "the events are for administrators who have a second factor; their hashes are for everybody"
            )
        return True


class AsItIs(DefaultContentNegotiation):
    """One form of answer, whatever is asked for."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


def _number(request: Request, name: str, default: int | None = None) -> int | None:
    written = request.query_params.get(name)
    if written is None:
        return default
    if not written.isascii() or not written.isdigit() or len(written) > 15:
        raise Invalid(f"{name} is not a number", {name: "give a whole number from 0"})
    return int(written)


def _needed(request: Request, name: str) -> int:
    number = _number(request, name)
    if number is None:
        raise Invalid(f"{name} is missing", {name: "give a whole number from 0"})
    return number


def _event(request: Request) -> str:
    try:
        return str(UUID(request.query_params["event"])) if "event" in request.query_params else ""
    except ValueError:
        raise Invalid("event is not the id of an event", {"event": "give its uuid"}) from None


def _written(hashes: Iterable[bytes]) -> list[str]:
    return [base64.b64encode(one).decode() for one in hashes]


_REFUSED = {400: RecordFailure, 404: RecordFailure}
_RANGE = [
    OpenApiParameter("start", int, description="the first place, from 0 (default)"),
    OpenApiParameter("count", int, description=f"how many; at most {proofs.AT_ONCE}, which is the default"),
]


class Open(APIView):
    """For anybody: nothing here tells what happened, or to whom."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    content_negotiation_class = AsItIs


class CheckpointView(Open):
    """How far the record has come."""

    @extend_schema(responses={(200, "text/plain"): OpenApiTypes.STR, 404: RecordFailure}, operation_id="log_checkpoint")
    def get(self, request: Request) -> HttpResponse:
        """The newest signed checkpoint, as a note (c2sp.org/tlog-checkpoint)."""
        return HttpResponse(proofs.newest().note, content_type="text/plain; charset=utf-8")


class Keys(Open):
    """Who signs it."""

    @extend_schema(responses={(200, "text/plain"): OpenApiTypes.STR}, operation_id="log_keys")
    def get(self, request: Request) -> HttpResponse:
        """Every key that ever signed a checkpoint, newest first: two lines for each, by which notes are opened."""
        lines = [
            f"# {row.kid}, {row.state}\n{plain.text}\n{timed.text}\n" for row, plain, timed in proofs.public_keys()
        ]
        return HttpResponse("".join(lines), content_type="text/plain; charset=utf-8")


class InclusionView(Open):
    """That a leaf is in the record."""

    @extend_schema(
        parameters=[
            OpenApiParameter("index", int, description="the leaf's place"),
            OpenApiParameter("event", OpenApiTypes.UUID, description="or the event's uuid"),
            OpenApiParameter("size", int, description="size of a signed checkpoint; the newest by default"),
        ],
        responses={200: InclusionSerializer, **_REFUSED},
        operation_id="log_inclusion",
    )
    def get(self, request: Request) -> Response:
        """The proof of a leaf under the root of a signed checkpoint (RFC 9162 section 2.1.3)."""
        event = _event(request)
        index = None if event else _needed(request, "index")
        proof = proofs.inclusion(index=index, event=event, size=_number(request, "size"))
        [leaf], path = _written([proof.leaf]), _written(proof.path)
        value = {"index": proof.index, "leaf": leaf, "path": path, "checkpoint": proof.checkpoint}
        return Response(InclusionSerializer(value).data)


class ConsistencyView(Open):
    """That the record continues what it was."""

    @extend_schema(
        parameters=[
            OpenApiParameter("first", int, required=True, description="the earlier size, at least 1"),
            OpenApiParameter(
                "second", int, required=True, description="the later size, at most the newest checkpoint's"
            ),
        ],
        responses={200: ConsistencySerializer, **_REFUSED},
        operation_id="log_consistency",
    )
    def get(self, request: Request) -> Response:
        """The proof that the log of the second size continues that of the first (RFC 9162 section 2.1.4)."""
        proof = proofs.consistency(_needed(request, "first"), _needed(request, "second"))
        value = {"first": proof.first, "second": proof.second, "path": _written(proof.path)}
        return Response(ConsistencySerializer(value).data)


class Hashes(Open):
    """The leaves themselves, as hashes."""

    @extend_schema(parameters=_RANGE, responses={200: HashesSerializer, **_REFUSED}, operation_id="log_hashes")
    def get(self, request: Request) -> Response:
        """Hashes of leaves from a place on: whoever has them all can make every root anew."""
        start, count = _number(request, "start", 0) or 0, _number(request, "count", proofs.AT_ONCE) or 0
        return Response(HashesSerializer({"start": start, "hashes": _written(proofs.hashes(start, count))}).data)


class Entries(APIView):
    """The events, for whoever may read the audit log."""

    authentication_classes = [OfSession]
    permission_classes = [MayReadTheLog]

    @extend_schema(
        parameters=_RANGE,
        responses={200: EntriesSerializer, 401: NotSignedInSerializer, 403: RecordFailure, **_REFUSED},
        operation_id="log_entries",
    )
    def get(self, request: Request) -> Response:
        """Events from a place on, as they were hashed: ids and codes, no names. Administrators alone."""
        start, count = _number(request, "start", 0) or 0, _number(request, "count", proofs.AT_ONCE) or 0
        return Response(EntriesSerializer({"entries": proofs.entries(start, count)}).data)
