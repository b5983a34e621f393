"""What people are told: a row for each thing, how each person wants to hear of each kind, and letters on their way."""

from django.db import models

from governance.models.people import User


class Notice(models.Model):
    """Something that one person is told. Its words are its kind's, in the language of whoever reads; `about` names the thing.

    `cause` makes it one row however often its message is carried out.
    """

    class Mail(models.TextChoices):
        NONE = "none", "not asked for"
        WAITING = "waiting", "on its way"
        SENT = "sent", "sent"
        UNDELIVERED = "undelivered", "no confirmed address"

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=40)
    about = models.CharField(max_length=120)
    cause = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    mail = models.CharField(max_length=12, choices=Mail.choices, default=Mail.NONE)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["person", "kind", "cause"], name="a_person_is_told_a_thing_once"),
            models.CheckConstraint(
                name="mail_of_a_notice_is_in_a_known_state",
                condition=models.Q(mail__in=["none", "waiting", "sent", "undelivered"]),
            ),
        ]


class NoticeChoice(models.Model):
    """How a person wants to hear of a kind, where it is not as the kind begins: in the inbox, by mail too, or not at all."""

    class Way(models.TextChoices):
        MAIL = "mail", "also by mail"
        INBOX = "inbox", "in the inbox"
        OFF = "off", "not at all"

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="notice_choices")
    kind = models.CharField(max_length=40)
    way = models.CharField(max_length=5, choices=Way.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "kind"], name="one_choice_for_each_kind"),
            models.CheckConstraint(
                name="a_choice_is_a_known_way", condition=models.Q(way__in=["mail", "inbox", "off"])
            ),
        ]


class Letter(models.Model):
    """A mail of the pages of accounts that is on its way, wrapped at rest, since a link in it opens an account.

    It is deleted in the moment in which the mail server has it.
    """

    PERSONAL = {"sealed"}

    sealed = models.TextField()
    created_at = models.DateTimeField()
