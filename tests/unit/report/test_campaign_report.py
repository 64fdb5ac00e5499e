import base64
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from coatopt.reanalysis.finding import Column, Section, Table
from coatopt.reanalysis.picture import Axis, Panel, Picture, Points
from coatopt.report.campaign_report import ReportHead, campaign_report
from coatopt.report.figure.embedding import plotly_code
from coatopt.report.picture_table import picture_csv

BAD = "<script>alert(1)</script>"
CLOSING = "</script><b>&amp;"


def picture(key="front", n=3, name="measured"):
    x = np.linspace(80, 95, n)
    axes = Axis(title="ice", unit="%"), Axis(title="r", unit="ohm cm^2")
    panel = Panel(x=axes[0], y=axes[1], series=(Points(name=name, x=x, y=x, labels=(name,) * n),))
    return Picture(key=key, title=f"Picture {name}", alt=f"alt {name}", caption="What it is.", panels=(panel,))


def section(key="tradeoff", name="measured", **more):
    table = Table(
        key="t",
        title="Components",
        columns=(
            Column(key="a", title="source"),
            Column(key="b", title="deviation", unit="ohm cm^2"),
            Column(key="c", title="share", share=True, digits=2),
            Column(key="d", title="sure"),
        ),
        rows=(("run", 1.23456, 0.345, True), (name, None, float("nan"), False)),
    )
    content = {
        "sentences": ("The finding.", "More."),
        "tables": (table,),
        "pictures": (picture(name=name),),
        "notes": ("A note.",),
    }
    return Section(key=key, title=f"About {name}", **(content | more))


def report(*sections, **head):
    return campaign_report(ReportHead(**({"campaign": "artificial-cei"} | head)), sections)


class Page(HTMLParser):
    """Tags with attributes, the text that people read, and what stands in scripts."""

    def __init__(self, document):
        super().__init__()
        self.tags, self.scripts, self.text, self._in = [], [], "", None
        self.feed(document)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._in = tag
            if tag == "script":
                self.scripts.append("")

    def handle_endtag(self, tag):
        self._in = None if tag == self._in else self._in

    def handle_data(self, data):
        if self._in == "script":
            self.scripts[-1] += data
        elif self._in is None:
            self.text += f" {' '.join(data.split())}"

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="module")
def document():
    return report(
        section(),
        section("other", "second"),
        about="Coatings",
        lines=(("seed", "1"), ("data licence", "CC BY 4.0")),
        notices=("ice has 1 sample",),
        trust=(("ice", "holds up", True), ("r", "take it as a guess", False)),
    )


@pytest.fixture(scope="module")
def page(document):
    return Page(document)


def test_it_says_what_it_is_about_and_what_it_rests_on(page):
    text = " ".join(page.text.split())
    for part in ("artificial-cei", "Coatings", "seed 1", "data licence CC BY 4.0", "ice has 1 sample"):
        assert part in text
    assert "✓ ice : holds up" in text
    assert "⚠ r : take it as a guess" in text


def test_the_table_of_contents_leads_to_every_section(page):
    targets = {attrs["id"] for attrs in page.all("section")}
    assert {attrs["href"][1:] for attrs in page.all("a") if attrs["href"].startswith("#")} == targets
    assert len(targets) == 2


def test_the_first_sentence_stands_out(document):
    assert document.count('<p class="finding">The finding.</p>') == 2
    assert document.count("<p>More.</p>") == 2


def test_tables_show_units_digits_per_cent_and_dashes(page):
    assert "deviation Ω cm² share % sure run 1.23 34 yes measured – – no" in " ".join(page.text.split())


def test_every_picture_has_words_numbers_and_its_data(page):
    plots = [attrs for attrs in page.all("div") if attrs.get("role") == "img"]
    assert [attrs["aria-label"] for attrs in plots] == [f"Picture {n}. alt {n}" for n in ("measured", "second")]
    data = [attrs["data-for"] for attrs in page.all("script") if "data-for" in attrs]
    assert data == [attrs["id"] for attrs in plots]
    figures = [json.loads(text) for text in page.scripts if text.startswith('{"data"')]
    assert [figure["data"][0]["name"] for figure in figures] == ["measured", "second"]
    assert "width" not in figures[0]["layout"]
    assert len(page.all("details")) == len(page.all("figcaption")) == 2
    assert "Picture 2. What it is." in " ".join(page.text.split())
    files = [attrs for attrs in page.all("a") if "download" in attrs]
    assert files[0]["download"] == "front.csv"
    assert base64.b64decode(files[0]["href"].partition("base64,")[2]).decode("utf-8-sig") == picture_csv(picture())


def test_long_tables_of_numbers_stop_and_say_so():
    text = " ".join(Page(report(section(pictures=(picture(n=5000),)))).text.split())
    assert "The first 200 rows; 4800 more are in the CSV file." in text
    assert "3000 of 5000 points drawn of 'measured'" in text


def test_it_needs_no_network_and_sends_nothing(document, page):
    assert not page.all("link")
    assert not page.all("iframe")
    assert not [attrs for _, attrs in page.tags if "src" in attrs]
    assert all(attrs["href"].startswith(("#", "data:text/csv")) for attrs in page.all("a"))
    own = document.replace(plotly_code(), "")
    assert not re.search(r"https?:|@import|url\(", own)
    policy = next(attrs["content"] for attrs in page.all("meta") if "http-equiv" in attrs)
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert '"showSendToCloud":false' in document
    assert '"displaylogo":false' in document


def test_plotly_is_inside_once_and_only_where_there_are_pictures(document):
    assert document.count(plotly_code()) == 1
    plain = report(section(pictures=()))
    assert plotly_code() not in plain
    assert "<script" not in plain


def test_the_same_input_gives_the_same_bytes(document):
    again = report(
        section(),
        section("other", "second"),
        about="Coatings",
        lines=(("seed", "1"), ("data licence", "CC BY 4.0")),
        notices=("ice has 1 sample",),
        trust=(("ice", "holds up", True), ("r", "take it as a guess", False)),
    )
    assert again == document


@pytest.mark.parametrize("bad", [BAD, CLOSING, '"><img src=x onerror=alert(1)>'])
def test_everything_is_escaped(bad):
    fine, foul = (
        report(
            section(text, text, sentences=(text,), notes=(text,)),
            campaign=text,
            about=text,
            lines=((text, text),),
            notices=(text,),
            trust=((text, text, True),),
        )
        for text in ("fine", bad)
    )
    assert [tag for tag, _ in Page(foul).tags] == [tag for tag, _ in Page(fine).tags]
    assert bad not in foul.replace(plotly_code(), "")
    assert bad in Page(foul).text


def test_two_analyses_of_one_key_stay_apart():
    page = Page(report(section(), section()))
    names = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(names) == len(set(names))


def test_it_prints_on_a4_without_what_paper_cannot_do(document):
    assert "@page { size: A4" in document
    printed = document[document.index("@media print") :]
    assert re.search(r"nav, details \{ display: none; \}", printed)
    assert "beforeprint" in printed
