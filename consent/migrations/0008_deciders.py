import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0007_carried_history'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Decider',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('capacity', models.CharField(choices=[('self', 'Self'), ('guardian', 'Guardian'), ('consultee', 'Consultee')], max_length=20)),
                ('role', models.CharField(max_length=40)),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField(blank=True, null=True)),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decides', to=settings.AUTH_USER_MODEL)),
                ('participant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deciders', to='consent.participant')),
            ],
            options={
                'ordering': ['participant_id', 'id'],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('until__isnull', True)), fields=('participant', 'account'), name='an_account_decides_once_for_a_participant'),
                    models.UniqueConstraint(condition=models.Q(('until__isnull', True)), fields=('participant', 'role'), name='deciders_are_told_apart_by_role'),
                    models.CheckConstraint(condition=models.Q(('capacity__in', ['self', 'guardian', 'consultee'])), name='a_decider_has_a_known_capacity'),
                    models.CheckConstraint(condition=models.Q(('account__isnull', False), ('until__isnull', False), _connector='OR'), name='who_decides_has_an_account'),
                    models.CheckConstraint(condition=models.Q(models.Q(('capacity', 'self'), ('role', 'participant')), models.Q(models.Q(('capacity', 'self'), _negated=True), models.Q(('role', 'participant'), _negated=True)), _connector='OR'), name='the_participant_decides_as_participant'),
                ],
            },
        ),
        # Takes the place of the drafts of participants, in the migration after the next.
        migrations.CreateModel(
            name='DeciderDraft',
            fields=[
                ('decider', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='draft', serialize=False, to='consent.decider')),
                ('sealed', models.TextField()),
                ('changed_at', models.DateTimeField()),
                ('form_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consent.formversion')),
            ],
        ),
    ]
