"""Operations that move elements, against torch."""

import numpy as np
import pytest
import torch

from ttlang import host as ttnn

SHAPE = (2, 33, 40)
VALUES = torch.arange(2 * 33 * 40, dtype=torch.int32).reshape(SHAPE)


@pytest.fixture(params=list(ttnn.Layout), ids=str)
def tensor(request):
    return ttnn.from_torch(VALUES, layout=request.param)


def same(result, expected):
    assert result.dtype is ttnn.int32
    assert result.shape == tuple(expected.shape)
    assert torch.equal(ttnn.to_torch(result), expected)


def test_slice(tensor):
    same(ttnn.slice(tensor, [0, 1, 2], [2, 30, 40]), VALUES[:, 1:30, 2:])
    same(ttnn.slice(tensor, (0, 0, 0), (1, -1, 40), (1, 4, 3)), VALUES[:1, :-1:4, ::3])
    same(ttnn.slice(tensor, slice_start=[1, 0, 0], slice_end=[1, 0, 0]), VALUES[1:1, :0, :0])
    for start, end, step in ([0, 0, 0], [3, 1, 1], None), ([0, 5, 0], [1, 4, 1], None), ([0] * 3, [1] * 3, [0, 1, 1]):
        with pytest.raises(ValueError, match=r"is no part of \[2, 33, 40\]"):
            ttnn.slice(tensor, start, end, step)
    with pytest.raises(ValueError, match="each dimension"):
        ttnn.slice(tensor, [0, 0], [1, 1])


def test_fill_implicit_tile_padding(tensor):
    filled = ttnn.fill_implicit_tile_padding(tensor, 7)
    same(filled, VALUES)
    if filled.layout is ttnn.TILE_LAYOUT:
        assert np.count_nonzero(filled.pages.view(np.int32) == 7) >= 2 * (64 * 64 - 33 * 40)


def test_index(tensor):
    same(tensor[0], VALUES[0])
    same(tensor[0, -1], VALUES[0, -1])
    same(tensor[..., 3:9], VALUES[..., 3:9])
    same(tensor[1, 2:30:7], VALUES[1, 2:30:7])
    same(tensor[1, 2, 3], VALUES[1, 2, 3])
    with pytest.raises(TypeError, match="indexed by ints"):
        tensor[[0, 1]]
    with pytest.raises(IndexError):
        tensor[2]


def test_pad(tensor):
    expected = torch.nn.functional.pad(VALUES, (0, 24, 3, 28), value=-5)
    same(ttnn.pad(tensor, padding=((0, 0), (3, 28), (0, 24)), value=-5), expected)
    same(ttnn.pad(tensor, [(3, 28), (0, 24)], -5), expected)
    same(ttnn.pad(tensor, [2, 64, 64], [0, 3, 0], -5), expected)
    for padding in (((0, 1),) * 4, ((0, -1),)):
        with pytest.raises(ValueError, match="does not pad"):
            ttnn.pad(tensor, padding, 0)
    with pytest.raises(ValueError, match="does not pad"):
        ttnn.pad(tensor, [2, 32, 64], [0, 0, 0], 0)
    with pytest.raises(ValueError, match="an entry for each dimension"):
        ttnn.pad(tensor, [64, 64], [0, 0], 0)


def test_pad_and_slice_as_the_guides_use_them():
    values = torch.randn(100, 50).bfloat16()
    tensor = ttnn.from_torch(values, layout=ttnn.TILE_LAYOUT)
    padded = ttnn.pad(tensor, padding=((0, 28), (0, 14)), value=0.0)
    assert padded.shape == padded.padded_shape == (128, 64)
    assert torch.equal(ttnn.to_torch(ttnn.slice(padded, [0, 0], [100, 50])), values)


def test_reshape(tensor):
    same(ttnn.reshape(tensor, (33, 80)), VALUES.reshape(33, 80))
    same(ttnn.reshape(tensor, ttnn.Shape([66, 40])), VALUES.reshape(66, 40))
    same(ttnn.reshape(tensor, (-1, 8)), VALUES.reshape(-1, 8))
    same(tensor.reshape(2, 1320), VALUES.reshape(2, 1320))
    same(tensor.reshape([2, -1]), VALUES.reshape(2, -1))
    same(tensor.reshape(-1), VALUES.reshape(-1))
    assert ttnn.reshape(tensor, (66, 40), memory_config=ttnn.L1_MEMORY_CONFIG).memory_config().interleaved
    with pytest.raises(ValueError, match=r"\[2, 33, 40\] cannot have the shape \[7, 7\]"):
        ttnn.reshape(tensor, (7, 7))


def test_permute_and_transpose(tensor):
    same(ttnn.permute(tensor, (2, 0, 1)), VALUES.permute(2, 0, 1))
    same(ttnn.permute(tensor, (-1, 0, 1)), VALUES.permute(2, 0, 1))
    same(ttnn.transpose(tensor, -2, -1), VALUES.transpose(-2, -1))
    same(ttnn.transpose(tensor, 0, 2), VALUES.transpose(0, 2))
    for dims in ((0, 1), (0, 1, 1), (0, 1, 3)):
        with pytest.raises(ValueError, match="each of 3 dimensions once"):
            ttnn.permute(tensor, dims)
    with pytest.raises(ValueError, match="no dimension 3"):
        ttnn.transpose(tensor, 0, 3)


