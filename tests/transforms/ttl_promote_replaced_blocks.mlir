// RUN: ttlang-opt %s -p ttl-promote-replaced-blocks | filecheck %s

!t = !ttcore.tile<32x32, bf16>
!f = !ttcore.tile<32x32, f32>
!cb = !ttl.cb<[2, 2], !t, 2>
!block = !ttl.block<[2, 2], !t>
!wide = !ttl.block<[2, 2], !f>

// A loop that replaces a block carries its value, and starts with the block itself.
// CHECK-LABEL: ttl.kernel @in_turns
ttl.kernel @in_turns grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %y_cb = ttl.create_cb "y_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  ttl.compute_thread @compute {
    %lb = arith.constant 0 : i32
    %ub = arith.constant 2 : i32
    %st = arith.constant 1 : i32
    // CHECK: %x = ttl.cb_wait %x_cb
    // CHECK-NEXT: [[last:%[0-9]+]] = scf.for %i = %lb to %ub step %st iter_args([[held:%[0-9]+]] = %x)
    %x = ttl.cb_wait %x_cb : !cb -> !block
    scf.for %i = %lb to %ub step %st : i32 {
      // CHECK: %sum = ttl.add [[held]], %y
      // CHECK-NOT: ttl.store
      // CHECK: scf.yield %sum
      %y = ttl.cb_wait %y_cb : !cb -> !block
      %sum = ttl.add %x, %y : (!block, !block) -> !block
      ttl.store %sum, %x : !block, !block
      ttl.cb_pop %y_cb : !cb
    }
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK: ttl.store [[last]], %o
    ttl.store %x, %o : !block, !block
    ttl.cb_push %o_cb : !cb
    ttl.cb_pop %x_cb : !cb
  }
}

// Where paths meet, it is what the one has stored, or the block: both as wide as the wider of them.
// CHECK-LABEL: ttl.kernel @on_a_path
ttl.kernel @on_a_path grid [2, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  ttl.compute_thread @compute {
    %n = ttl.core_x
    %zero = arith.constant 0 : i32
    %c = arith.cmpi eq, %n, %zero : i32
    %x = ttl.cb_wait %x_cb : !cb -> !block
    // CHECK: [[met:%[0-9]+]] = scf.if %c
    scf.if %c {
      // CHECK: %v = ttl.typecast %x
      // CHECK-NEXT: scf.yield %v
      %v = ttl.typecast %x : !block to !wide
      ttl.store %v, %x : !wide, !block
      // CHECK: [[own:%[0-9]+]] = ttl.typecast %x
      // CHECK-NEXT: scf.yield [[own]]
    }
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK: ttl.store [[met]], %o
    ttl.store %x, %o : !block, !block
    ttl.cb_push %o_cb : !cb
    ttl.cb_pop %x_cb : !cb
  }
}

// A turn that hands on the next block hands on its value, if the first one was replaced.
// CHECK-LABEL: ttl.kernel @handed_on
ttl.kernel @handed_on grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  ttl.compute_thread @compute {
    %lb = arith.constant 0 : i32
    %ub = arith.constant 2 : i32
    %st = arith.constant 1 : i32
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %v = ttl.neg %x : (!block) -> !block
    ttl.store %v, %x : !block, !block
    ttl.hand_on %x : !block
    // CHECK: scf.for %i = %lb to %ub step %st iter_args([[held:%[0-9]+]] = %v)
    scf.for %i = %lb to %ub step %st : i32 {
      %y = ttl.cb_wait %x_cb {held} : !cb -> !block
      %o = ttl.cb_reserve %o_cb : !cb -> !block
      // CHECK: ttl.store [[held]], %o
      ttl.store %y, %o : !block, !block
      ttl.cb_push %o_cb : !cb
      ttl.cb_pop %x_cb : !cb
      // CHECK: %z = ttl.cb_wait
      // CHECK-NEXT: ttl.hand_on %z
      // CHECK-NEXT: scf.yield %z
      %z = ttl.cb_wait %x_cb : !cb -> !block
      ttl.hand_on %z : !block
    }
    ttl.cb_pop %x_cb : !cb
  }
}

// What is printed lies in a buffer.
// CHECK-LABEL: ttl.kernel @printed
ttl.kernel @printed grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %v = ttl.neg %x : (!block) -> !block
    ttl.store %v, %x : !block, !block
    // CHECK: ttl.store %v, [[room:%[0-9]+]]
    // CHECK-NEXT: ttl.cb_push [[cb:%[0-9a-z_]+]]
    // CHECK-NEXT: [[shown:%[0-9]+]] = ttl.cb_wait [[cb]]
    // CHECK-NEXT: ttl.print_block [[shown]]
    // CHECK-NEXT: ttl.cb_pop [[cb]]
    ttl.print_block %x : !block
    ttl.cb_pop %x_cb : !cb
  }
}
