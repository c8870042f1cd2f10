// RUN: ttlang-opt %s -p ttl-keep-released-values | filecheck %s

!t = !ttcore.tile<32x32, bf16>
!cb = !ttl.cb<[2, 2], !t, 2>
!block = !ttl.block<[2, 2], !t>

// What is read behind the pop of its block is computed before.
// CHECK-LABEL: ttl.kernel @released
ttl.kernel @released grid [2, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  // CHECK: ttl.create_cb "v_cb" {compiler_made = true, purpose = "a value that outlives a block which it is computed from"}
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    // CHECK: %v = ttl.neg %x
    // CHECK-NEXT: [[kept:%[0-9]+]] = ttl.cb_reserve %v_cb
    // CHECK-NEXT: ttl.store %v, [[kept]]
    // CHECK-NEXT: ttl.cb_push %v_cb
    // CHECK-NEXT: %v_1 = ttl.cb_wait %v_cb
    // CHECK-NEXT: ttl.cb_pop %x_cb
    %v = ttl.neg %x : (!block) -> !block
    ttl.cb_pop %x_cb : !cb
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK: %w = ttl.abs %v_1
    %w = ttl.abs %v : (!block) -> !block
    // CHECK: ttl.store %w, %o
    // CHECK-NEXT: ttl.cb_pop %v_cb
    ttl.store %w, %o : !block, !block
    ttl.cb_push %o_cb : !cb
  }
}

// What is read in time is not.
// CHECK-LABEL: ttl.kernel @held
ttl.kernel @held grid [2, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  // CHECK-NOT: purpose
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %v = ttl.neg %x : (!block) -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK: ttl.store %v, %o
    ttl.store %v, %o : !block, !block
    ttl.cb_pop %x_cb : !cb
    ttl.cb_push %o_cb : !cb
  }
}

// A release is of the block that its own path holds, and not of the one that the other path has acquired since.
// CHECK-LABEL: ttl.kernel @paths
ttl.kernel @paths grid [2, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  ttl.compute_thread @compute {
    %n = ttl.core_x
    %zero = arith.constant 0 : i32
    %c = arith.cmpi eq, %n, %zero : i32
    %x = ttl.cb_wait %x_cb : !cb -> !block
    scf.if %c {
      ttl.cb_pop %x_cb : !cb
      %y = ttl.cb_wait %x_cb : !cb -> !block
      ttl.cb_pop %x_cb : !cb
    } else {
      // CHECK: %v = ttl.neg %x
      // CHECK: ttl.store %v
      // CHECK: ttl.cb_pop %x_cb
      %v = ttl.neg %x : (!block) -> !block
      ttl.cb_pop %x_cb : !cb
      %o = ttl.cb_reserve %o_cb : !cb -> !block
      ttl.store %v, %o : !block, !block
      ttl.cb_push %o_cb : !cb
    }
  }
}
