// RUN: ttlang-opt %s -p ttl-finish-sums | filecheck %s

!tile = !ttcore.tile<32x32, bf16>
!wide = !ttcore.tile<32x32, f32>
!a_cb = !ttl.cb<[4, 4], !tile, 2>
!a = !ttl.block<[4, 4], !tile>
!o_cb = !ttl.cb<[4, 4], !tile, 1>
!s_cb = !ttl.cb<[4, 4], !wide, 1>
!s = !ttl.block<[4, 4], !wide>
!t = !ttcore.tensor<[4, 4], !tile, dram>
!w = !ttl.slice<[4, 4], !tile>

// A sum that is stored elsewhere: seven turns add to it in L1, and the eighth starts from it.
// CHECK-LABEL: ttl.kernel @matmul
// CHECK: %[[LAST:.*]] = arith.constant 7 : i32
// CHECK: scf.for %i = %zero to %[[LAST]] step %one : i32 {
// CHECK: outs(%s : {{.*}}) attributes {maps = ["mk", "kn"], acc}
// CHECK: }
// CHECK: ttl.cb_push %s_cb
// CHECK-NEXT: %t = ttl.cb_wait %s_cb
// CHECK-NEXT: %[[X:.*]] = ttl.cb_wait %a_cb
// CHECK-NEXT: %[[Y:.*]] = ttl.cb_wait %b_cb
// CHECK-NEXT: ttl.compute ins(%[[X]], %[[Y]], %t : {{.*}}) outs(%o : {{.*}}) attributes {maps = ["mk", "kn", "mn"]} {
// CHECK: %[[P:.*]] = ttl.matmul %{{.*}}, %{{.*}}, %{{.*}} : !ttcore.tile<32x32, bf16>, !ttcore.tile<32x32, bf16>, !ttcore.tile<32x32, f32> -> !ttcore.tile<32x32, f32>
// CHECK-NEXT: ttl.yield %[[P]]
// CHECK: ttl.cb_pop %a_cb
// CHECK-NEXT: ttl.cb_pop %b_cb
// CHECK-NEXT: ttl.cb_pop %s_cb
ttl.kernel @matmul grid [8, 8] on "wormhole_b0" attributes {fp32_dest_acc_en = true, math_fidelity = "HiFi4"} {
  %d = ttl.tensor_accessor "t" at 0 : !t
  %a_cb = ttl.create_cb "a_cb" : !a_cb
  %b_cb = ttl.create_cb "b_cb" : !a_cb
  %o_cb = ttl.create_cb "o_cb" : !o_cb
  %s_cb = ttl.create_cb "s_cb" {compiler_made = true} : !s_cb
  ttl.compute_thread @compute {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %turns = arith.constant 8 : i32
    %o = ttl.cb_reserve %o_cb : !o_cb -> !a
    %s = ttl.cb_reserve %s_cb : !s_cb -> !s
    scf.for %i = %zero to %turns step %one : i32 {
      %x = ttl.cb_wait %a_cb : !a_cb -> !a
      %y = ttl.cb_wait %b_cb : !a_cb -> !a
      ttl.compute ins(%x, %y : !a, !a) outs(%s : !s) attributes {maps = ["mk", "kn"], acc} {
      ^bb0(%l: !tile, %r: !tile):
        %p = ttl.matmul %l, %r : !tile, !tile -> !tile
        ttl.yield %p : !tile
      }
      ttl.cb_pop %a_cb : !a_cb
      ttl.cb_pop %b_cb : !a_cb
    }
    ttl.cb_push %s_cb : !s_cb
    %t = ttl.cb_wait %s_cb : !s_cb -> !s
    ttl.compute ins(%t : !s) outs(%o : !a) {
    ^bb0(%u: !wide):
      ttl.yield %u : !wide
    }
    ttl.cb_pop %s_cb : !s_cb
    ttl.cb_push %o_cb : !o_cb
  }
  ttl.datamovement_thread @write {
    %z = arith.constant 0 : i32
    %v = ttl.cb_wait %o_cb : !o_cb -> !a
    %w = ttl.tensor_slice %d[%z, %z] : !t -> !w
    %h = ttl.copy %v to %w : !a to !w -> !ttl.transfer_handle<write>
    ttl.wait %h : !ttl.transfer_handle<write>
    ttl.cb_pop %o_cb : !o_cb
  }
}

