from django.db import migrations


def name_every_profile(apps, schema_editor):
    """A profile that came and went within one fold has no count: it gets one of 0."""
    changes = apps.get_model("consent", "CohortChange").objects.using(schema_editor.connection.alias).order_by()
    counts = apps.get_model("consent", "ProfileCount")
    pairs = {
        (dataset, profile)
        for column in ("before", "after")
        for dataset, profile in changes.exclude(**{column: None}).values_list("dataset", column).distinct()
    }
    rows = [counts(dataset_id=dataset, profile_id=profile, count=0) for dataset, profile in sorted(pairs)]
    counts.objects.using(schema_editor.connection.alias).bulk_create(rows, batch_size=1000, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("consent", "0005_positions_followed")]

    operations = [migrations.RunPython(name_every_profile, migrations.RunPython.noop)]
