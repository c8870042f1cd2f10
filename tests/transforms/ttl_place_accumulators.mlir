// RUN: ttlang-opt %s -p ttl-form-compute,ttl-select-engines,ttl-assign-dst-registers,ttl-place-accumulators | filecheck %s

!t = !ttcore.tile<32x32, bf16>
!cb = !ttl.cb<[2, 2], !t, 2>
!block = !ttl.block<[2, 2], !t>
!row_cb = !ttl.cb<[2, 8], !t, 2>
!row = !ttl.block<[2, 8], !t>

// The loop computes nothing else, and the block fits DST.
// CHECK-LABEL: ttl.kernel @in_dst
ttl.kernel @in_dst grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  ttl.compute_thread @compute {
    %lb = arith.constant 0 : i32
    %ub = arith.constant 2 : i32
    %st = arith.constant 1 : i32
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK: ttl.accumulate to %o : {{.*}} {
    // CHECK-NEXT: scf.for
    scf.for %i = %lb to %ub step %st : i32 {
      %x = ttl.cb_wait %x_cb : !cb -> !block
      %m = ttl.matmul %x, %x : !block, !block -> !block
      // CHECK: ttl.compute {{.*}} attributes {maps = ["mk", "kn"], slots = 1 : i64, subblock = array<i64: 2, 2>, in_dst} {
      ttl.store %m, %o {acc} : !block, !block
      ttl.cb_pop %x_cb : !cb
    }
    ttl.cb_push %o_cb : !cb
  }
}

// A block that is larger than DST: the packer adds, in all turns but the first.
// CHECK-LABEL: ttl.kernel @in_l1
ttl.kernel @in_l1 grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %w_cb = ttl.create_cb "w_cb" : !row_cb
  %o_cb = ttl.create_cb "o_cb" : !row_cb
  ttl.compute_thread @compute {
    %lb = arith.constant 0 : i32
    %ub = arith.constant 2 : i32
    %st = arith.constant 1 : i32
    %o = ttl.cb_reserve %o_cb : !row_cb -> !row
    // CHECK-NOT: ttl.accumulate
    // CHECK: scf.for %i = %lb
    scf.for %i = %lb to %ub step %st : i32 {
      // CHECK-NEXT: scf.for %j = %lb
      scf.for %j = %lb to %ub step %st : i32 {
        %x = ttl.cb_wait %x_cb : !cb -> !block
        %w = ttl.cb_wait %w_cb : !row_cb -> !row
        %m = ttl.matmul %x, %w : !block, !row -> !row
        // CHECK: [[I:%\w+]] = arith.cmpi ne, %i, %lb
        // CHECK-NEXT: [[J:%\w+]] = arith.cmpi ne, %j, %lb
        // CHECK-NEXT: [[OR:%\w+]] = arith.ori [[I]], [[J]]
        // CHECK-NEXT: %accumulate = arith.extui [[OR]]
        // CHECK-NEXT: ttl.compute {{.*}} accumulate %accumulate
        ttl.store %m, %o {acc} : !row, !row
        ttl.cb_pop %x_cb : !cb
        ttl.cb_pop %w_cb : !row_cb
      }
    }
    ttl.cb_push %o_cb : !row_cb
  }
}

// Under a condition nothing tells the first turn: the block is filled with zeros. In a line, the first store replaces
// and the others add.
// CHECK-LABEL: ttl.kernel @others
ttl.kernel @others grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  ttl.compute_thread @compute {
    // CHECK: %one = arith.constant 1 : i32
    %one = arith.constant 1 : i32
    %core = ttl.core_x
    %some = arith.cmpi eq, %core, %one : i32
    %x = ttl.cb_wait %x_cb : !cb -> !block
    // CHECK: %o = ttl.cb_reserve
    // CHECK-NEXT: ttl.compute ins(:) outs(%o
    // CHECK: scf.if
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    scf.if %some {
      %e = ttl.exp %x : (!block) -> !block
      // CHECK: ttl.compute ins(%x : {{.*}}) outs(%o : {{.*}}) accumulate %one
      ttl.store %e, %o {acc} : !block, !block
    }
    ttl.cb_push %o_cb : !cb
    // CHECK: %p = ttl.cb_reserve
    %p = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK-NEXT: ttl.compute ins(%x : {{[^)]*}}) outs(%p : {{[^)]*}}) attributes
    %e = ttl.exp %x : (!block) -> !block
    ttl.store %e, %p {acc} : !block, !block
    // CHECK: ttl.compute ins(%x : {{.*}}) outs(%p : {{.*}}) accumulate %one
    ttl.store %x, %p {acc} : !block, !block
    ttl.cb_push %o_cb : !cb
    ttl.cb_pop %x_cb : !cb
  }
}
