#!/bin/sh
# bioregistry 0.15.6: ids that its own addresses call one thing have two normal forms.
#
# Valid input: CURIEs as the Disease Ontology, phenopackets and identifiers.org write them.
# Guess before running: a CURIE, normalised, and the address that bioregistry makes of it, read again, agree.
# What it does: OMIM:PS154700, the way the Disease Ontology writes a phenotypic series, normalises to omim:PS154700; its
# address is read as omim.ps:154700. ORPHA:558 and ORDO:558 have one address and stay two. identifiers.org's address with
# a colon keeps the redundant "Orphanet_" in the identifier, the one with a slash does not.
# So: compare ids by a table of your own, or by address, never by normalised CURIE alone.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q bioregistry==0.15.6
"$folder/venv/bin/python" - <<'PYTHON' | tee "$folder/seen"
import bioregistry

for curie in ("MIM:154700", "OMIM:PS154700", "ORPHA:558", "ORDO:558"):
    normal = bioregistry.normalize_curie(curie)
    address = bioregistry.get_iri(*normal.split(":", 1), priority=["default"])
    print(curie, "->", normal, "->", address, "->", ":".join(bioregistry.parse_iri(address)))
for address in ("https://identifiers.org/orphanet.ordo/Orphanet_C023", "https://identifiers.org/orphanet.ordo:Orphanet_C023"):
    print(address, "->", ":".join(bioregistry.parse_iri(address)))
PYTHON
diff - "$folder/seen" <<'SEEN'
MIM:154700 -> omim:154700 -> https://omim.org/MIM:154700 -> omim:154700
OMIM:PS154700 -> omim:PS154700 -> https://omim.org/MIM:PS154700 -> omim.ps:154700
ORPHA:558 -> orpha:558 -> http://www.orpha.net/ORDO/Orphanet_558 -> orpha:558
ORDO:558 -> orphanet.ordo:558 -> http://www.orpha.net/ORDO/Orphanet_558 -> orpha:558
https://identifiers.org/orphanet.ordo/Orphanet_C023 -> orpha:C023
https://identifiers.org/orphanet.ordo:Orphanet_C023 -> orpha:Orphanet_C023
SEEN
echo "as written above"
