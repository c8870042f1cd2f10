"""
A device without a card: it hands out addresses in DRAM and L1 and answers what scripts ask of its chip. The chip is
the one that `TTLANG_ARCH` names.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Generator
from contextlib import contextmanager

from ttlang.host.cores import CoreCoord, CoreGrid
from ttlang.host.memory import BufferType
from ttlang.host.mesh_shape import MeshShape
from ttlang.host.page_banks import Placement, place
from ttlang.host.spec import TensorSpec
from ttlang.host.types import NamedEnum
from ttlang.settings import variables
from ttlang.tables import chips
from ttlang.tables.chips import DEFAULT_CHIP, Chip, find_chip

__all__ = [
    "Arch",
    "Device",
    "GetDefaultDevice",
    "GetNumAvailableDevices",
    "MeshDevice",
    "SetDefaultDevice",
    "close_device",
    "close_mesh_device",
    "create_mesh_device",
    "get_arch_name",
    "get_device_ids",
    "get_dram_alignment",
    "get_l1_alignment",
    "get_num_devices",
    "manage_device",
    "open_device",
    "open_mesh_device",
    "selected_chip",
    "synchronize_device",
]


_DRAM_BASE = 1 << 20
"""Address of the first DRAM buffer: not 0, so that an address that was never passed on shows."""


class Arch(NamedEnum):
    """The chips, under ttnn's names; a member's value is its record."""

    WORMHOLE_B0 = chips.WORMHOLE_B0
    BLACKHOLE = chips.BLACKHOLE


def selected_chip() -> Chip:
    """The chip that devices have: that of `TTLANG_ARCH`, else the default. Raises a TTL0009 for an unknown name."""
    return find_chip(variables.ARCH.get(DEFAULT_CHIP.name))


class _Space:
    """
    Addresses of one kind of memory. All banks are filled in lockstep: a buffer takes the same addresses on each,
    used there or not.
    """

    def __init__(self, base: int, end: int | None, alignment: int) -> None:
        self._base, self._end, self._alignment = base, end, alignment
        self._live: list[tuple[int, int]] = []

    def allocate(self, size: int) -> int | None:
        """The address of `size` free bytes, lowest first; where the memory has an end, highest first. None: full."""
        size = max(-(-size // self._alignment), 1) * self._alignment
        address = self._lowest(size) if self._end is None else self._highest(size, self._end)
        if address is not None:
            insort(self._live, (address, address + size))
        return address

    def free(self, address: int) -> None:
        self._live = [span for span in self._live if span[0] != address]

    def clear(self) -> None:
        self._live.clear()

    @property
    def lowest_live(self) -> int | None:
        return self._live[0][0] if self._live else None

    def _lowest(self, size: int) -> int:
        address = self._base
        for start, end in self._live:
            if start - address >= size:
                break
            address = end
        return address

    def _highest(self, size: int, top: int) -> int | None:
        for start, end in reversed(self._live):
            if top - end >= size:
                break
            top = start
        address = (top - size) // self._alignment * self._alignment
        return address if address >= self._base else None


class Device:
    """
    An open device: a chip, or a mesh of chips that are all alike. Tensors on it are usable until it is closed. On a
    mesh a buffer has the same address on each chip; `device_id` is the first chip's.
    """

    def __init__(self, device_id: int, chip: Chip, shape: MeshShape | None = None) -> None:
        self.chip = chip
        self.shape = shape or MeshShape(1, 1)
        self.is_open = True
        self._id = device_id
        self._openers = 1
        # L1 is aligned as DRAM is: what is read from DRAM must lie so.
        alignment = chip.dram_alignment
        l1_end = chip.l1_buffer_base + chip.l1_budget
        self._spaces = {
            BufferType.DRAM: _Space(_DRAM_BASE, None, alignment),
            BufferType.L1: _Space(chip.l1_buffer_base, l1_end, alignment),
        }
        self._l1_end = l1_end

    def id(self) -> int:
        return self._id

    def arch(self) -> Arch:
        return Arch(self.chip)

    @property
    def core_grid(self) -> CoreGrid:
        columns, rows = self.chip.grid
        return CoreGrid(x=columns, y=rows)

    def compute_with_storage_grid_size(self) -> CoreCoord:
        """Columns and rows of cores that a program can use."""
        return CoreCoord(*self.chip.grid)

    def dram_grid_size(self) -> CoreCoord:
        """DRAM banks, as a row."""
        return CoreCoord(self.chip.dram_banks, 1)

    def l1_size_per_core(self) -> int:
        """Bytes of L1 of a core, those that buffers cannot use included."""
        return self.chip.l1_bytes

    def worker_core_from_logical_core(self, core: CoreCoord) -> CoreCoord:
        """The NOC coordinate of a core."""
        chip = self.chip
        return CoreCoord(chip.column_to_virtual[core.x], chip.row_to_virtual[core.y])

    @property
    def num_chips(self) -> int:
        return self.shape.mesh_size()

    def get_num_devices(self) -> int:
        """The number of its chips."""
        return self.num_chips

    def get_device_ids(self) -> list[int]:
        """The numbers of its chips."""
        return [self._id + number for number in range(self.num_chips)]

    def enable_program_cache(self) -> None:
        """Nothing to do: compiled kernels are always kept."""

    def disable_and_clear_program_cache(self) -> None:
        """Nothing to do: compiled kernels belong to the kernel, not to the device."""

    def l1_bytes_in_use(self) -> int:
        """
        Bytes of every core's L1 that tensors take from circular buffers. Tensors are laid from the top of L1 downwards
        and at the same addresses on all cores, so this counts from the lowest of them, gaps included.
        """
        lowest = self._spaces[BufferType.L1].lowest_live
        return 0 if lowest is None else self._l1_end - lowest

    def allocate(self, spec: TensorSpec) -> int:
        """The address of a new buffer. A ValueError if the spec does not suit the chip, a MemoryError if L1 is full."""
        self.check_open()
        size = self.place(spec).bytes_per_bank
        address = self._spaces[spec.memory_config.buffer_type].allocate(size)
        if address is None:
            raise MemoryError(
                f"L1 is full: a tensor of {list(spec.shape)} in {spec.row} needs {size} bytes on "
                f"each core, and of {self.chip.l1_budget} other tensors hold {self.l1_bytes_in_use()}; put it "
                "into DRAM (memory_config=DRAM_MEMORY_CONFIG) or deallocate others"
            )
        return address

    def place(self, spec: TensorSpec) -> Placement:
        """Which bank of this chip each page of a tensor lies in, and where. A ValueError if it does not suit it."""
        return place(spec, self.chip)

    def free(self, address: int, kind: BufferType) -> None:
        self._spaces[kind].free(address)

    def check_open(self) -> None:
        """A RuntimeError if the device has been closed."""
        if not self.is_open:
            raise RuntimeError(f"device {self._id} is closed; open_device gives a new one")

    def reopen(self) -> Device:
        """This device for one more opener."""
        self._openers += 1
        return self

    def close(self) -> None:
        """Once all that opened the device have closed it, it gives up its buffers. Closing it again does nothing."""
        self._openers -= 1
        if self._openers > 0:
            return
        self.is_open = False
        for space in self._spaces.values():
            space.clear()
        if _open.get(self._id) is self:
            del _open[self._id]
        if GetDefaultDevice() is self:
            SetDefaultDevice(None)

    def __repr__(self) -> str:
        state = "" if self.is_open else ", closed"
        mesh = "" if self.num_chips == 1 else f", mesh={'x'.join(map(str, self.shape))}"
        return f"Device(id={self._id}, arch={self.chip.name}{mesh}{state})"


MeshDevice = Device
"""As in ttnn, a device is a mesh, of one chip."""

_open: dict[int, Device] = {}
_default: list[Device] = []


def open_device(
    device_id: int = 0,
    *,
    l1_small_size: object = None,
    trace_region_size: object = None,
    num_command_queues: object = None,
    dispatch_core_config: object = None,
    worker_l1_size: object = None,
) -> Device:
    """
    The device of that number; if it is open already, the same one, which then stays open until it is closed as often.
    The settings of a real device have no effect. A RuntimeError if the device is open as another chip.
    """
    if device_id < 0:
        raise ValueError(f"device ids count from 0; this is {device_id}")
    chip = selected_chip()
    device = _open.get(device_id)
    if device is None:
        return _open.setdefault(device_id, Device(device_id, chip))
    if device.chip is not chip:
        raise RuntimeError(f"device {device_id} is open as {device.chip.title}; close it to open {chip.title}")
    return device.reopen()


def close_device(device: Device) -> None:
    """Closes a device; its tensors can no longer be read."""
    device.close()


def open_mesh_device(
    mesh_shape: MeshShape | None = None,
    *,
    l1_small_size: object = None,
    trace_region_size: object = None,
    num_command_queues: object = None,
    dispatch_core_config: object = None,
    offset: object = None,
    physical_device_ids: object = None,
    worker_l1_size: object = None,
) -> Device:
    """
    A mesh of chips, by default of all in a row. The settings of a real one have no effect. A RuntimeError if there are
    fewer chips (`GetNumAvailableDevices`).
    """
    there = GetNumAvailableDevices()
    shape = MeshShape(1, there) if mesh_shape is None else MeshShape(mesh_shape)
    if shape.mesh_size() > there:
        raise RuntimeError(
            f"a mesh of {shape.mesh_size()} chips is more than there are, {there}: {variables.DEVICES.name} says how "
            "many are simulated"
        )
    return Device(0, selected_chip(), shape)


def close_mesh_device(mesh_device: Device) -> None:
    """`close_device`."""
    close_device(mesh_device)


@contextmanager
def create_mesh_device(mesh_shape: MeshShape | None = None, **settings: object) -> Generator[Device]:
    """A mesh of chips for the length of a `with` block."""
    device = open_mesh_device(mesh_shape, **settings)
    try:
        yield device
    finally:
        close_device(device)


@contextmanager
def manage_device(device_id: int = 0) -> Generator[Device]:
    """A device for the length of a `with` block."""
    device = open_device(device_id)
    try:
        yield device
    finally:
        close_device(device)


def synchronize_device(device: Device, *_: object, **__: object) -> None:
    """Everything here is done when its call returns; this checks that the device is open."""
    device.check_open()


def GetDefaultDevice() -> Device | None:
    """The device that `SetDefaultDevice` named."""
    return _default[-1] if _default else None


def SetDefaultDevice(device: Device | None) -> None:
    _default[:] = [] if device is None else [device]


def GetNumAvailableDevices() -> int:
    """How many chips there are: as many as `TTLANG_DEVICES` says, by default 4."""
    return int(variables.DEVICES.get("4"))


def get_num_devices() -> int:
    """`GetNumAvailableDevices`."""
    return GetNumAvailableDevices()


def get_device_ids() -> list[int]:
    """The numbers of all chips."""
    return list(range(GetNumAvailableDevices()))


def get_arch_name() -> str:
    return selected_chip().name


def is_wormhole_b0(device: Device | None = None) -> bool:
    return _chip_of(device) is Arch.WORMHOLE_B0.value


def is_blackhole(device: Device | None = None) -> bool:
    return _chip_of(device) is Arch.BLACKHOLE.value


def get_dram_alignment() -> int:
    return selected_chip().dram_alignment


def get_l1_alignment() -> int:
    return selected_chip().l1_alignment


def _chip_of(device: Device | None) -> Chip:
    return device.chip if device else selected_chip()
