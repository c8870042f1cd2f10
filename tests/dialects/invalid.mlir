// RUN: ttlang-opt %s --verify-diagnostics --parsing-diagnostics --split-input-file | filecheck %s

// CHECK: 'bf17' is not a data format
builtin.module attributes {a = !ttcore.tile<32x32, bf17>} {
}

// -----

// CHECK: {{^// -+$}}
// CHECK: tiles are 32x32
builtin.module attributes {a = !ttcore.tile<16x32, bf16>} {
}

// -----

// CHECK: {{^// -+$}}
// CHECK: a shape has one or more positive sizes
builtin.module attributes {a = !ttcore.tensor<[8, 0], !ttcore.tile<32x32, bf16>, dram>} {
}

// -----

// CHECK: {{^// -+$}}
// CHECK: Unexpected attribute i32
builtin.module attributes {a = !ttcore.tensor<[8, 8], i32, dram>} {
}

// -----

// CHECK: {{^// -+$}}
// CHECK: a shape has one or more positive sizes
builtin.module attributes {a = !ttl.block<[], !ttcore.tile<32x32, bf16>>} {
}

// -----

// CHECK: {{^// -+$}}
// CHECK: a shape has one or more positive sizes
builtin.module attributes {a = !ttl.slice<[2, 0], !ttcore.tile<32x32, bf16>>} {
}

// -----

// CHECK: {{^// -+$}}
// CHECK: a circular buffer holds at least one block
builtin.module attributes {a = !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 0>} {
}

// -----

// CHECK: {{^// -+$}}
// CHECK: a grid has one or more positive sizes
ttl.kernel @k grid [2, 0] on "wormhole_b0" {
^bb0:
}

// -----

// CHECK: {{^// -+$}}
// CHECK: 'ttl.create_cb' expects parent op 'ttl.kernel'
%a = ttl.create_cb "a" : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 2>

// -----

// CHECK: {{^// -+$}}
// CHECK: 'ttl.compute_thread' expects parent op 'ttl.kernel'
ttl.compute_thread @compute {
^bb0:
}

// -----

