// RUN: ttlang-opt %s -p ttkernel-hoist-accumulation | filecheck %s

// The packer replaces again behind the inner loop: all that it packs comes behind a setting of the turn. A turn of the outer
// one has none of its own.
// CHECK-LABEL: ttkernel.program @nested
ttkernel.program @nested grid [1, 1] on "wormhole_b0" {
  ttkernel.circular_buffer @a_cb 0 pages 8 of <32x32, f32> at 0
  ttkernel.kernel @compute on compute {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %two = arith.constant 2 : i32
    // CHECK: scf.for %i
    scf.for %i = %zero to %two step %one : i32 {
      // CHECK-NEXT: scf.for %j
      scf.for %j = %zero to %two step %one : i32 {
        // CHECK-NEXT: ttkernel.pack_reconfig_l1_acc to @a_cb(%j)
        ttkernel.pack_reconfig_l1_acc to @a_cb(%j)
        // CHECK-NEXT: ttkernel.pack_tile(
        ttkernel.pack_tile(%zero, @a_cb)
        ttkernel.pack_reconfig_l1_acc(%zero)
        // CHECK-NEXT: }
      }
      // CHECK-NEXT: [[ZERO:%[a-z0-9]+]] = arith.constant 0
      // CHECK-NEXT: ttkernel.pack_reconfig_l1_acc([[ZERO]])
      // CHECK-NEXT: }
    }
  }
}

// Where a turn packs something else, before or after, it stays.
// CHECK-LABEL: ttkernel.program @other_packs
ttkernel.program @other_packs grid [1, 1] on "wormhole_b0" {
  ttkernel.circular_buffer @a_cb 0 pages 8 of <32x32, f32> at 0
  ttkernel.kernel @compute on compute {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %two = arith.constant 2 : i32
    scf.for %i = %zero to %two step %one : i32 {
      // CHECK: ttkernel.pack_tile(
      ttkernel.pack_tile(%zero, @a_cb)
      // CHECK-NEXT: ttkernel.pack_reconfig_l1_acc to @a_cb(%one)
      ttkernel.pack_reconfig_l1_acc to @a_cb(%one)
      // CHECK-NEXT: ttkernel.pack_tile(
      ttkernel.pack_tile(%zero, @a_cb)
      // CHECK-NEXT: ttkernel.pack_reconfig_l1_acc(%zero)
      ttkernel.pack_reconfig_l1_acc(%zero)
    }
    scf.for %j = %zero to %two step %one : i32 {
      // CHECK: ttkernel.pack_reconfig_l1_acc to @a_cb(%one)
      ttkernel.pack_reconfig_l1_acc to @a_cb(%one)
      ttkernel.pack_tile(%zero, @a_cb)
      // CHECK: ttkernel.pack_reconfig_l1_acc(%zero)
      ttkernel.pack_reconfig_l1_acc(%zero)
      // CHECK-NEXT: ttkernel.pack_tile(
      ttkernel.pack_tile(%zero, @a_cb)
    }
  }
}

// Where each turn adds, the packer is told before the loop.
// CHECK-LABEL: ttkernel.program @always
ttkernel.program @always grid [1, 1] on "wormhole_b0" {
  ttkernel.circular_buffer @a_cb 0 pages 8 of <32x32, f32> at 0
  ttkernel.kernel @compute on compute {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %two = arith.constant 2 : i32
    // CHECK: ttkernel.pack_reconfig_l1_acc to @a_cb(%one)
    // CHECK-NEXT: scf.for %i
    scf.for %i = %zero to %two step %one : i32 {
      ttkernel.pack_reconfig_l1_acc to @a_cb(%one)
      // CHECK-NEXT: ttkernel.pack_tile(
      ttkernel.pack_tile(%zero, @a_cb)
      ttkernel.pack_reconfig_l1_acc(%zero)
      // CHECK-NEXT: }
    }
    // CHECK: ttkernel.pack_reconfig_l1_acc(
  }
}

// Where the first turn replaces, in the second one: whatever the loop begins with, and however far it goes.
// CHECK-LABEL: ttkernel.program @later
ttkernel.program @later grid [1, 1] on "wormhole_b0" {
  ttkernel.circular_buffer @a_cb 0 pages 8 of <32x32, f32> at 0
  ttkernel.kernel @compute on compute attributes {core_args = ["first"], core_values = [array<i32: 3>]} {
    %zero = arith.constant 0 : i32
    %two = arith.constant 2 : i32
    %nine = arith.constant 9 : i32
    %first = ttkernel.get_arg_val(0)
    // CHECK: [[SECOND:%[a-z0-9]+]] = arith.addi %first, %two
    // CHECK-NEXT: scf.for %i
    scf.for %i = %first to %nine step %two : i32 {
      %is_later = arith.cmpi ne, %i, %first : i32
      %flag = arith.extui %is_later : i1 to i32
      // CHECK: [[IS:%[a-z0-9]+]] = arith.cmpi eq, %i, [[SECOND]]
      // CHECK-NEXT: scf.if [[IS]] {
      // CHECK-NEXT: ttkernel.pack_reconfig_l1_acc to @a_cb({{.*}})
      // CHECK-NEXT: }
      ttkernel.pack_reconfig_l1_acc to @a_cb(%flag)
      // CHECK-NEXT: ttkernel.pack_tile(
      ttkernel.pack_tile(%zero, @a_cb)
      ttkernel.pack_reconfig_l1_acc(%zero)
      // CHECK-NEXT: }
    }
  }
}

// Two buffers may have two formats, which each turn sets: that undoes a part of the setting.
// CHECK-LABEL: ttkernel.program @two_buffers
ttkernel.program @two_buffers grid [1, 1] on "wormhole_b0" {
  ttkernel.circular_buffer @a_cb 0 pages 8 of <32x32, f32> at 0
  ttkernel.circular_buffer @b_cb 1 pages 8 of <32x32, bf16> at 32768
  ttkernel.kernel @compute on compute {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %two = arith.constant 2 : i32
    // CHECK: scf.for %i
    scf.for %i = %zero to %two step %one : i32 {
      // CHECK-NEXT: ttkernel.pack_reconfig_l1_acc to @a_cb(%one)
      ttkernel.pack_reconfig_l1_acc to @a_cb(%one)
      ttkernel.pack_tile(%zero, @a_cb)
      ttkernel.pack_tile(%zero, @b_cb)
      ttkernel.pack_reconfig_l1_acc(%zero)
    }
  }
}
