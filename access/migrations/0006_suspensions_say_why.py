from django.db import migrations, models


def say_why(apps, schema_editor):
    """Until now only an outstanding obligation suspended a grant."""
    apps.get_model("access", "Grant").objects.filter(state="suspended").update(suspended_because="obligation")


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0005_submitted_words"),
    ]

    operations = [
        migrations.AddField(
            model_name="grant",
            name="suspended_because",
            field=models.CharField(
                blank=True,
                choices=[("obligation", "Obligation"), ("unjudged", "Unjudged")],
                default="",
                max_length=12,
            ),
            preserve_default=False,
        ),
        migrations.RunPython(say_why, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(
                name="a_suspended_grant_says_why",
                condition=models.Q(
                    models.Q(("state", "suspended"), models.Q(("suspended_because", ""), _negated=True)),
                    models.Q(models.Q(("state", "suspended"), _negated=True), ("suspended_because", "")),
                    _connector="OR",
                ),
            ),
        ),
    ]
