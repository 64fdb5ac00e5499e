"""Kept models: the same predictions after a round trip, the same bytes, and a refusal for everything else."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load, save

import coatopt
from coatopt.campaign.encoding import Encoding
from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.campaign.yaml_text import read_yaml, write_yaml
from coatopt.errors import InputError
from coatopt.ledger.record import Observation
from coatopt.seeds import stream
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import Posterior, fit_surrogates
from coatopt.surrogate.metric_fit import MetricFit
from coatopt.surrogate.past_campaign import PastCampaign
from coatopt.surrogate.saved_state import CARD, STATE, load_metric, load_past_campaign, save_metric
from coatopt.surrogate.single_metric import Choice, SingleMetric

CAMPAIGNS = Path(__file__).parents[3] / "campaigns"
LEVELS = ("function", "sample", "cell")
NUMBERS = ("mean", "sd", "low", "high", "certainty")


def campaign(**blocks):
    """Every kind of parameter, a mixture, a condition, a logarithmic metric, runs and a reference."""
    return campaign_from_dict(
        {
            "name": "made-up",
            "about": "How fast it grows: a test",
            "stages": [{"name": "coating", "samples_per_run": 2, "runs_per_week": 3}, {"name": "cycling"}],
            "parameters": {
                "time": {"stage": "coating", "unit": "h", "range": [0.5, 50], "scale": "log"},
                "cycles": {"stage": "coating", "range": [0, 20], "integer": True},
                "heat": {"stage": "coating", "unit": "degC", "range": [100, 300], "when": "cycles > 0"},
                "gas": {"stage": "coating", "values": ["air", "oxygen"]},
                "salt": {
                    "stage": "coating",
                    "values": {"A": {"radius": 1.0}, "B": {"radius": 2.5}, "C": {"radius": 2}},
                },
                "x": {"stage": "coating", "unit": "%", "range": [0, 100]},
                "y": {"stage": "coating", "unit": "%", "range": [0, 100]},
                "mill": {"stage": "coating", "value": "planetary"},
            },
            "mixtures": {"blend": {"parts": ["x", "y"], "total": 100}},
            "metrics": {"growth": {"stage": "cycling", "unit": "ohm cm^2", "scale": "log"}},
            "surrogate": {"drift": True},
            **blocks,
        }
    )


def observations(count=26):
    rng = np.random.default_rng(4)
    found = []
    for i in range(count):
        cycles, x = int(rng.integers(0, 5)), float(rng.uniform(0, 100))
        settings = {
            "time": float(rng.uniform(1, 40)), "cycles": cycles,
            "heat": float(rng.uniform(100, 300)) if cycles else None,
            "gas": ("air", "oxygen")[i % 2], "salt": "ABC"[i % 3], "x": x, "y": 100 - x, "mill": "planetary",
        }  # fmt: skip
        base = Observation(
            sample=f"S{i}", settings=settings, metric="growth", cell=None, value=None, sd=None, low=None, high=None,
            runs=(f"R{i // 2}",), block=f"2026-W{10 + i // 5}",
        )  # fmt: skip
        if i % 9 == 5:
            found.append(dataclasses.replace(base, low=4.0))
            continue
        if i % 8 == 7:
            base = dataclasses.replace(base, reference="bare", settings=dict.fromkeys(settings))
        level = 3.0 + 0.05 * x + (2.0 if i % 2 else 0.0) + 0.4 * (i // 5)
        for _ in range(1 + (i % 3 == 0)):
            value = float(level * np.exp(rng.normal(0, 0.1)))
            found.append(dataclasses.replace(base, value=value, sd=0.1 if i % 4 else None))
    return found


def learn(definition, seen) -> Posterior:
    runs = {run: "coating" for o in seen for run in o.runs}
    return fit_surrogates(definition, Evidence(seen, run_stages=runs), 3)


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    return learn(campaign(), observations())


@pytest.fixture(scope="module")
def fitted(posterior) -> MetricFit:
    return posterior.fits["growth"]


@pytest.fixture
def kept(fitted, tmp_path):
    return save_metric(tmp_path / "made-up", fitted, campaign(), 3)


def same_predictions(a, b, rows):
    for level in LEVELS:
        one, two = a.predict(rows, level, 2), b.predict(rows, level, 2)
        assert all(np.array_equal(getattr(one, name), getattr(two, name)) for name in NUMBERS)
    assert all(np.array_equal(one, two) for one, two in zip(a.joint(rows), b.joint(rows), strict=True))


def test_runs_weeks_references_bounds_and_replicates_survive_the_round_trip(posterior, fitted, kept):
    direct, loaded = fitted.direct, load_metric(kept)
    assert set(direct.effects) == {"run: coating", "week", "sample"}
    assert (direct.inputs.reference >= 0).any()
    assert len(direct.readings.bound_point)
    rows = posterior.space.sample(60, stream(1, "rows"))
    assert np.isnan(rows).any()
    same_predictions(direct, loaded.fitted, rows)
    assert loaded.fitted.effects == direct.effects
    assert loaded.fitted.process.model.cost(direct.theta)[0] == direct.model.cost(direct.theta)[0]
    assert (loaded.campaign, loaded.unit, loaded.units["time"]) == ("made-up", "ohm cm^2", "h")
    assert loaded.space.names == posterior.space.names


@pytest.mark.parametrize("prior", ["matern-lognormal", "rbf-lognormal", "matern-gamma-scaled"])
def test_every_prior_survives_the_round_trip(prior, tmp_path):
    definition = campaign(surrogate={"prior": prior})
    learned = learn(definition, [o for o in observations(14) if o.reference is None])
    place = save_metric(tmp_path, learned.fits["growth"], definition, 3)
    assert read_yaml((place / CARD).read_text(), CARD).value["prior"] == {"name": prior, "warped": False}
    rows = learned.space.sample(20, stream(1, "rows"))
    same_predictions(learned.fits["growth"].direct, load_metric(place).fitted, rows)


def test_bent_parameters_survive_the_round_trip(posterior, fitted, tmp_path):
    bent = SingleMetric(fitted.direct.data, posterior.encoding, dataclasses.replace(fitted.direct.choice, warp=True))
    assert bent.hyper.bend.size
    place = save_metric(tmp_path, dataclasses.replace(fitted, direct=bent), campaign(), 3)
    same_predictions(bent, load_metric(place).fitted, posterior.space.sample(30, stream(1, "rows")))


def test_the_order_of_axes_in_memory_does_not_scramble_the_file(posterior, fitted, kept, tmp_path, monkeypatch):
    turned = dataclasses.replace(fitted.direct.inputs, distance=np.asfortranarray(fitted.direct.inputs.distance))
    monkeypatch.setattr(fitted.direct, "inputs", turned)
    again = save_metric(tmp_path / "again", fitted, campaign(), 3)
    assert (again / STATE).read_bytes() == (kept / STATE).read_bytes()


def test_the_same_data_and_seed_give_the_same_bytes_in_another_process(kept, fitted, tmp_path):
    save_metric(tmp_path / "a", fitted, campaign(), 3)
    for file in (CARD, STATE):
        assert (tmp_path / "a" / "growth" / file).read_bytes() == (kept / file).read_bytes()
    code = (
        "import sys; sys.path[:0] = [sys.argv[1]]\n"
        "import test_saved_state as t; from pathlib import Path\n"
        "t.save_metric(Path(sys.argv[2]), t.learn(t.campaign(), t.observations()).fits['growth'], t.campaign(), 3)"
    )
    subprocess.run([sys.executable, "-c", code, str(Path(__file__).parent), str(tmp_path / "b")], check=True)
    for file in (CARD, STATE):
        assert (tmp_path / "b" / "growth" / file).read_bytes() == (kept / file).read_bytes()


def test_the_card_says_what_the_model_is(kept, fitted):
    card = read_yaml((kept / CARD).read_text(), CARD).value
    assert card["intended_use"].startswith("To start another campaign on growth")
    assert "How fast it grows" in card["intended_use"]
    assert card["samples"] == len(fitted.direct.data)
    assert card["readings"] == len(fitted.direct.data.sample)
    assert card["data_licence"] == "not stated"
    assert card["versions"]["numpy"] == np.__version__
    assert card["state_sha256"] == hashlib.sha256((kept / STATE).read_bytes()).hexdigest()
    assert [c["name"] for c in card["components"]] == [*fitted.direct.effects, "cell"]
    assert card["components"][0]["unit"] == "share of the value"
    assert [c["band"] for c in card["calibration"]["coverage"]] == [0.5, 0.8, 0.9, 0.95]
    assert card["calibration"]["verdict"] == fitted.calibration.verdict()
    assert card["used_by_campaign"] == "directly"
    rebuilt = campaign_from_dict(card["definition"])
    assert rebuilt.parameters == campaign().parameters
    assert rebuilt.mixtures == campaign().mixtures


def test_other_data_have_another_hash_and_the_same_data_the_same(fitted, tmp_path):
    fewer = learn(campaign(), observations()[:-1]).fits["growth"]
    cards = [save_metric(tmp_path / name, fit, campaign(), 3) / CARD for name, fit in (("a", fitted), ("b", fewer))]
    one, two = (read_yaml(card.read_text(), CARD).value["data_sha256"] for card in cards)
    assert one != two


def test_where_the_campaign_uses_another_model_the_card_still_judges_the_kept_one(fitted, tmp_path, posterior):
    bent = SingleMetric(fitted.direct.data, posterior.encoding, dataclasses.replace(fitted.direct.choice, warp=True))
    other = dataclasses.replace(fitted.calibration, rmse=99.0)
    place = save_metric(tmp_path, dataclasses.replace(fitted, posterior=bent, calibration=other), campaign(), 3)
    assert read_yaml((place / CARD).read_text(), CARD).value["calibration"]["rmse"] == pytest.approx(
        fitted.calibration.rmse, rel=1e-5
    )


def test_a_model_that_builds_on_a_past_is_not_kept(posterior, fitted, kept, tmp_path):
    past = PastCampaign("made-up", {"growth": load_metric(kept)}).metric("growth", posterior.space, campaign())
    building = SingleMetric(fitted.direct.data, posterior.encoding, dataclasses.replace(Choice(), past=past))
    with pytest.raises(InputError, match="builds on other models"):
        save_metric(tmp_path, dataclasses.replace(fitted, direct=building), campaign(), 3)


def test_a_kept_model_teaches_another_campaign(posterior, kept):
    past = load_past_campaign(kept.parent)
    assert past.name == "made-up"
    assert past.metric("growth", posterior.space, campaign()).name == "made-up/growth"
    renamed = load_past_campaign(kept.parent, {"anything": "growth"})
    assert renamed.names == {"anything": "growth"}
    with pytest.raises(InputError, match="'growht' is not a kept metric .*did you mean 'growth'"):
        load_past_campaign(kept.parent, {"anything": "growht"})


def test_a_fresh_process_predicts_the_same_and_loads_no_torch(tmp_path):
    lab = coatopt.open(CAMPAIGNS / "mechanofusion-ncm82")
    learned = fit_surrogates(lab.definition, Evidence(lab.storage.for_reading().observations(lab.definition.name)), 0)
    lab.fit(seed=0, save=tmp_path)
    rows = learned.space.sample(12, stream(0, "rows"))
    np.save(tmp_path / "rows.npy", rows)
    code = """
