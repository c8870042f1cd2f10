"""Headers that kernels in C++ are compiled with lie in the cache, where other processes make room at times."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

import ttlang.host as ttnn
from tests.backends.native.handwritten_programs import COPY, READ, TWOS, WRITE, parts, run


def test_they_are_made_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TTLANG_CACHE", str(tmp_path))
    device = ttnn.open_device(device_id=0)
    for turn in range(2):
        texts = [f"{text}// {tmp_path}, {turn}\n" for text in (READ, COPY, WRITE)]
        assert torch.equal(run(*parts(*texts, device)), TWOS.bfloat16())
        folders = list((tmp_path / "native").glob("include_*"))
        assert folders
        for folder in folders:
            shutil.rmtree(folder)
