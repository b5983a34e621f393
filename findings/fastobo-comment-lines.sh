#!/bin/sh
# fastobo 0.14.2 (and pronto 2.7.4, which reads with it) refuses an OBO file that has a comment line.
#
# Valid input: OBO 1.4 allows lines that begin with "!" at any point of a file. fastobo's tracker says that they are ignored
# since fastobo-syntax 0.4.0, and real files have them (Cellosaurus has some twenty before its first term).
# Guess before running: read and ignored in the header; perhaps not between header and first term.
# What it does: SyntaxError "expected HeaderClause" in both places. The same file without the line is read.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q fastobo==0.14.2 pronto==2.7.4
"$folder/venv/bin/python" - <<'PYTHON' | tee "$folder/seen"
import io
import fastobo, pronto

TERM = "\n[Term]\nid: T:1\nname: one\n"
FILES = {
    "no comment": "format-version: 1.4\nontology: t\n" + TERM,
    "in the header": "format-version: 1.4\n! a comment\nontology: t\n" + TERM,
    "before the term": "format-version: 1.4\nontology: t\n\n! a comment\n" + TERM,
}

def read(reader, text):
    try:
        return f"{len(list(reader(text)))} term"
    except SyntaxError as error:
        return f"SyntaxError {error.msg}"

for where, text in FILES.items():
    print("fastobo,", where + ":", read(fastobo.loads, text))
    print("pronto,", where + ":", read(lambda text: pronto.Ontology(io.BytesIO(text.encode())).terms(), text))
PYTHON
diff - "$folder/seen" <<'SEEN'
fastobo, no comment: 1 term
pronto, no comment: 1 term
fastobo, in the header: SyntaxError expected HeaderClause
pronto, in the header: SyntaxError expected HeaderClause
fastobo, before the term: SyntaxError expected HeaderClause
pronto, before the term: SyntaxError expected HeaderClause
SEEN
echo "as written above"
