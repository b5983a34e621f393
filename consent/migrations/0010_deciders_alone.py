from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0009_deciders_of_participants'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='participant',
            name='an_account_is_once_in_a_programme',
        ),
        migrations.RemoveField(
            model_name='participant',
            name='account',
        ),
        migrations.DeleteModel(
            name='ConsentDraft',
        ),
        migrations.RenameModel(
            old_name='DeciderDraft',
            new_name='ConsentDraft',
        ),
    ]