// The block that it is stored to may be reserved behind the loop, where the writer waits for nothing else.
// CHECK-LABEL: ttl.kernel @late
// CHECK: %o = ttl.cb_reserve %o_cb
// CHECK-NEXT: scf.for %i = %zero to %{{[0-9]+}} step
// CHECK: ttl.matmul %{{.*}}, %{{.*}}, %{{.*}} :
ttl.kernel @late grid [8, 8] on "wormhole_b0" attributes {fp32_dest_acc_en = true, math_fidelity = "HiFi4"} {
  %d = ttl.tensor_accessor "t" at 0 : !t
  %a_cb = ttl.create_cb "a_cb" : !a_cb
  %b_cb = ttl.create_cb "b_cb" : !a_cb
  %o_cb = ttl.create_cb "o_cb" : !o_cb
  %s_cb = ttl.create_cb "s_cb" {compiler_made = true} : !s_cb
  ttl.compute_thread @compute {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %turns = arith.constant 8 : i32
    %s = ttl.cb_reserve %s_cb : !s_cb -> !s
    scf.for %i = %zero to %turns step %one : i32 {
      %x = ttl.cb_wait %a_cb : !a_cb -> !a
      %y = ttl.cb_wait %b_cb : !a_cb -> !a
      ttl.compute ins(%x, %y : !a, !a) outs(%s : !s) attributes {maps = ["mk", "kn"], acc} {
      ^bb0(%l: !tile, %r: !tile):
        %p = ttl.matmul %l, %r : !tile, !tile -> !tile
        ttl.yield %p : !tile
      }
      ttl.cb_pop %a_cb : !a_cb
      ttl.cb_pop %b_cb : !a_cb
    }
    ttl.cb_push %s_cb : !s_cb
    %t = ttl.cb_wait %s_cb : !s_cb -> !s
    %o = ttl.cb_reserve %o_cb : !o_cb -> !a
    ttl.compute ins(%t : !s) outs(%o : !a) {
    ^bb0(%u: !wide):
      ttl.yield %u : !wide
    }
    ttl.cb_pop %s_cb : !s_cb
    ttl.cb_push %o_cb : !o_cb
  }
  ttl.datamovement_thread @write {
    %z = arith.constant 0 : i32
    %v = ttl.cb_wait %o_cb : !o_cb -> !a
    %w = ttl.tensor_slice %d[%z, %z] : !t -> !w
    %h = ttl.copy %v to %w : !a to !w -> !ttl.transfer_handle<write>
    ttl.wait %h : !ttl.transfer_handle<write>
    ttl.cb_pop %o_cb : !o_cb
  }
}

