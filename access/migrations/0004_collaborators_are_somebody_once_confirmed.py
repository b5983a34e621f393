# After the rows were changed, in a transaction of its own: PostgreSQL alters no table that has just been written.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0003_collaborators_are_asked_by_name'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='collaborator',
            constraint=models.UniqueConstraint(fields=('request', 'asked_as'), name='a_collaborator_is_asked_once'),
        ),
        migrations.AddConstraint(
            model_name='collaborator',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at__isnull', True), ('person__isnull', True)), models.Q(('confirmed_at__isnull', False), ('person__isnull', False)), _connector='OR'), name='a_collaborator_is_somebody_once_confirmed'),
        ),
    ]
