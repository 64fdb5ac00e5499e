import pytest

from coatopt.report.figure.text import harmless, lines_of, text_width


def test_plotly_finds_neither_tags_nor_entities_nor_places_for_values():
    assert harmless("<b>x & y</b> %{x} &lt;") == "&lt;b&gt;x &amp; y&lt;/b&gt; %&#123;x} &amp;lt;"


@pytest.mark.parametrize(
    "text", ["rotor speed of the mixer in the second step", "a_very_long_name_of_a_parameter", "x" * 80, "", "one"]
)
def test_lines_fit_and_lose_nothing(text):
    lines = lines_of(text, 100.0)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(text_width(line) <= 100 or len(line) <= 4 for line in lines)


def test_names_break_behind_underscores():
    assert lines_of("annealing_temperature", 90.0) == ["annealing_", "temperature"]
