"""`python -m tests.relying_parties.register`: clients in the database of a running demo, told and answered in JSON."""

import json
import os
import sys


def main() -> None:
    """Register what standard input lists; each is a client of the host `harbour`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    import django

    django.setup()
    from django.utils import timezone

    from access.passports import client_services as clients
    from governance.domain.actors import system
    from governance.models import DataHost

    answers = {}
    for name, callback in json.load(sys.stdin).items():
        client, secret = clients.register_client(
            name=name,
            host=DataHost.objects.get(slug="harbour"),
            grants=[clients.AUTHORIZATION_CODE if callback else clients.DEVICE_CODE],
            redirect_uris=[callback] if callback else [],
            scopes=["openid", "profile", "email", "ga4gh_passport_v1"],
            by=system("tests"),
            now=timezone.now(),
            public=not callback,
        )
        answers[name] = {"client_id": client.client_id, "client_secret": secret}
    json.dump(answers, sys.stdout)


main()