// A 16-bit DST would round the sum anew at each step along K.
// CHECK-LABEL: ttl.kernel @narrow
// CHECK: scf.for %i = %zero to %turns
// CHECK: ttl.compute ins(%t : {{.*}}) outs(%o
ttl.kernel @narrow grid [8, 8] on "wormhole_b0" attributes {fp32_dest_acc_en = false, math_fidelity = "HiFi4"} {
  %d = ttl.tensor_accessor "t" at 0 : !t
  %a_cb = ttl.create_cb "a_cb" : !a_cb
  %b_cb = ttl.create_cb "b_cb" : !a_cb
  %o_cb = ttl.create_cb "o_cb" : !o_cb
  %s_cb = ttl.create_cb "s_cb" {compiler_made = true} : !s_cb
  ttl.compute_thread @compute {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %turns = arith.constant 8 : i32
    %o = ttl.cb_reserve %o_cb : !o_cb -> !a
    %s = ttl.cb_reserve %s_cb : !s_cb -> !s
    scf.for %i = %zero to %turns step %one : i32 {
      %x = ttl.cb_wait %a_cb : !a_cb -> !a
      %y = ttl.cb_wait %b_cb : !a_cb -> !a
      ttl.compute ins(%x, %y : !a, !a) outs(%s : !s) attributes {maps = ["mk", "kn"], acc} {
      ^bb0(%l: !tile, %r: !tile):
        %p = ttl.matmul %l, %r : !tile, !tile -> !tile
        ttl.yield %p : !tile
      }
      ttl.cb_pop %a_cb : !a_cb
      ttl.cb_pop %b_cb : !a_cb
    }
    ttl.cb_push %s_cb : !s_cb
    %t = ttl.cb_wait %s_cb : !s_cb -> !s
    ttl.compute ins(%t : !s) outs(%o : !a) {
    ^bb0(%u: !wide):
      ttl.yield %u : !wide
    }
    ttl.cb_pop %s_cb : !s_cb
    ttl.cb_push %o_cb : !o_cb
  }
  ttl.datamovement_thread @write {
    %z = arith.constant 0 : i32
    %v = ttl.cb_wait %o_cb : !o_cb -> !a
    %w = ttl.tensor_slice %d[%z, %z] : !t -> !w
    %h = ttl.copy %v to %w : !a to !w -> !ttl.transfer_handle<write>
    ttl.wait %h : !ttl.transfer_handle<write>
    ttl.cb_pop %o_cb : !o_cb
  }
}

// A loop of one turn has no other that the sum would come from.
// CHECK-LABEL: ttl.kernel @one_turn
// CHECK: scf.for %i = %zero to %turns
// CHECK: ttl.compute ins(%t : {{.*}}) outs(%o
ttl.kernel @one_turn grid [8, 8] on "wormhole_b0" attributes {fp32_dest_acc_en = true, math_fidelity = "HiFi4"} {
  %d = ttl.tensor_accessor "t" at 0 : !t
  %a_cb = ttl.create_cb "a_cb" : !a_cb
  %b_cb = ttl.create_cb "b_cb" : !a_cb
  %o_cb = ttl.create_cb "o_cb" : !o_cb
  %s_cb = ttl.create_cb "s_cb" {compiler_made = true} : !s_cb
  ttl.compute_thread @compute {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %turns = arith.constant 1 : i32
    %o = ttl.cb_reserve %o_cb : !o_cb -> !a
    %s = ttl.cb_reserve %s_cb : !s_cb -> !s
    scf.for %i = %zero to %turns step %one : i32 {
      %x = ttl.cb_wait %a_cb : !a_cb -> !a
      %y = ttl.cb_wait %b_cb : !a_cb -> !a
      ttl.compute ins(%x, %y : !a, !a) outs(%s : !s) attributes {maps = ["mk", "kn"], acc} {
      ^bb0(%l: !tile, %r: !tile):
        %p = ttl.matmul %l, %r : !tile, !tile -> !tile
        ttl.yield %p : !tile
      }
      ttl.cb_pop %a_cb : !a_cb
      ttl.cb_pop %b_cb : !a_cb
    }
    ttl.cb_push %s_cb : !s_cb
    %t = ttl.cb_wait %s_cb : !s_cb -> !s
    ttl.compute ins(%t : !s) outs(%o : !a) {
    ^bb0(%u: !wide):
      ttl.yield %u : !wide
    }
    ttl.cb_pop %s_cb : !s_cb
    ttl.cb_push %o_cb : !o_cb
  }
  ttl.datamovement_thread @write {
    %z = arith.constant 0 : i32
    %v = ttl.cb_wait %o_cb : !o_cb -> !a
    %w = ttl.tensor_slice %d[%z, %z] : !t -> !w
    %h = ttl.copy %v to %w : !a to !w -> !ttl.transfer_handle<write>
    ttl.wait %h : !ttl.transfer_handle<write>
    ttl.cb_pop %o_cb : !o_cb
  }
}

