"""Files: known by their content alone, wrapped at rest, out as attachments, erased for good, held by `verify`."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from pytest_django import Settings

from governance.domain.errors import Conflict, Invalid, NotNow, NotThere
from governance.files import services as files
from governance.files.delivery import attachment
from governance.files.kinds import kind_of
from governance.models import AuditEvent, StoredFile
from governance.services import keys as key_service
from governance.services import verify_files
from tests.access.builders import NOW
from tests.acting import TESTS
from tests.governance.files import contents

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=2)


def store(content: bytes) -> StoredFile:
    with transaction.atomic():
        return files.store(file=ContentFile(content), by=TESTS, now=NOW)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (contents.pdf(), "pdf"),
        (contents.png(), "png"),
        (contents.jpeg(), "jpeg"),
        (b"name,count\nhearts,3\n", "text"),
        ("Größe: 3 µm\n".encode(), "text"),
        (b"", None),
        (b" \n", None),
        (b"%PDF-1.7 and nothing behind it", None),
        (contents.png()[:-4], None),
        (contents.png() + b"<script>", None),
        (contents.jpeg()[:-1], None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", None),
        (b"\xef\xbb\xbf  <!DOCTYPE html><p>x", None),
        (b"<?xml version='1.0'?><a/>", None),
        (b"<HTML><body onload=alert(1)>", None),
        (b"PK\x03\x04 a document with macros", None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None),
        (b"MZ\x90\x00", None),
        (b"\xff\xfea\x00", None),
        (b"one\x00two", None),
    ],
)
def test_a_file_is_what_its_content_shows_and_nothing_that_runs(content: bytes, kind: str | None) -> None:
    assert kind_of(content) == kind


def test_a_content_is_kept_once_wrapped_and_read_as_it_was_given() -> None:
    first, again = store(contents.pdf()), store(contents.pdf())

    assert (first.pk, StoredFile.objects.count()) == (again.pk, 1)
    assert b"A paper" not in bytes(first.sealed)
    assert files.read(StoredFile.objects.get()) == contents.pdf()
    [event] = AuditEvent.objects.filter(kind="file.stored")
    assert (event.detail["type"], event.detail["size"]) == ("pdf", len(contents.pdf()))
    assert first.sha256 not in str(event.detail)


@pytest.mark.parametrize("content", [b"x" * 5_000_001, b"<svg/>", b""])
def test_what_is_too_large_or_of_no_known_kind_is_not_kept(content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        store(content)

    assert set(refused.value.fields) == {"file"}
    assert not StoredFile.objects.exists()


def test_a_size_that_was_only_declared_is_not_believed() -> None:
    liar = ContentFile(b"x" * 5_000_001)
    liar.size = 3

    with pytest.raises(Invalid), transaction.atomic():
        files.store(file=liar, by=TESTS, now=NOW)


def test_a_file_goes_out_to_be_kept_under_a_name_of_ours_and_runs_nothing() -> None:
    answer = attachment(store(b"a,b\n"), "G-0001-1-3")

    assert {name: answer[name] for name in answer.headers} == {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Disposition": 'attachment; filename="G-0001-1-3.txt"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }


def test_what_is_erased_is_gone_for_good_and_not_taken_again() -> None:
    file = store(contents.pdf())
    for moment in (NOW, LATER):
        files.erase(file=file, because="evidence", by=TESTS, now=moment)

    gone = StoredFile.objects.get()
    assert (gone.key, bytes(gone.sealed), gone.erased_at) == ("", b"", NOW)
    assert gone.sha256 == file.sha256
    assert AuditEvent.objects.filter(kind="file.erased").count() == 1
    with pytest.raises(NotThere):
        files.read(gone)
    with pytest.raises(Conflict):
        store(contents.pdf())
    assert list(verify_files.findings()) == []


def test_what_nothing_points_to_is_erased_a_day_later() -> None:
    store(contents.pdf())

    assert files.erase_unused(NOW + timedelta(hours=23)) == 0
    assert files.erase_unused(NOW + timedelta(hours=25)) == 1
    assert files.erase_unused(NOW + timedelta(hours=26)) == 0
    assert StoredFile.objects.get().erased_at == NOW + timedelta(hours=25)


def test_files_outlive_the_wrapping_key_that_they_were_stored_under(settings: Settings) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.KEY_WRAPPING_KEYS = [old]
    store(contents.pdf())
    settings.KEY_WRAPPING_KEYS = [new, old]
    key_service.rewrap(by=TESTS, now=NOW)
    settings.KEY_WRAPPING_KEYS = [new]

    assert files.read(StoredFile.objects.get()) == contents.pdf()


def _other_bytes(file: StoredFile) -> None:
    StoredFile.objects.update(sealed=b"something else")


def _another_size(file: StoredFile) -> None:
    StoredFile.objects.update(size=3)


def _beside_the_log(file: StoredFile) -> None:
    StoredFile.objects.create(sha256="0" * 64, kind="pdf", size=1, key="x", stored_at=NOW)


def _gone(file: StoredFile) -> None:
    StoredFile.objects.all().delete()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_other_bytes, "its content is not what its hash says, or its key cannot be unwrapped"),
        (_another_size, "its row is not the one that the audit log covers"),
        (_beside_the_log, "its row is not the one that the audit log covers"),
        (_gone, "stands in the audit log and is not there"),
    ],
)
def test_verify_finds_a_file_that_is_not_what_was_given(spoil: Callable[[StoredFile], None], says: str) -> None:
    file = store(contents.pdf())
    before = list(verify_files.findings())
    spoil(file)

    assert before == []
    assert [one.says for one in verify_files.findings()] == [says]


def test_verify_finds_an_erased_file_whose_content_was_put_back() -> None:
    file = files.erase(file=store(contents.pdf()), because="evidence", by=TESTS, now=LATER)
    StoredFile.objects.filter(pk=file.pk).update(sealed=b"back again")

    assert [one.says for one in verify_files.findings()] == ["was erased, and its content is there"]


def test_other_bytes_under_the_right_key_are_not_given_out() -> None:
    file = store(contents.pdf())
    other = store(b"Other words.")
    StoredFile.objects.filter(pk=file.pk).update(sealed=bytes(other.sealed), key=other.key)

    with pytest.raises(NotNow):
        files.read(StoredFile.objects.get(pk=file.pk))


def test_the_database_keeps_no_erased_file_with_a_key() -> None:
    store(contents.pdf())

    with pytest.raises(IntegrityError), transaction.atomic():
        StoredFile.objects.update(erased_at=NOW)
