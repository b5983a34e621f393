"""What a form says is wrong: in words that say what to do, unless a field has better ones of its own."""

from django import forms

from governance.face.forms import Form


class Asked(Form):
    """A field of each kind that can be wrong."""

    word = forms.CharField(min_length=2, max_length=3)
    number = forms.IntegerField(min_value=1, max_value=9)
    colour = forms.ChoiceField(choices=[("red", "Red")])
    months = forms.IntegerField(max_value=9, error_messages={"max_value": "Nine months are the most."})


def test_limits_and_choices_are_told_in_words_that_say_what_to_do() -> None:
    too_much = Asked({"word": "long", "number": "10", "colour": "blue", "months": "10"})
    too_little = Asked({"word": "a", "number": "0", "colour": "red", "months": "1"})

    assert too_much.errors == {
        "word": ["Use at most 3 characters."],
        "number": ["Give 9 or less."],
        "colour": ["Choose one of those that are offered."],
        "months": ["Nine months are the most."],
    }
    assert too_little.errors == {"word": ["Use at least 2 characters."], "number": ["Give 1 or more."]}
