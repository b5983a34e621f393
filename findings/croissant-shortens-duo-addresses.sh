#!/bin/sh
# mlcroissant 1.1.1 writes the address of a DUO term in a short form that JSON-LD 1.1 does not read back.
#
# Valid input: a Croissant 1.1 description of a dataset whose `usageInfo` is {"@id": …} with the whole address of DUO's general
# research use. Its context has a term "duo" for the part that all DUO addresses share.
# Guess before running: the address is kept, or shortened to something that expands to it.
# What it does: it writes "duo:0000042". JSON-LD 1.1 lets a term be a prefix by itself only where its address ends in one of
# `:/?#[]@`; those of OBO ontologies end in "_". So PyLD 2.0.4 and rdflib 7.6.0, with which mlcroissant itself reads, take
# "duo:0000042" for a whole address of a scheme "duo", and the data use is gone, without a warning. Where the context says
# {"@id": …, "@prefix": true}, as the standard provides for such addresses, or has no such term, the address is kept.
# An address given as a text meets the same fate, but in `license` and `url` not.
# Who writes Croissant declares DUO, MONDO and HP as prefixes or leaves them out of the context; who reads it has to take
# the short form too.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q mlcroissant==1.1.1 PyLD==2.0.4 rdflib==7.6.0
"$folder/venv/bin/python" - <<'PYTHON' | tee "$folder/seen"
import json, logging, warnings
import mlcroissant, pyld, rdflib

logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")
DUO = "http://purl.obolibrary.org/obo/DUO_"
GENERAL_RESEARCH = DUO + "0000042"
USAGE = rdflib.URIRef("https://schema.org/usageInfo")


def file(usage, **terms):
    return {
        "@context": {
            "@language": "en",
            "@vocab": "https://schema.org/",
            "sc": "https://schema.org/",
            "cr": "http://mlcommons.org/croissant/",
            "dct": "http://purl.org/dc/terms/",
            "conformsTo": "dct:conformsTo",
            "citeAs": "cr:citeAs",
            **terms,
        },
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": "cohort",
        "description": "Genomes of a cohort",
        "datePublished": "2026-01-01",
        "version": "1.0.0",
        "license": GENERAL_RESEARCH,
        "url": "https://example.org/cohort",
        "creator": {"@type": "sc:Organization", "name": "Biobank"},
        "citeAs": "Biobank 2026",
        "usageInfo": usage,
    }


def written_back(description):
    return mlcroissant.Dataset(jsonld=description).metadata.to_json()


def read(title, description):
    text = json.dumps(description)
    [by_pyld] = pyld.jsonld.expand(json.loads(text))[0][str(USAGE)]
    [by_rdflib] = rdflib.Graph().parse(data=text, format="json-ld").objects(predicate=USAGE)
    print(title, description["usageInfo"]["@id"], sep=": ")
    print("  PyLD reads", by_pyld["@id"])
    print("  rdflib reads", by_rdflib)


by_id = {"@id": GENERAL_RESEARCH}
read("given", file(by_id, duo=DUO))
read("written back", written_back(file(by_id, duo=DUO)))
read("with a declared prefix", written_back(file(by_id, duo={"@id": DUO, "@prefix": True})))
read("without the term", written_back(file(by_id)))
as_text = written_back(file(GENERAL_RESEARCH, duo=DUO))
print("as text:", as_text["usageInfo"], "beside the licence", as_text["license"])
PYTHON
diff - "$folder/seen" <<'SEEN'
given: http://purl.obolibrary.org/obo/DUO_0000042
  PyLD reads http://purl.obolibrary.org/obo/DUO_0000042
  rdflib reads http://purl.obolibrary.org/obo/DUO_0000042
written back: duo:0000042
  PyLD reads duo:0000042
  rdflib reads duo:0000042
with a declared prefix: http://purl.obolibrary.org/obo/DUO_0000042
  PyLD reads http://purl.obolibrary.org/obo/DUO_0000042
  rdflib reads http://purl.obolibrary.org/obo/DUO_0000042
without the term: http://purl.obolibrary.org/obo/DUO_0000042
  PyLD reads http://purl.obolibrary.org/obo/DUO_0000042
  rdflib reads http://purl.obolibrary.org/obo/DUO_0000042
as text: duo:0000042 beside the licence http://purl.obolibrary.org/obo/DUO_0000042
SEEN
echo "as written above"