import json, sys, numpy as np
from pathlib import Path
from coatopt.surrogate.saved_state import load_past_campaign
folder = Path(sys.argv[1])
rows = np.load(folder / "rows.npy")
past = load_past_campaign(folder / "mechanofusion-ncm82")
found = {}
for name, kept in past.metrics.items():
    for level in ("function", "sample", "cell"):
        p = kept.fitted.predict(rows, level)
        numbers = (p.mean, p.sd, p.low, p.high, p.certainty)
        found[name + level] = [[x.hex() for x in number.tolist()] for number in numbers]
assert "torch" not in sys.modules
print(json.dumps(found))
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert len(found) == 3 * len(learned.fits) > 0
    for name, fit in learned.fits.items():
        for level in LEVELS:
            here = fit.direct.predict(rows, level)
            assert found[name + level] == [[x.hex() for x in getattr(here, n).tolist()] for n in NUMBERS]


def rewrite(folder, change):
    """Alter arrays and let the card agree, as someone would who means harm."""
    arrays = dict(load((folder / STATE).read_bytes()))
    change(arrays)
    content = save(arrays)
    (folder / STATE).write_bytes(content)
    recard(folder, lambda card: card.update(state_sha256=hashlib.sha256(content).hexdigest()))


def recard(folder, change):
    card = read_yaml((folder / CARD).read_text(), CARD).value
    change(card)
    (folder / CARD).write_text(write_yaml(card))


