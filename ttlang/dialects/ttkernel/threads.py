"""The processors that run kernels."""

from __future__ import annotations

from xdsl.dialects.utils import EnumAttribute
from xdsl.ir import (
    SpacedOpaqueSyntaxAttribute,
)
from xdsl.irdl import (
    irdl_attr_definition,
)
from xdsl.utils.str_enum import StrEnum


class Thread(StrEnum):
    """Which processor runs a kernel, on which NOC."""

    COMPUTE = "compute"
    """The three TRISC processors."""
    READER = "reader"
    """NCRISC (RISCV_1), NOC 0."""
    WRITER = "writer"
    """BRISC (RISCV_0), NOC 1."""

    @property
    def noc(self) -> int:
        """The NOC of a data movement kernel."""
        assert self is not Thread.COMPUTE
        return 0 if self is Thread.READER else 1


@irdl_attr_definition
class ThreadAttr(EnumAttribute[Thread], SpacedOpaqueSyntaxAttribute):
    name = "ttkernel.thread"
