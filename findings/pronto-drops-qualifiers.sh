#!/bin/sh
# pronto 2.7.4 forgets every qualifier of an OBO line, so MONDO's exact cross-references become bare ones.
#
# Valid input: OBO 1.4 lets any clause end with {name="value"}. MONDO says with {source="MONDO:equivalentTo"} which of its
# cross-references are exact; the others are only related.
# Guess before running: kept, because fastobo's syntax tree, which pronto reads with, has them.
# What it does: it reads the file without a warning and writes it back without any of them: the exact and the related
# cross-reference look alike, and there is no attribute that still tells them apart. fastobo alone keeps them.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q fastobo==0.14.2 pronto==2.7.4
"$folder/venv/bin/python" - <<'PYTHON' | tee "$folder/seen"
import io, warnings
import fastobo, pronto

FILE = """format-version: 1.4
ontology: t

[Term]
id: T:1
name: one
xref: D:1 {source="T:equivalentTo"}
xref: D:2 {source="T:relatedTo"}
is_a: T:2 {source="D:1"}

[Term]
id: T:2
name: two
"""
with warnings.catch_warnings(record=True) as warned:
    warnings.simplefilter("always")
    ontology = pronto.Ontology(io.BytesIO(FILE.encode()))
told = [one for one in warned if "encoding" not in str(one.message)]
print("pronto warned", len(told), "times and writes:")
lines = ("xref", "is_a")
print("\n".join(line for line in ontology.dumps(format="obo").splitlines() if line.startswith(lines)))
print("fastobo writes:")
print("\n".join(line for line in str(fastobo.loads(FILE)).splitlines() if line.startswith(lines)))
PYTHON
diff - "$folder/seen" <<'SEEN'
pronto warned 0 times and writes:
xref: D:1
xref: D:2
is_a: T:2
fastobo writes:
xref: D:1 {source="T:equivalentTo"}
xref: D:2 {source="T:relatedTo"}
is_a: T:2 {source="D:1"}
SEEN
echo "as written above"
