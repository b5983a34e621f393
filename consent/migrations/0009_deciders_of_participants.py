from django.db import migrations


def enter(apps, schema_editor):
    """Everybody who signs for themselves decides for themselves, since their account was linked; their drafts go along."""
    alias = schema_editor.connection.alias
    participants, invitations, deciders, drafts, moved = (
        apps.get_model("consent", name)._default_manager.using(alias)
        for name in ("Participant", "Invitation", "Decider", "ConsentDraft", "DeciderDraft")
    )
    used = invitations.exclude(used_at=None).order_by("used_at").values_list("participant_id", "used_by_id", "used_at")
    linked = {(participant, account): at for participant, account, at in used.iterator(chunk_size=1000)}
    rows = participants.exclude(account=None).order_by("pk").values_list("pk", "account_id", "enrolled_at")
    deciders.bulk_create(
        (
            deciders.model(
                participant_id=participant,
                account_id=account,
                capacity="self",
                role="participant",
                since=linked.get((participant, account), enrolled),
            )
            for participant, account, enrolled in rows.iterator(chunk_size=1000)
        ),
        batch_size=1000,
    )
    own = dict(deciders.filter(participant__draft__isnull=False).values_list("participant_id", "pk"))
    moved.bulk_create(
        (
            moved.model(
                decider_id=own[draft.participant_id],
                form_version_id=draft.form_version_id,
                sealed=draft.sealed,
                changed_at=draft.changed_at,
            )
            for draft in drafts.filter(participant__in=own).iterator(chunk_size=1000)
        ),
        batch_size=1000,
    )


def back(apps, schema_editor):
    """The account of each who decides for themselves; others who decide, and their drafts, had no place before."""
    alias = schema_editor.connection.alias
    participants, deciders, drafts, moved = (
        apps.get_model("consent", name)._default_manager.using(alias)
        for name in ("Participant", "Decider", "ConsentDraft", "DeciderDraft")
    )
    for row in deciders.filter(capacity="self", until=None).iterator(chunk_size=1000):
        participants.filter(pk=row.participant_id).update(account_id=row.account_id)
    for draft in moved.filter(decider__capacity="self").select_related("decider").iterator(chunk_size=1000):
        drafts.create(
            participant_id=draft.decider.participant_id,
            form_version_id=draft.form_version_id,
            sealed=draft.sealed,
            changed_at=draft.changed_at,
        )
    moved.all().delete()
    deciders.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0008_deciders'),
    ]

    operations = [
        migrations.RunPython(enter, back),
    ]