def test_concat_split_stack(tensor):
    same(ttnn.concat([tensor, tensor], dim=-1), torch.cat([VALUES, VALUES], -1))
    same(ttnn.stack([tensor, tensor], 1), torch.stack([VALUES, VALUES], 1))
    for parts, expected in (
        (ttnn.split(tensor, 16, dim=1), VALUES.split(16, 1)),
        (ttnn.split(tensor, [10, 30], 2), VALUES.split([10, 30], 2)),
        (ttnn.chunk(tensor, 4, 2), VALUES.chunk(4, 2)),
        (ttnn.chunk(tensor, 4, 1), VALUES.chunk(4, 1)),
    ):
        assert len(parts) == len(expected)
        for part, piece in zip(parts, expected, strict=True):
            same(part, piece)
    with pytest.raises(ValueError, match="other dimensions"):
        ttnn.concat([tensor, ttnn.transpose(tensor, 1, 2)], 0)
    with pytest.raises(ValueError, match="needs a tensor"):
        ttnn.concat([])
    with pytest.raises(ValueError, match="do not make 40"):
        ttnn.split(tensor, [10, 20], 2)
    with pytest.raises(ValueError, match="one element or more"):
        ttnn.split(tensor, 0)


def test_repeat_and_expand(tensor):
    same(ttnn.repeat(tensor, (1, 2, 3)), VALUES.repeat(1, 2, 3))
    one = tensor[:, :1]
    same(ttnn.expand(one, (2, 7, 40)), VALUES[:, :1].expand(2, 7, 40))
    same(ttnn.expand(one, (5, -1, 7, 40)), VALUES[:, :1].expand(5, -1, 7, 40))
    with pytest.raises(ValueError, match="each dimension"):
        ttnn.repeat(tensor, (2,))
    with pytest.raises(ValueError, match="does not become"):
        ttnn.expand(tensor, (4, 33, 40))


def test_dimensions_of_one(tensor):
    one = ttnn.unsqueeze(tensor, 1)
    same(one, VALUES.unsqueeze(1))
    same(ttnn.unsqueeze(tensor, -1), VALUES.unsqueeze(-1))
    same(ttnn.squeeze(one), VALUES)
    same(ttnn.squeeze(one, 1), VALUES)
    same(ttnn.squeeze(one, [0, 1]), VALUES)
    same(ttnn.squeeze(one, 0), VALUES.unsqueeze(1))
    same(ttnn.unsqueeze_to_4D(tensor), VALUES[None])
    with pytest.raises(ValueError, match="no place"):
        ttnn.unsqueeze(tensor, 5)
    with pytest.raises(ValueError, match="no dimension"):
        ttnn.squeeze(tensor, 3)


def test_block_formats_move_without_loss_where_their_blocks_stay():
    values = torch.from_numpy(np.random.default_rng(0).standard_normal((64, 64)).astype(np.float32))
    tensor = ttnn.from_torch(values, ttnn.bfloat8_b)
    rounded = ttnn.to_torch(tensor)
    assert torch.equal(ttnn.to_torch(ttnn.concat([tensor, tensor], 0)), torch.cat([rounded, rounded]))
    assert torch.equal(ttnn.to_torch(tensor[7:40, 16:48]), rounded[7:40, 16:48])


def test_embedding():
    weight = torch.arange(40, dtype=torch.float32).reshape(10, 4)
    indices = torch.tensor([[3, 0, 9], [1, 1, 2]], dtype=torch.int32)
    found = ttnn.embedding(ttnn.from_torch(indices, ttnn.uint32), ttnn.from_torch(weight, layout=ttnn.TILE_LAYOUT))
    assert torch.equal(ttnn.to_torch(found), weight[indices.long()])
    assert found.layout is ttnn.TILE_LAYOUT
    in_rows = ttnn.embedding(
        ttnn.from_torch(indices, ttnn.uint32),
        ttnn.from_torch(weight[None, None]),
        dtype=ttnn.bfloat16,
        layout=ttnn.ROW_MAJOR_LAYOUT,
    )
    assert (in_rows.shape, in_rows.dtype) == ([2, 3, 4], ttnn.bfloat16)
    with pytest.raises(ValueError, match="indices from 10 to 10, and the weight has 10 rows"):
        ttnn.embedding(ttnn.from_torch(torch.tensor([10]), ttnn.uint32), ttnn.from_torch(weight))


def test_upsample():
    image = torch.arange(12, dtype=torch.float32).reshape(1, 2, 2, 3)
    larger = ttnn.to_torch(ttnn.upsample(ttnn.from_torch(image), (2, 3)))
    assert torch.equal(larger, image.repeat_interleave(2, 1).repeat_interleave(3, 2))
    assert ttnn.upsample(ttnn.from_torch(image), 2).shape == [1, 4, 4, 3]
    for wrong, mode in ((image[0], "nearest"), (image, "bilinear")):
        with pytest.raises(ValueError, match=r"takes \(N, H, W, C\)"):
            ttnn.upsample(ttnn.from_torch(wrong), 2, mode=mode)
