"""A VCF cut down to some samples tells nothing of the others."""

from pathlib import Path

from access.reference_host.vcf import only_samples, samples_of

VCF = (
    "##fileformat=VCFv4.2\n"
    '##INFO=<ID=AC,Number=A,Type=Integer,Description="Allele count">\n'
    '##INFO=<ID=HOMS,Number=1,Type=String,Description="Who is homozygous">\n'
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tA\tB\tC\n"
    "chr1\t100\t.\tG\tA\t60\tPASS\tAC=3;AN=6;GENE=TTN;HOMS=C\tGT\t0/1\t0/0\t1/1\n"
    "chr1\t200\t.\tG\tA,T\t60\tPASS\tAC=1,1;AN=6\tGT\t0/0\t1|2\t./.\n"
)


def written(tmp_path: Path) -> Path:
    path = tmp_path / "some.vcf"
    path.write_text(VCF)
    return path


def test_only_the_allowed_samples_are_served_with_counts_of_their_own(tmp_path: Path) -> None:
    lines = list(only_samples(written(tmp_path), ["A", "B"]))

    assert lines[2:] == [
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tA\tB\n",
        "chr1\t100\t.\tG\tA\t.\tPASS\tAC=1;AN=4;GENE=TTN\tGT\t0/1\t0/0\n",
        "chr1\t200\t.\tG\tA,T\t.\tPASS\tAC=1,1;AN=4\tGT\t0/0\t1|2\n",
    ]


def test_a_variant_that_nobody_allowed_carries_is_left_out(tmp_path: Path) -> None:
    lines = list(only_samples(written(tmp_path), ["A"]))

    assert [line.split("\t")[1] for line in lines if not line.startswith("#")] == ["100"]


def test_information_about_others_is_not_passed_on(tmp_path: Path) -> None:
    assert "HOMS" not in "".join(only_samples(written(tmp_path), ["A", "B", "C"]))


def test_the_header_names_no_sample_that_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "named.vcf"
    kept = '##contig=<ID=chr1>\n##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
    named = "##SAMPLE=<ID=C>\n##PEDIGREE=<ID=C,Father=A>\n##bcftools_viewCommand=view -s A,B,C\n##samples=C\n"
    path.write_text(VCF.replace("#CHROM", f"{kept}{named}#CHROM"))

    header = "".join(line for line in only_samples(path, ["A"]) if line.startswith("##"))

    assert header == VCF[: VCF.index("##INFO=<ID=HOMS")] + kept


def test_an_allele_that_only_the_left_out_carry_is_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "alleles.vcf"
    path.write_text(
        "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tA\tB\tC\n"
        "chr1\t300\t.\tG\tA,T,C\t60\tPASS\tAC=1,1,2\tGT:AD\t0/2:9,0,7,0\t3|3:0,0,0,9\t1/.:0,8,0,0\n"
    )

    [line] = [line for line in only_samples(path, ["A", "B"]) if not line.startswith("#")]

    assert line == "chr1\t300\t.\tG\tT,C\t.\tPASS\tAC=1,2;AN=4\tGT\t0/1\t2|2\n"


def test_nobody_allowed_gives_a_file_without_samples_and_variants(tmp_path: Path) -> None:
    lines = list(only_samples(written(tmp_path), []))

    assert lines[-1].rstrip("\n").split("\t")[-1] == "FORMAT"


def test_the_samples_of_a_file_are_read_in_order(tmp_path: Path) -> None:
    assert samples_of(written(tmp_path)) == ["A", "B", "C"]