def refusal(folder) -> str:
    with pytest.raises(InputError) as refused:
        load_metric(folder)
    text = str(refused.value)
    assert str(folder) in text
    assert "\n" not in text
    return text


def test_a_state_file_that_was_altered_is_refused(kept):
    content = bytearray((kept / STATE).read_bytes())
    content[-1] ^= 1
    (kept / STATE).write_bytes(bytes(content))
    text = refusal(kept)
    assert "SHA-256 differs" in text
    assert "coatopt fit DIR --save" in text


def test_a_pickle_in_place_of_the_state_is_never_opened(kept):
    class Bomb:
        def __reduce__(self):
            return (Path.touch, (kept / "it-ran",))

    content = pickle.dumps(Bomb())
    (kept / STATE).write_bytes(content)
    assert "SHA-256 differs" in refusal(kept)
    recard(kept, lambda card: card.update(state_sha256=hashlib.sha256(content).hexdigest()))
    assert "no safetensors file" in refusal(kept)
    assert not (kept / "it-ran").exists()


@pytest.mark.parametrize("share", [0.0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97])
def test_a_card_that_was_cut_short_is_refused(kept, share):
    content = (kept / CARD).read_bytes()
    (kept / CARD).write_bytes(content[: int(share * len(content))])
    assert CARD in refusal(kept)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"[1, 2]", b"a: &x 1\nb: *x\n", b"!!python/object:os.system {}"])
