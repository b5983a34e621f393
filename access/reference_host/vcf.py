"""VCF 4.2 text cut down to the samples that may be read. Counts over all would tell of the others: they are remade."""

from collections.abc import Iterable, Iterator
from pathlib import Path

FIXED_COLUMNS = 9
# Of INFO only what is remade from the samples that are left, and what says nothing of people, is passed on.
REMADE = ("AC", "AN")
IMPERSONAL = ("END", "SVTYPE", "GENE")


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
                if not line.startswith("##INFO") or _info_id(line) in REMADE + IMPERSONAL:
                    yield line
                continue
            columns = line.rstrip("\n").split("\t")
            if line.startswith("#CHROM"):
                keep = [at for at, name in enumerate(columns) if at >= FIXED_COLUMNS and name in wanted]
                yield _row(columns, keep)
            else:
                alleles = [allele for at in keep for allele in _alleles(columns[at])]
                if any(allele not in ("0", ".") for allele in alleles):
                    columns[7] = _info(columns[7], columns[4].count(",") + 1, alleles)
                    yield _row(columns, keep)


def _row(columns: list[str], keep: list[int]) -> str:
    return "\t".join(columns[:FIXED_COLUMNS] + [columns[at] for at in keep]) + "\n"


def _info_id(line: str) -> str:
    return line.partition("ID=")[2].partition(",")[0]


def _alleles(sample: str) -> list[str]:
    return sample.partition(":")[0].replace("|", "/").split("/")


def _info(written: str, alternatives: int, alleles: list[str]) -> str:
    called = [allele for allele in alleles if allele != "."]
    counts = ",".join(str(called.count(str(number))) for number in range(1, alternatives + 1))
    passed = [entry for entry in written.split(";") if entry.partition("=")[0] in IMPERSONAL]
    return ";".join([f"AC={counts}", f"AN={len(called)}", *passed])