// A function of the sum is computed beside the moves to DST.
// CHECK-LABEL: ttl.kernel @function
// CHECK: scf.for %i = %zero to %turns
// CHECK: ttl.compute ins(%t : {{.*}}) outs(%o
ttl.kernel @function grid [8, 8] on "wormhole_b0" attributes {fp32_dest_acc_en = true, math_fidelity = "HiFi4"} {
  %d = ttl.tensor_accessor "t" at 0 : !t
  %a_cb = ttl.create_cb "a_cb" : !a_cb
  %b_cb = ttl.create_cb "b_cb" : !a_cb
  %o_cb = ttl.create_cb "o_cb" : !o_cb
  %s_cb = ttl.create_cb "s_cb" {compiler_made = true} : !s_cb
  ttl.compute_thread @compute {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %turns = arith.constant 8 : i32
    %o = ttl.cb_reserve %o_cb : !o_cb -> !a
    %s = ttl.cb_reserve %s_cb : !s_cb -> !s
    scf.for %i = %zero to %turns step %one : i32 {
      %x = ttl.cb_wait %a_cb : !a_cb -> !a
      %y = ttl.cb_wait %b_cb : !a_cb -> !a
      ttl.compute ins(%x, %y : !a, !a) outs(%s : !s) attributes {maps = ["mk", "kn"], acc} {
      ^bb0(%l: !tile, %r: !tile):
        %p = ttl.matmul %l, %r : !tile, !tile -> !tile
        ttl.yield %p : !tile
      }
      ttl.cb_pop %a_cb : !a_cb
      ttl.cb_pop %b_cb : !a_cb
    }
    ttl.cb_push %s_cb : !s_cb
    %t = ttl.cb_wait %s_cb : !s_cb -> !s
    ttl.compute ins(%t : !s) outs(%o : !a) {
    ^bb0(%u: !wide):
      %v = ttl.relu %u : (!wide) -> !wide
      ttl.yield %v : !wide
    }
    ttl.cb_pop %s_cb : !s_cb
    ttl.cb_push %o_cb : !o_cb
  }
  ttl.datamovement_thread @write {
    %z = arith.constant 0 : i32
    %v = ttl.cb_wait %o_cb : !o_cb -> !a
    %w = ttl.tensor_slice %d[%z, %z] : !t -> !w
    %h = ttl.copy %v to %w : !a to !w -> !ttl.transfer_handle<write>
    ttl.wait %h : !ttl.transfer_handle<write>
    ttl.cb_pop %o_cb : !o_cb
  }
}