// CHECK: {{^// -+$}}
// CHECK: the block has the buffer's shape and element
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  %cb = ttl.create_cb "a" : !ttl.cb<[1, 2], !ttcore.tile<32x32, bf16>, 2>
  ttl.compute_thread @compute {
    %a = ttl.cb_wait %cb : !ttl.cb<[1, 2], !ttcore.tile<32x32, bf16>, 2> -> !ttl.block<[2, 1], !ttcore.tile<32x32, bf16>>
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: the block has the buffer's shape and element
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  %cb = ttl.create_cb "a" : !ttl.cb<[1, 2], !ttcore.tile<32x32, bf16>, 2>
  ttl.compute_thread @compute {
    %a = ttl.cb_reserve %cb : !ttl.cb<[1, 2], !ttcore.tile<32x32, bf16>, 2> -> !ttl.block<[1, 2], !ttcore.tile<32x32, f32>>
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: a slice has an offset and a size for each dimension of its tensor
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !ttcore.tensor<[8, 8], !ttcore.tile<32x32, bf16>, dram>
  ttl.datamovement_thread @read {
    %zero = arith.constant 0 : i32
    %s = ttl.tensor_slice %x[%zero] : !ttcore.tensor<[8, 8], !ttcore.tile<32x32, bf16>, dram> -> !ttl.slice<[1, 1], !ttcore.tile<32x32, bf16>>
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: a slice has the element of its tensor
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !ttcore.tensor<[8, 8], !ttcore.tile<32x32, bf16>, dram>
  ttl.datamovement_thread @read {
    %zero = arith.constant 0 : i32
    %s = ttl.tensor_slice %x[%zero, %zero] : !ttcore.tensor<[8, 8], !ttcore.tile<32x32, bf16>, dram> -> !ttl.slice<[1, 1], !ttcore.tile<32x32, f32>>
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: a copy joins a block and a slice or a pipe
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  %cb = ttl.create_cb "a" : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 2>
  ttl.datamovement_thread @move {
    %a = ttl.cb_wait %cb : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 2> -> !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>
    %h = ttl.copy %a to %a : !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>> to !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>> -> !ttl.transfer_handle<read>
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: source and destination have one shape and one element
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !ttcore.tensor<[8, 8], !ttcore.tile<32x32, bf16>, dram>
  %cb = ttl.create_cb "a" : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 2>
  ttl.datamovement_thread @move {
    %zero = arith.constant 0 : i32
    %s = ttl.tensor_slice %x[%zero, %zero] : !ttcore.tensor<[8, 8], !ttcore.tile<32x32, bf16>, dram> -> !ttl.slice<[1, 2], !ttcore.tile<32x32, bf16>>
    %a = ttl.cb_reserve %cb : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 2> -> !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>
    %h = ttl.copy %s to %a : !ttl.slice<[1, 2], !ttcore.tile<32x32, bf16>> to !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>> -> !ttl.transfer_handle<read>
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: this copy is a read
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !ttcore.tensor<[8, 8], !ttcore.tile<32x32, bf16>, dram>
  %cb = ttl.create_cb "a" : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 2>
  ttl.datamovement_thread @move {
    %zero = arith.constant 0 : i32
    %s = ttl.tensor_slice %x[%zero, %zero] : !ttcore.tensor<[8, 8], !ttcore.tile<32x32, bf16>, dram> -> !ttl.slice<[1, 1], !ttcore.tile<32x32, bf16>>
    %a = ttl.cb_reserve %cb : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 2> -> !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>
    %h = ttl.copy %s to %a : !ttl.slice<[1, 1], !ttcore.tile<32x32, bf16>> to !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>> -> !ttl.transfer_handle<write>
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: takes 2 operands
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  ttl.compute_thread @compute {
    %a = ttl.fill [1.0] : () -> !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>
    %b = ttl.add %a : (!ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>) -> !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: takes 1 parameters
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  ttl.compute_thread @compute {
    %a = ttl.fill : () -> !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: operands and result are all blocks or all tiles
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  ttl.compute_thread @compute {
    %a = ttl.fill [1.0] : () -> !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>
    %b = ttl.exp %a : (!ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>) -> !ttcore.tile<32x32, bf16>
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: operands and result have one shape
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  ttl.compute_thread @compute {
    %a = ttl.fill [1.0] : () -> !ttl.block<[1, 2], !ttcore.tile<32x32, bf16>>
    %b = ttl.exp %a : (!ttl.block<[1, 2], !ttcore.tile<32x32, bf16>>) -> !ttl.block<[2, 1], !ttcore.tile<32x32, bf16>>
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: operands and result have one shape
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  ttl.compute_thread @compute {
    %a = ttl.fill [1.0] : () -> !ttl.block<[1, 2], !ttcore.tile<32x32, bf16>>
    %b = ttl.typecast %a : !ttl.block<[1, 2], !ttcore.tile<32x32, bf16>> to !ttl.block<[2, 1], !ttcore.tile<32x32, f32>>
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: the value has the shape of the block it is stored in
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  %cb = ttl.create_cb "a" : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 2>
  ttl.compute_thread @compute {
    %a = ttl.fill [1.0] : () -> !ttl.block<[1, 2], !ttcore.tile<32x32, bf16>>
    %o = ttl.cb_reserve %cb : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 2> -> !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>
    ttl.store %a, %o : !ttl.block<[1, 2], !ttcore.tile<32x32, bf16>>, !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: inputs and outputs have one shape
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  %a_cb = ttl.create_cb "a" : !ttl.cb<[1, 2], !ttcore.tile<32x32, bf16>, 2>
  %o_cb = ttl.create_cb "o" : !ttl.cb<[2, 1], !ttcore.tile<32x32, bf16>, 2>
  ttl.compute_thread @compute {
    %a = ttl.cb_wait %a_cb : !ttl.cb<[1, 2], !ttcore.tile<32x32, bf16>, 2> -> !ttl.block<[1, 2], !ttcore.tile<32x32, bf16>>
    %o = ttl.cb_reserve %o_cb : !ttl.cb<[2, 1], !ttcore.tile<32x32, bf16>, 2> -> !ttl.block<[2, 1], !ttcore.tile<32x32, bf16>>
    ttl.compute ins(%a : !ttl.block<[1, 2], !ttcore.tile<32x32, bf16>>) outs(%o : !ttl.block<[2, 1], !ttcore.tile<32x32, bf16>>) {
    ^bb0(%t: !ttcore.tile<32x32, bf16>):
      ttl.yield %t : !ttcore.tile<32x32, bf16>
    }
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: the body has an argument for the tile of each input
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  %a_cb = ttl.create_cb "a" : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 2>
  ttl.compute_thread @compute {
    %a = ttl.cb_wait %a_cb : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 2> -> !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>
    ttl.compute ins(%a : !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>) outs(%a : !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>) {
    ^bb0(%t: !ttcore.tile<32x32, f32>):
      ttl.yield %t : !ttcore.tile<32x32, f32>
    }
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: the body yields a tile for each output
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  %a_cb = ttl.create_cb "a" : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 2>
  ttl.compute_thread @compute {
    %a = ttl.cb_wait %a_cb : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 2> -> !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>
    ttl.compute ins(%a : !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>) outs(%a : !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>) {
    ^bb0(%t: !ttcore.tile<32x32, bf16>):
      ttl.yield %t, %t : !ttcore.tile<32x32, bf16>, !ttcore.tile<32x32, bf16>
    }
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: 'ttkernel.kernel' expects parent op 'ttkernel.program'
ttkernel.kernel @k on reader {
^bb0:
}

// -----

// CHECK: {{^// -+$}}
// CHECK: Redefinition of symbol "x"
ttkernel.program @k grid [1, 1] on "wormhole_b0" {
  ttkernel.tensor @x at 0 : <[8, 8], !ttcore.tile<32x32, bf16>, dram>
  ttkernel.circular_buffer @x 0 pages 1 of <32x32, bf16> at 0
}

// -----

// CHECK: {{^// -+$}}
// CHECK: every per-core argument has values
ttkernel.program @k grid [1, 1] on "wormhole_b0" {
  ttkernel.kernel @read on reader attributes {core_args = ["n"]} {
  ^bb0:
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: takes 1 DST slots
ttkernel.program @k grid [1, 1] on "wormhole_b0" {
  ttkernel.kernel @compute on compute {
    %i = arith.constant 0 : i32
    ttkernel.exp_tile(%i, %i)
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: takes 3 DST slots
ttkernel.program @k grid [1, 1] on "wormhole_b0" {
  ttkernel.kernel @compute on compute {
    %i = arith.constant 0 : i32
    ttkernel.div_binary_tile(%i, %i)
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: takes 2 parameters
ttkernel.program @k grid [1, 1] on "wormhole_b0" {
  ttkernel.kernel @compute on compute {
    %i = arith.constant 0 : i32
    ttkernel.clamp_tile(%i) [1.0]
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: a shard has a positive number of rows and of columns
builtin.module attributes {a = #ttcore.shards<height, [1, 0], row_major, [0, 0, 1, 0]>} {
}

// -----

// CHECK: {{^// -+$}}
// CHECK: a range of cores has four corners
builtin.module attributes {a = #ttcore.shards<height, [1, 1], row_major, [0, 0, 1]>} {
}

// -----

// CHECK: {{^// -+$}}
// CHECK: only a sharded tensor has shards
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !ttcore.tensor<[8, 8], !ttcore.tile<32x32, bf16>, dram>
  ttl.datamovement_thread @read {
    %zero = arith.constant 0 : i32
    %s = ttl.tensor_shard %x[%zero] : !ttcore.tensor<[8, 8], !ttcore.tile<32x32, bf16>, dram> -> !ttl.slice<[1, 1], !ttcore.tile<32x32, bf16>>
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: a shard has the shard shape and the element of its tensor
!tensor = !ttcore.tensor<[8, 8], !ttcore.tile<32x32, bf16>, l1, #ttcore.shards<height, [2, 8], row_major, [0, 0, 3, 0]>>
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !tensor
  ttl.datamovement_thread @read {
    %zero = arith.constant 0 : i32
    %s = ttl.tensor_shard %x[%zero] : !tensor -> !ttl.slice<[1, 1], !ttcore.tile<32x32, bf16>>
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: 'bfp_bf8' exists in tiles only
builtin.module attributes {a = !ttcore.scalar<bfp_bf8>} {
}

// -----

// CHECK: {{^// -+$}}
// CHECK: a change of layout joins a row-major and a tiled block
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  %a_cb = ttl.create_cb "a_cb" : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 1>
  ttl.compute_thread @compute {
    %a = ttl.cb_wait %a_cb : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 1> -> !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>
    ttl.tilize %a to %a : !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>> to !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: both blocks have the same elements
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  %a_cb = ttl.create_cb "a_cb" : !ttl.cb<[32, 32], !ttcore.scalar<bf16>, 1>
  %b_cb = ttl.create_cb "b_cb" : !ttl.cb<[1, 2], !ttcore.tile<32x32, bf16>, 1>
  ttl.compute_thread @compute {
    %a = ttl.cb_wait %a_cb : !ttl.cb<[32, 32], !ttcore.scalar<bf16>, 1> -> !ttl.block<[32, 32], !ttcore.scalar<bf16>>
    %b = ttl.cb_reserve %b_cb : !ttl.cb<[1, 2], !ttcore.tile<32x32, bf16>, 1> -> !ttl.block<[1, 2], !ttcore.tile<32x32, bf16>>
    ttl.tilize %a to %b : !ttl.block<[32, 32], !ttcore.scalar<bf16>> to !ttl.block<[1, 2], !ttcore.tile<32x32, bf16>>
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: has 2 places for numbers, and 1 are given
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  ttl.datamovement_thread @read {
    %a = arith.constant 1 : i32
    ttl.print "{} {}", %a : i32
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: asks for more
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  ttl.datamovement_thread @read {
    %a = arith.constant 1 : i32
    ttl.print "{:x}", %a : i32
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: a truth value is printed as wide as it is
ttkernel.program @k grid [1, 1] on "wormhole_b0" {
  ttkernel.kernel @read on reader {
    %a = arith.constant true
    ttkernel.dprint("{:4}", %a : i1)
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: a text has numbers of i32 and i1 in it
ttkernel.program @k grid [1, 1] on "wormhole_b0" {
  ttkernel.kernel @read on reader {
    %a = arith.constant 1 : i64
    %p = arith.constant true
    ttkernel.assert(%p, "{}", %a : i64)
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: the region has no end in its block
ttkernel.program @k grid [1, 1] on "wormhole_b0" {
  ttkernel.kernel @read on reader {
    ttkernel.signpost_begin "load"
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: computes whole tiles
ttkernel.program @k grid [1, 1] on "wormhole_b0" {
  ttkernel.kernel @compute on compute {
    %i = arith.constant 0 : i32
    ttkernel.log_tile(%i) {vector_mode = "c"}
  }
}

// -----

// CHECK: {{^// -+$}}
// CHECK: vector_mode is one of r, c
ttkernel.program @k grid [1, 1] on "wormhole_b0" {
  ttkernel.kernel @compute on compute {
    %i = arith.constant 0 : i32
    ttkernel.exp_tile(%i) {vector_mode = "rc"}
  }
}
