"""What a file is, by its content alone: four kinds, each by how it begins and ends. Names and declared types say nothing.

Nothing that a browser or an office would run is among them (docs/adr/0016).
"""

from governance.models import StoredFile

Kind = StoredFile.Kind
# Delivered as these, never as anything that was declared.
MEDIA_TYPES = {
    Kind.PDF: "application/pdf",
    Kind.PNG: "image/png",
    Kind.JPEG: "image/jpeg",
    Kind.TEXT: "text/plain; charset=utf-8",
}
ENDINGS = {Kind.PDF: "pdf", Kind.PNG: "png", Kind.JPEG: "jpg", Kind.TEXT: "txt"}
# Behind the end of a PDF there may be blanks and a few bytes of a mailer.
_TAIL = 1024
_OTHERS = (b"%pdf-", b"<!", b"<?", b"<html", b"<svg", b"<script", b"<head", b"<body")
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f") | {127}


def kind_of(content: bytes) -> StoredFile.Kind | None:
    """The kind of a content; None for whatever is none of the four."""
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-_TAIL:]:
        return Kind.PDF
    if content.startswith(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR") and content.endswith(b"IEND\xaeB`\x82"):
        return Kind.PNG
    if content.startswith(b"\xff\xd8\xff") and content.endswith(b"\xff\xd9"):
        return Kind.JPEG
    return Kind.TEXT if _is_text(content) else None


def _is_text(content: bytes) -> bool:
    """Plain text or CSV in UTF-8, without control characters, that does not begin like markup or another kind."""
    if _CONTROLS & set(content):
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    beginning = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:16].lower()
    return bool(beginning) and not beginning.startswith(_OTHERS)
