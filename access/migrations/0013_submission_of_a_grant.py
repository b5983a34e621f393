import django.db.models.deletion
from django.db import migrations, models


def name_what_was_judged(apps, schema_editor):
    """The version that the line's snapshot names; for a line without one the newest that was submitted before the decision."""
    Grant = apps.get_model("access", "Grant")
    Submission = apps.get_model("access", "RequestSubmission")
    for grant in Grant.objects.select_related("line__case").iterator(chunk_size=500):
        versions = Submission.objects.filter(request=grant.line.case.request_id).order_by("-version")
        judged = versions.filter(version=grant.line.snapshot.get("request_version", 0)).first()
        grant.submission = judged or versions.filter(submitted_at__lte=grant.decided_at)[0]
        grant.save(update_fields=["submission"])


class Migration(migrations.Migration):
    dependencies = [("access", "0012_judged_under")]

    operations = [
        migrations.AddField(
            model_name="grant",
            name="submission",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="grants",
                to="access.requestsubmission",
            ),
        ),
        migrations.RunPython(name_what_was_judged, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="grant",
            name="submission",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="grants", to="access.requestsubmission"
            ),
        ),
    ]
