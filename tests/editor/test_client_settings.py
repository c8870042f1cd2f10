"""What clients say and set."""

from __future__ import annotations

from ttlang.editor.client_settings import ClientSettings, Hints
from ttlang.engine.protocol import Settings


def test_nobody_is_trusted_who_does_not_say_so() -> None:
    for options in (None, {}, [], {"trusted": "yes"}, {"settings": {"trusted": 1}}):
        assert not ClientSettings().of_initialization(options).trusted
    assert ClientSettings().of_initialization({"trusted": True}).trusted


def test_settings_beside_the_options_or_in_them() -> None:
    section = {"arch": "blackhole", "metalApi": "0.69", "hints": {"costs": False}, "sanitizer": False, "lenses": False}
    for options in ({"virtualDocuments": True, "settings": section}, {"virtualDocuments": True, **section}):
        found = ClientSettings().of_initialization(options)
        assert found.shows_texts
        assert found.engine == Settings("blackhole", "0.69", later_tiers=False)
        assert found.hints == Hints(blocks=True, costs=False, sizes=True)
        assert not found.lenses


def test_a_section_is_whole_but_for_trust_and_the_interpreter() -> None:
    before = ClientSettings().of_initialization({"trusted": True, "interpreter": "/py", "arch": "blackhole"})
    after = before.with_settings({"hints": False})
    assert after.trusted
    assert after.interpreter == "/py"
    assert after.engine == Settings()
    assert after.hints == Hints(False, False, False)


def test_what_can_not_be_is_told_and_left_out() -> None:
    found = ClientSettings().with_settings({"arch": "greyskull", "metalApi": 3, "hints": 7, "interpreter": 1})
    assert found.engine == Settings()
    assert found.unknown == (
        "ttlang.arch is 'greyskull', and not one of wormhole_b0, blackhole",
        "ttlang.metalApi is 3, and not one of 0.69, 0.81",
    )
