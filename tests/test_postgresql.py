"""The PostgreSQL of a test run starts for anybody, root too, and leaves nothing behind."""

import os
import pwd
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg2

from tests.postgresql import EmbeddedPostgres, _installed


def state() -> tuple[list[str], list[int]]:
    """The accounts of this machine, and the permissions of every folder above the wheel's programs."""
    above = [*_installed().parents, *Path(os.environ.get("TMPDIR", "/tmp")).parents]
    return [account.pw_name for account in pwd.getpwall()], [folder.stat().st_mode for folder in above]


def test_it_answers_and_leaves_no_account_no_folder_and_no_changed_permission():
    before = state()

    with EmbeddedPostgres() as url:
        folder = Path(parse_qs(urlsplit(url).query)["host"][0])
        connection = psycopg2.connect(url)
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version_num')::int > 150000")
            answers = cursor.fetchone()
        connection.close()

    assert answers == (True,)
    assert not folder.exists()
    assert state() == before
