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
        "chr1\t100\t.\tG\tA\t60\tPASS\tAC=1;AN=4;GENE=TTN\tGT\t0/1\t0/0\n",
        "chr1\t200\t.\tG\tA,T\t60\tPASS\tAC=1,1;AN=4\tGT\t0/0\t1|2\n",
    ]


def test_a_variant_that_nobody_allowed_carries_is_left_out(tmp_path: Path) -> None:
    lines = list(only_samples(written(tmp_path), ["A"]))

    assert [line.split("\t")[1] for line in lines if not line.startswith("#")] == ["100"]


def test_information_about_others_is_not_passed_on(tmp_path: Path) -> None:
    assert "HOMS" not in "".join(only_samples(written(tmp_path), ["A", "B", "C"]))


def test_nobody_allowed_gives_a_file_without_samples_and_variants(tmp_path: Path) -> None:
    lines = list(only_samples(written(tmp_path), []))

    assert lines[-1].rstrip("\n").split("\t")[-1] == "FORMAT"


def test_the_samples_of_a_file_are_read_in_order(tmp_path: Path) -> None:
    assert samples_of(written(tmp_path)) == ["A", "B", "C"]
