"""What tests need that a machine may lack: they are skipped there, with the reason."""

from __future__ import annotations

import shutil
from functools import cache

import pytest

from ttlang.tools import headers


def need_tools(*programs: str) -> None:
    """Programs of the system."""
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


@cache
def lacking_headers(version: str) -> str:
    """Why the kernel headers of a release of ttnn can not be used; empty where they can."""
    if shutil.which("g++") is None:
        return "g++ is not installed"
    try:
        headers.fetch_headers(version)
    except RuntimeError as error:
        return f"the headers of ttnn {version} can't be had: {error}"
    return ""


def need_headers(version: str) -> str:
    """A C++ compiler and the kernel headers of a release of ttnn, whose version it returns."""
    if reason := lacking_headers(version):
        pytest.skip(reason)
    return version
