"""Messages are fanned out into deliveries, and what one process at a time does is leased.

What was open is fanned out anew; what was given up is tried once more, and given up again by its age.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

OPEN = Q(done_at__isnull=True, given_up_at__isnull=True)


class Migration(migrations.Migration):
    dependencies = [("governance", "0010_proposals_keep_doubts")]

    operations = [
        migrations.RemoveIndex(model_name="outboxmessage", name="outbox_open"),
        migrations.RenameField(model_name="outboxmessage", old_name="done_at", new_name="fanned_at"),
        migrations.RemoveField(model_name="outboxmessage", name="attempts"),
        migrations.RemoveField(model_name="outboxmessage", name="last_error"),
        migrations.RemoveField(model_name="outboxmessage", name="given_up_at"),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(fields=["due_at", "id"], condition=Q(fanned_at__isnull=True), name="outbox_unfanned"),
        ),
        migrations.CreateModel(
            name="Lease",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("holder", models.CharField(max_length=80)),
                ("until", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("listener", models.CharField(max_length=40)),
                (
                    "to",
                    models.CharField(
                        blank=True, help_text="for whom, where a listener serves several: a host", max_length=120
                    ),
                ),
                ("queue", models.CharField(max_length=20)),
                (
                    "about",
                    models.CharField(
                        blank=True, help_text="deliveries that say the same are one piece of work", max_length=160
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=300)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("given_up_at", models.DateTimeField(blank=True, null=True)),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="governance.outboxmessage",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("message", "listener", "to"), name="delivery_once"),
                ],
                "indexes": [
                    models.Index(fields=["id"], condition=OPEN, name="delivery_open"),
                    models.Index(fields=["listener", "about"], condition=OPEN & ~Q(about=""), name="delivery_about"),
                    models.Index(fields=["done_at"], condition=Q(done_at__isnull=False), name="delivery_done"),
                    models.Index(
                        fields=["id"],
                        condition=Q(given_up_at__isnull=False, done_at__isnull=True),
                        name="delivery_given_up",
                    ),
                ],
            },
        ),
    ]
