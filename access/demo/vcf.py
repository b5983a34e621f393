"""Small VCF files for the demo's hosts: real positions of well-known heart genes (GRCh38), invented genotypes."""

import random
from collections.abc import Sequence
from pathlib import Path

# Gene, chromosome, position inside the gene (GRCh38, Ensembl 110), reference, alternative. The genotypes are drawn.
SITES = (
    ("TTN", "chr2", 178527001, "G", "A"),
    ("TTN", "chr2", 178610412, "C", "T"),
    ("MYBPC3", "chr11", 47332500, "A", "G"),
    ("MYBPC3", "chr11", 47341010, "C", "T"),
    ("MYH7", "chr14", 23415200, "T", "C"),
    ("MYH7", "chr14", 23429777, "G", "A"),
    ("LMNA", "chr1", 156134900, "C", "T"),
    ("SCN5A", "chr3", 38560200, "G", "A"),
    ("KCNQ1", "chr11", 2572000, "A", "G"),
    ("PKP2", "chr12", 32823000, "T", "G"),
)


def write(path: Path, samples: Sequence[str], seed: int) -> None:
    """Write a VCF 4.2 with these samples; every sample carries at least one variant."""
    draw = random.Random(seed)
    lines = [
        "##fileformat=VCFv4.2",
        "##source=Duologue demo, invented genotypes",
        "##reference=GRCh38",
        '##INFO=<ID=AC,Number=A,Type=Integer,Description="Allele count in genotypes">',
        '##INFO=<ID=AN,Number=1,Type=Integer,Description="Total number of alleles">',
        '##INFO=<ID=GENE,Number=1,Type=String,Description="Gene">',
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
        "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples]),
    ]
    carriers = [draw.sample(range(len(SITES)), 2) for _ in samples]
    for at, (gene, chromosome, position, reference, alternative) in enumerate(SITES):
        genotypes = [draw.choice(["0/1", "0/1", "1/1"]) if at in sites else "0/0" for sites in carriers]
        count = sum(genotype.count("1") for genotype in genotypes)
        info = f"AC={count};AN={2 * len(samples)};GENE={gene}"
        lines.append(
            "\t".join([chromosome, str(position), ".", reference, alternative, "60", "PASS", info, "GT", *genotypes])
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
