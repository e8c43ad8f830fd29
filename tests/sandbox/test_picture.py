"""The picture of a scene, read back from its SVG and its pixels."""

from __future__ import annotations

import io
import random
from array import array
from itertools import pairwise
from xml.etree import ElementTree

import av
import pytest

from bot.drawing.text import cut, drawable, width, wrap
from bot.sandbox.picture import WIDTH_PX, Moment, Sound, compose, draw
from bot.sandbox.picture._axis import MAX_TICKS, axis
from bot.sandbox.picture._lanes import lanes

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
SVG = "{http://www.w3.org/2000/svg}"
RATE_HZ = 24_000
TITLE = {"title": "Spoken", "subtitle": "and heard"}


def noise(amplitude, *, seconds=1.0, rate=RATE_HZ):
    chance = random.Random(7)
    samples = (chance.randint(-amplitude, amplitude) for _ in range(int(seconds * rate)))
    return array("h", samples).tobytes()


def sound(pcm, *, rate=RATE_HZ, starts_ms=0.0):
    return Sound("heard in the call", pcm, rate, starts_ms)


def svg_of(*, sounds=(), moments=(), figures=()):
    svg = compose(**TITLE, sounds=sounds, moments=moments, figures=figures)
    return ElementTree.fromstring(svg)  # noqa: S314 - we wrote it ourselves


def texts(root):
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]


def outlines(root):
    """Return every filled outline as its points."""
    paths = [path.get("d").strip("MZ").split("L") for path in root.iter(f"{SVG}path")]
    return [[tuple(map(float, point.split())) for point in path] for path in paths]


def thickness(outline):
    """Return how high an outline is at each of its columns."""
    half = len(outline) // 2
    upper, lower = outline[:half], outline[half:][::-1]
    return [below - above for (_, above), (_, below) in zip(upper, lower, strict=True)]


def pixels(file):
    with av.open(io.BytesIO(file.read_bytes()), format="png_pipe") as container:
        return next(container.decode(video=0)).to_ndarray(format="rgba")


SCENES = {
    "nothing": {"sounds": [], "moments": [], "figures": []},
    "an empty sound": {"sounds": [sound(b"")], "moments": [], "figures": []},
    "one sample": {"sounds": [sound(b"\x01\x02")], "moments": [], "figures": []},
    "half a sample": {"sounds": [sound(b"\x01")], "moments": [], "figures": []},
    "clipped sound": {"sounds": [sound(b"\xff\x7f\x00\x80" * 9_000)], "moments": [], "figures": []},
    "silence": {"sounds": [sound(bytes(48_000))], "moments": [], "figures": []},
    "five sounds": {"sounds": [sound(noise(99))] * 5, "moments": [], "figures": []},
    "a time before the scene": {
        "sounds": [sound(noise(99), starts_ms=-500)],
        "moments": [Moment(-800, "Ann", "was early")],
        "figures": [],
    },
    "thirty moments at once": {
        "sounds": [],
        "moments": [Moment(1_000, "Ann", f"says {nth}") for nth in range(30)],
        "figures": [],
    },
    "people's own writing": {
        "sounds": [Sound('<早上好> & "so" 🙂\x00\x1b\ud800', noise(99), RATE_HZ, 0)],
        "moments": [Moment(1, "</svg>", "'早上好' ]]> \n\t <![CDATA[ 🙂"), Moment(2, "", "")],
        "figures": [("<b>", "&amp;"), ("早上好", "🙂"), ("", "")],
    },
    "many long figures": {
        "sounds": [],
        "moments": [],
        "figures": [("a name of many words " * 4, "1234567890" * 4)] * 11,
    },
}


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES.keys())
def test_every_scene_becomes_a_png_of_the_stated_width_and_the_height_of_its_contents(
    scene, tmp_path
):
    file = tmp_path / "heard.png"

    draw(file, **TITLE, **scene)

    height = int(svg_of(**scene).get("height"))
    assert file.read_bytes().startswith(PNG_SIGNATURE)
    assert pixels(file).shape == (height * 2, WIDTH_PX, 4)
    assert [path.name for path in tmp_path.iterdir()] == ["heard.png"]


