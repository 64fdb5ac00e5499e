from coatopt.seeds import stream, stream_seed


def test_streams_are_named_and_do_not_shift_each_other():
    assert stream_seed(1, "week", "2026-W48") == stream_seed(1, "week", "2026-W48")
    assert len({stream_seed(1, "a"), stream_seed(1, "b"), stream_seed(2, "a"), stream_seed(1, "a", 0)}) == 4
    assert stream(3, "x").random() == stream(3, "x").random()
