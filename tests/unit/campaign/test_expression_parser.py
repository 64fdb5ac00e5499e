import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coatopt.campaign.expression_parser import parse_condition, parse_constraint
from coatopt.errors import InputError

NUMERIC = frozenset({"a", "b", "t"})
LEVELS = {"atmosphere": ("oxygen", "synthetic air")}


def columns(**values):
    return {k: np.array(v, dtype=object if isinstance(v[0], str) else float) for k, v in values.items()}


def test_linear_with_condition():
    c = parse_constraint('2*a - b/4 <= 3 + (t - 1)*0.5 if atmosphere == "oxygen" and t > 1', NUMERIC, LEVELS)
    rows = columns(a=[2.0, 2.0, 9.0, 9.0], b=[0.0] * 4, t=[2.0, 5.0, 2.0, 0.0], atmosphere=["oxygen"] * 4)
    assert c.holds(rows).tolist() == [False, True, False, True]
    elsewhere = rows | columns(atmosphere=["synthetic air"] * 4)
    assert c.holds(elsewhere).all()


def test_levels():
    c = parse_constraint("atmosphere != 'oxygen' if t >= 600", NUMERIC, LEVELS)
    assert c.holds(columns(t=[600.0, 599.0], atmosphere=["oxygen", "oxygen"])).tolist() == [False, True]
    among = parse_condition('atmosphere in ["oxygen", "synthetic air"]', NUMERIC, LEVELS)
    assert among.holds(columns(atmosphere=["oxygen"])).all()


def test_an_inactive_parameter_breaks_no_constraint_and_fulfils_no_condition():
    c = parse_constraint("a <= 1", NUMERIC, LEVELS)
    assert c.holds(columns(a=[np.nan, 2.0])).tolist() == [True, False]
    assert not parse_condition("a <= 1", NUMERIC, LEVELS).holds(columns(a=[np.nan])).any()


def test_rounding_does_not_break_a_limit():
    assert parse_constraint("a + b <= 0.3", NUMERIC, LEVELS).holds(columns(a=[0.1], b=[0.2])).all()
    assert not parse_constraint("a + b < 0.3", NUMERIC, LEVELS).holds(columns(a=[0.1], b=[0.2])).any()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("c <= 1", "'c' is not a parameter"),
        ("atmospere == 'oxygen'", "did you mean 'atmosphere'"),
        ("a * b <= 1", "only linear sums"),
        ("a / 0 <= 1", "divides by zero"),
        ("a <=", "ends where"),
        ("a <= 1 if", "ends where"),
        ("a <= 1 2", "not understood"),
        ("1 <= 2", "compares no parameter"),
        ("atmosphere == oxygen", "quotes"),
        ("atmosphere == 'argon'", "not a level"),
        ("atmosphere <= 'oxygen'", "==, != or in"),
        ("a ; b", "cannot be read"),
        ("__import__('os')", "not a parameter"),
        ("(" * 30 + "a" + ")" * 30 + " <= 1", "too deeply"),
        ("a" * 501, "at most 500"),
        ("a = 1", "cannot be read"),
    ],
)
def test_nonsense_is_refused_in_words(text, says):
    with pytest.raises(InputError, match=says.replace("(", r"\(")):
        parse_constraint(text, NUMERIC, LEVELS)


@given(st.text(alphabet="ab t<=>!+-*/()[]'\",.0123456789ifandx", max_size=60))
def test_no_text_does_more_than_be_read_or_refused(text):
    try:
        parse_constraint(text, NUMERIC, LEVELS)
    except InputError as error:
        assert str(error)