def test_a_minute_of_sound_becomes_one_column_for_each_pixel_at_most():
    minute = random.Random(1).randbytes(48_000 * 2 * 60)

    peaks, loudness = outlines(svg_of(sounds=[sound(minute, rate=48_000)]))

    assert 1_000 < len(peaks) // 2 == len(loudness) // 2 <= WIDTH_PX


def test_the_corners_are_transparent_so_that_a_dark_page_shows_through(tmp_path):
    draw(tmp_path / "heard.png", **TITLE, sounds=[], moments=[], figures=[])

    picture = pixels(tmp_path / "heard.png")

    corners = [picture[y, x, 3] for y in (0, -1) for x in (0, -1)]
    assert corners == [0, 0, 0, 0]
    assert picture[picture.shape[0] // 2, WIDTH_PX // 2, 3] == 255


def test_the_outline_follows_the_loudness():
    quiet, loud = noise(1_000), noise(20_000)

    peaks, loudness = outlines(svg_of(sounds=[sound(quiet + loud)]))

    for heights, ratio in ((thickness(peaks), 20), (thickness(loudness), 20)):
        half = len(heights) // 2
        before, after = heights[: half - 1], heights[half + 1 :]
        assert sum(after) / sum(before) == pytest.approx(ratio, rel=0.1)


def test_silence_between_words_is_flat():
    word = noise(20_000, seconds=0.5)

    peaks, loudness = outlines(svg_of(sounds=[sound(word + bytes(RATE_HZ) + word)]))

    for heights in (thickness(peaks), thickness(loudness)):
        third = len(heights) // 3
        assert max(heights[third + 2 : 2 * third - 2]) == 0
        assert min(heights[: third - 2]) > 10


def test_the_loudness_lies_within_the_peaks():
    peaks, loudness = outlines(svg_of(sounds=[sound(noise(9_000))]))

    assert all(
        inner <= outer for inner, outer in zip(thickness(loudness), thickness(peaks), strict=True)
    )


def test_sounds_share_one_scale_so_that_a_quieter_one_looks_quieter():
    loud, _, quiet, _ = outlines(svg_of(sounds=[sound(noise(20_000)), sound(noise(5_000))]))

    assert max(thickness(quiet)) / max(thickness(loud)) == pytest.approx(0.25, rel=0.05)


def test_faint_noise_is_not_blown_up_into_speech():
    peaks, _ = outlines(svg_of(sounds=[sound(noise(30))]))
    speech, _ = outlines(svg_of(sounds=[sound(noise(20_000))]))

    assert max(thickness(peaks)) < max(thickness(speech)) / 50


def test_clipped_sound_and_low_speech_fill_the_same_height():
    clipped, _ = outlines(svg_of(sounds=[sound(b"\xff\x7f\x00\x80" * 9_000)]))
    speech, _ = outlines(svg_of(sounds=[sound(noise(12_000))]))

    assert max(thickness(clipped)) == pytest.approx(max(thickness(speech)), rel=0.01)


def test_a_sound_stands_where_it_began_and_ended_on_the_clock():
    moments = [Moment(1_000, "Ben", "hears it"), Moment(2_000, "Ben", "has heard it")]
    root = svg_of(sounds=[sound(noise(9_000), starts_ms=1_000)], moments=moments)

    peaks, _ = outlines(root)
    began, ended = (float(dot.get("cx")) for dot in root.iter(f"{SVG}circle"))

    assert peaks[0][0] == pytest.approx(began, abs=1)
    assert peaks[len(peaks) // 2 - 1][0] == pytest.approx(ended, abs=1)


def test_what_people_wrote_is_text_and_never_markup():
    moments = [Moment(5, "A<n>n", '/say <script>alert("1 & 2")</script>')]

    root = svg_of(moments=moments, figures=[("<circle/>", "1 < 2")])

    assert {"A<n>n", "<circle/>", "1 < 2"} <= set(texts(root))
    assert any('<script>alert("1 & 2")</script>' in text for text in texts(root))
    assert list(root.iter(f"{SVG}script")) == []


def test_every_moment_is_told_with_its_time_to_the_millisecond():
    moments = [Moment(440.7, "Ben", "hears it"), Moment(438.2, "Qwen-TTS", "sends it")]

    told = [text.replace("\xa0", " ") for text in texts(svg_of(moments=moments))]

    assert {"0.441 s  hears it", "0.438 s  sends it"} <= set(told)


def test_actors_stand_in_the_order_in_which_they_first_act():
    moments = [Moment(30, "Ben", "c"), Moment(10, "Ann", "a"), Moment(20, "Oriole", "b")]

    told = lanes(moments, place=float, left=0, right=900)

    assert [lane.who for lane in told] == ["Ann", "Oriole", "Ben"]


@pytest.mark.parametrize("apart_ms", [0, 2, 40, 300, 2_000])
def test_no_label_covers_another_or_leaves_the_picture(apart_ms):
    moments = [Moment(nth * apart_ms, "Ann", f"/say {'word ' * nth}") for nth in range(14)]
    time = axis([], moments, left=180, right=916)

    (lane,) = lanes(moments, place=time.x, left=time.left, right=time.right)

    rows = [sorted(at.span for at in lane.labels if at.row == row) for row in range(lane.rows)]
    assert all(one[1] <= other[0] for row in rows for one, other in pairwise(row))
    assert all(start > 160 and end < 940 for row in rows for start, end in row)


def test_moments_far_apart_share_a_row():
    moments = [Moment(0, "Ann", "asks"), Moment(5_000, "Ann", "asks again")]
    time = axis([], moments, left=180, right=916)

    (lane,) = lanes(moments, place=time.x, left=180, right=916)

    assert lane.rows == 1


@pytest.mark.parametrize("length_ms", [1, 350, 5_000, 12_345, 30_000, 61_000, 3_600_000])
def test_the_axis_has_a_readable_number_of_different_round_ticks(length_ms):
    ticks = axis([], [Moment(length_ms, "Ann", "ends")], left=0, right=1).ticks()

    labels = [label for _, label in ticks]
    assert 3 <= len(labels) <= MAX_TICKS + 1
    assert len(set(labels)) == len(labels)
    assert [float(label.removesuffix(" s")) * 1000 for label in labels] == pytest.approx(
        [at_ms for at_ms, _ in ticks]
    )


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("/say 早上好, Ann", "/say …, Ann"),
        ("早上好 🙂👍 再见", "…"),
        ("two\n lines\t of\x00 it", "two lines of… it"),
        ("Zoe\u0308 says “hi” → ß", "Zoë says “hi” → ß"),
        ("", ""),
    ],
)
def test_what_the_font_cannot_draw_becomes_an_ellipsis(text, drawn):
    assert drawable(text) == drawn


