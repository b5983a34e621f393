"""The installation itself: one row."""

from django.db import models


class Installation(models.Model):
    """Marks what kind of world this database holds. A demo world is marked when it is made, and never otherwise."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    demo = models.BooleanField(default=False)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="one_installation", condition=models.Q(id=1))]