// The blocks of the last turn would be released behind what comes later.
// CHECK-LABEL: ttl.kernel @waits_between
// CHECK: scf.for %i = %zero to %turns
// CHECK: ttl.compute ins(%t : {{.*}}) outs(%o
ttl.kernel @waits_between grid [8, 8] on "wormhole_b0" attributes {fp32_dest_acc_en = true, math_fidelity = "HiFi4"} {
  %d = ttl.tensor_accessor "t" at 0 : !t
  %a_cb = ttl.create_cb "a_cb" : !a_cb
  %b_cb = ttl.create_cb "b_cb" : !a_cb
  %o_cb = ttl.create_cb "o_cb" : !o_cb
  %s_cb = ttl.create_cb "s_cb" {compiler_made = true} : !s_cb
  ttl.compute_thread @compute {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %turns = arith.constant 8 : i32
    %o = ttl.cb_reserve %o_cb : !o_cb -> !a
    %s = ttl.cb_reserve %s_cb : !s_cb -> !s
    scf.for %i = %zero to %turns step %one : i32 {
      %x = ttl.cb_wait %a_cb : !a_cb -> !a
      %y = ttl.cb_wait %b_cb : !a_cb -> !a
      ttl.compute ins(%x, %y : !a, !a) outs(%s : !s) attributes {maps = ["mk", "kn"], acc} {
      ^bb0(%l: !tile, %r: !tile):
        %p = ttl.matmul %l, %r : !tile, !tile -> !tile
        ttl.yield %p : !tile
      }
      ttl.cb_pop %a_cb : !a_cb
      ttl.cb_pop %b_cb : !a_cb
    }
    ttl.cb_push %s_cb : !s_cb
    %t = ttl.cb_wait %s_cb : !s_cb -> !s
    %w = ttl.cb_wait %b_cb : !a_cb -> !a
    ttl.cb_pop %b_cb : !a_cb
    ttl.compute ins(%t : !s) outs(%o : !a) {
    ^bb0(%u: !wide):
      ttl.yield %u : !wide
    }
    ttl.cb_pop %s_cb : !s_cb
    ttl.cb_push %o_cb : !o_cb
  }
  ttl.datamovement_thread @write {
    %z = arith.constant 0 : i32
    %v = ttl.cb_wait %o_cb : !o_cb -> !a
    %w = ttl.tensor_slice %d[%z, %z] : !t -> !w
    %h = ttl.copy %v to %w : !a to !w -> !ttl.transfer_handle<write>
    ttl.wait %h : !ttl.transfer_handle<write>
    ttl.cb_pop %o_cb : !o_cb
  }
}

// Few cores don't keep DRAM busy: they would be done later.
// CHECK-LABEL: ttl.kernel @few_cores
// CHECK: scf.for %i = %zero to %turns
// CHECK: ttl.compute ins(%t : {{.*}}) outs(%o
ttl.kernel @few_cores grid [2, 2] on "wormhole_b0" attributes {fp32_dest_acc_en = true, math_fidelity = "HiFi4"} {
  %d = ttl.tensor_accessor "t" at 0 : !t
  %a_cb = ttl.create_cb "a_cb" : !a_cb
  %b_cb = ttl.create_cb "b_cb" : !a_cb
  %o_cb = ttl.create_cb "o_cb" : !o_cb
  %s_cb = ttl.create_cb "s_cb" {compiler_made = true} : !s_cb
  ttl.compute_thread @compute {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %turns = arith.constant 8 : i32
    %o = ttl.cb_reserve %o_cb : !o_cb -> !a
    %s = ttl.cb_reserve %s_cb : !s_cb -> !s
    scf.for %i = %zero to %turns step %one : i32 {
      %x = ttl.cb_wait %a_cb : !a_cb -> !a
      %y = ttl.cb_wait %b_cb : !a_cb -> !a
      ttl.compute ins(%x, %y : !a, !a) outs(%s : !s) attributes {maps = ["mk", "kn"], acc} {
      ^bb0(%l: !tile, %r: !tile):
        %p = ttl.matmul %l, %r : !tile, !tile -> !tile
        ttl.yield %p : !tile
      }
      ttl.cb_pop %a_cb : !a_cb
      ttl.cb_pop %b_cb : !a_cb
    }
    ttl.cb_push %s_cb : !s_cb
    %t = ttl.cb_wait %s_cb : !s_cb -> !s
    ttl.compute ins(%t : !s) outs(%o : !a) {
    ^bb0(%u: !wide):
      ttl.yield %u : !wide
    }
    ttl.cb_pop %s_cb : !s_cb
    ttl.cb_push %o_cb : !o_cb
  }
  ttl.datamovement_thread @write {
    %z = arith.constant 0 : i32
    %v = ttl.cb_wait %o_cb : !o_cb -> !a
    %w = ttl.tensor_slice %d[%z, %z] : !t -> !w
    %h = ttl.copy %v to %w : !a to !w -> !ttl.transfer_handle<write>
    ttl.wait %h : !ttl.transfer_handle<write>
    ttl.cb_pop %o_cb : !o_cb
  }
}