def test_long_text_is_cut_to_the_room_it_has():
    text = "Good morning, everyone, how are you today?"

    short = cut(text, 13, 120)

    assert width(short, 13) <= 120 < width(text, 13)
    assert short.endswith("…")
    assert text.startswith(short.removesuffix("…"))


@pytest.mark.parametrize("text", ["packets, end-to-end encrypted, all of them", "Donau" * 30, ""])
def test_wrapped_lines_fit_into_their_room(text):
    lines = wrap(text, 13, 150, max_lines=2)

    assert 1 <= len(lines) <= 2
    assert all(width(line, 13) <= 150 for line in lines)


def test_the_width_is_never_less_than_what_is_drawn(tmp_path):
    title = "Spoken while it is still being made"
    draw(tmp_path / "a.png", title=title, subtitle="", sounds=[], moments=[], figures=[])
    draw(tmp_path / "b.png", title="", subtitle="", sounds=[], moments=[], figures=[])

    differing = (pixels(tmp_path / "a.png") != pixels(tmp_path / "b.png")).any(axis=(0, 2))

    drawn_px = (differing.nonzero()[0].max() - differing.nonzero()[0].min() + 1) / 2
    assert 0.95 * width(title, 27) <= drawn_px <= width(title, 27)


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES.keys())
def test_no_text_needs_a_font_of_the_machine(scene):
    written = set("".join("".join(texts(svg_of(**scene))).split()))

    assert {character for character in written if drawable(character) != character} == set()