def test_a_card_that_is_none_is_refused(kept, content):
    (kept / CARD).write_bytes(content)
    assert CARD in refusal(kept)


@pytest.mark.parametrize("file", [CARD, STATE])
def test_a_missing_file_is_named(kept, file):
    (kept / file).unlink()
    assert f"{file} cannot be read" in refusal(kept)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda a: a.pop("theta"), "'theta' is missing"),
        (lambda a: a.update(theta=a["theta"][:-1]), "'theta' has"),
        (lambda a: a.update(theta=a["theta"] + 50), "outside its bounds"),
        (lambda a: a.update(theta=a["theta"].astype(np.float32)), "is float32"),
        (lambda a: a.update(scale=np.array([1.0, 0.0])), "width is not above 0"),
        (lambda a: a.update(scale=np.array([np.nan, 1.0])), "not finite"),
        (lambda a: a.update({"readings.known": a["readings.known"] - 1}), "below 0"),
        (lambda a: a.update({"readings.point": a["readings.point"] + 1}), "do not belong together"),
        (lambda a: a.update({"readings.point": a["readings.point"] - 1}), "do not belong together"),
        (lambda a: a.update({"readings.low": a["readings.high"], "readings.high": a["readings.low"]}), "lower end"),
        (lambda a: a.update({"inputs.distance": a["inputs.distance"][:, :-1]}), "its card asks for"),
        (lambda a: a.update({"inputs.distance": a["inputs.distance"] * 0.9}), "encodes settings otherwise"),
        (lambda a: a.update(rows=a["rows"] * 1e6), "encodes settings otherwise"),
        (lambda a: a.update({"readings.value": a["readings.value"] + 1}), "predicts otherwise"),
        (lambda a: a.update({name: np.zeros((20000, *x.shape[1:]), x.dtype) for name, x in a.items()}), "20000|card"),
    ],
)  # fmt: skip
def test_arrays_that_are_no_model_are_refused_even_when_the_card_agrees(kept, change, sentence):
    rewrite(kept, change)
    text = refusal(kept)
    assert any(part in text for part in sentence.split("|")), text


def test_a_file_of_absurd_size_is_not_read(kept):
    with (kept / STATE).open("ab") as file:
        file.truncate(70_000_000)
    assert "70 MB" in refusal(kept)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda c: c.update(card=2), "card: "),
        (lambda c: c.update(metric="other"), "does not describe the campaign, metric and unit"),
        (lambda c: c.update(unit="%"), "does not describe the campaign, metric and unit"),
        (lambda c: c["prior"].update(name="matern-gama"), "did you mean 'matern-gamma'"),
        (lambda c: c.update(effects=["sample", "sample"]), "stands twice"),
        (lambda c: c.update(effects=[]), "its card asks for"),
        (lambda c: c["definition"]["parameters"].pop("time"), "its card asks for"),
        (lambda c: c["definition"]["parameters"]["time"].update(range=[0.5, 60]), "encodes settings otherwise"),
        (lambda c: c["definition"].pop("stages"), "'stages' is missing"),
        (lambda c: c.pop("definition"), "definition: "),
    ],
)
def test_a_card_that_does_not_fit_its_state_is_refused(kept, change, sentence):
    recard(kept, change)
    assert sentence in refusal(kept)


def test_a_folder_that_mixes_campaigns_is_refused(kept, fitted):
    other = dataclasses.replace(campaign(), name="other")
    renamed = dataclasses.replace(fitted.direct.metric, name="growth2")
    place = save_metric(kept.parent / "x", fitted, other, 3)
    place.rename(kept.parent / "growth2")
    recard(kept.parent / "growth2", lambda c: c.update(metric=renamed.name))
    card = read_yaml((kept.parent / "growth2" / CARD).read_text(), CARD).value
    card["definition"]["metrics"] = {"growth2": card["definition"]["metrics"]["growth"]}
    (kept.parent / "growth2" / CARD).write_text(write_yaml(card))
    with pytest.raises(InputError, match="mixes kept models of made-up and other"):
        load_past_campaign(kept.parent)


def test_a_folder_without_models_says_so(tmp_path):
    with pytest.raises(InputError, match="holds no kept models"):
        load_past_campaign(tmp_path)


def test_the_encoding_is_that_of_the_definition_on_the_card(posterior, kept):
    rows = posterior.space.sample(10, stream(2, "rows"))
    assert np.array_equal(load_metric(kept).fitted.encoding.encode(rows), Encoding(posterior.space).encode(rows))
