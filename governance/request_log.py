"""The log of requests: method and route, never what stands in the path or behind the question mark (tokens, hints, names)."""

from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware


class RequestLog(RequestMiddleware):
    """As the library logs requests, by their route. Settings switch off address and account."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        match = request.resolver_match
        return f"{request.method} /{match.route}" if match else f"{request.method} (no such page)"
