"""VCF 4.2 text cut down to the samples that may be read. What was made from all of them would tell of the others.

So counts are remade, alleles that nobody left carries are taken out, and of the header only what names nobody is passed on.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

FIXED_COLUMNS = 9
# Of INFO only what is remade from the samples that are left, and what says nothing of people, is passed on.
REMADE = ("AC", "AN")
IMPERSONAL = ("END", "SVTYPE", "GENE")
# Other lines of the header name samples: pedigrees, sample lists, the commands by which tools made the file.
HEADER = ("fileformat", "fileDate", "reference", "assembly", "contig", "FILTER", "FORMAT", "ALT")


def samples_of(path: Path) -> list[str]:
    """The sample names of a file, in order."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("#CHROM"):
                return line.rstrip("\n").split("\t")[FIXED_COLUMNS:]
    return []


def only_samples(path: Path, allowed: Iterable[str]) -> Iterator[str]:
    """The file with only these samples' columns; a variant that none of them carries is left out."""
    wanted = set(allowed)
    keep: list[int] = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("##"):
                if _is_impersonal(line):
                    yield line
                continue
            columns = line.rstrip("\n").split("\t")
            if line.startswith("#CHROM"):
                keep = [at for at, name in enumerate(columns) if at >= FIXED_COLUMNS and name in wanted]
                yield _row(columns, keep)
            else:
                alleles = [allele for at in keep for allele in _alleles(columns[at])]
                if any(allele not in ("0", ".") for allele in alleles):
                    yield _row(_only_carried(columns, keep, alleles), keep)


def _is_impersonal(line: str) -> bool:
    if line.startswith("##INFO="):
        return _info_id(line) in REMADE + IMPERSONAL
    return line[2:].partition("=")[0] in HEADER


def _only_carried(columns: list[str], keep: list[int], alleles: list[str]) -> list[str]:
    """The line without the alternatives that no kept sample carries, numbered anew, and with counts of its own.

    Where one was taken out, genotypes alone are left: other fields hold a number for each alternative that there was.
    """
    alternatives = columns[4].split(",")
    carried = [number for number in range(1, len(alternatives) + 1) if str(number) in alleles]
    made = columns.copy()
    made[7] = _info(columns[7], carried, alleles)
    # Quality was computed from the reads of all samples.
    made[5] = "."
    if len(carried) == len(alternatives):
        return made
    made[4] = ",".join(alternatives[number - 1] for number in carried)
    made[8] = "GT"
    names = {str(number): str(place) for place, number in enumerate(carried, start=1)}
    for at in keep:
        genotype = columns[at].partition(":")[0]
        made[at] = re.sub(r"\d+", lambda found: names.get(found[0], found[0]), genotype)
    return made


def _row(columns: list[str], keep: list[int]) -> str:
    return "\t".join(columns[:FIXED_COLUMNS] + [columns[at] for at in keep]) + "\n"


def _info_id(line: str) -> str:
    return line.partition("ID=")[2].partition(",")[0]


def _alleles(sample: str) -> list[str]:
    return sample.partition(":")[0].replace("|", "/").split("/")


def _info(written: str, carried: list[int], alleles: list[str]) -> str:
    called = [allele for allele in alleles if allele != "."]
    counts = ",".join(str(called.count(str(number))) for number in carried)
    passed = [entry for entry in written.split(";") if entry.partition("=")[0] in IMPERSONAL]
    return ";".join([f"AC={counts}", f"AN={len(called)}", *passed])
