// RUN: ttlang-opt %s -p ttl-expand-functions | filecheck %s --check-prefixes=CHECK,NEWER
// RUN: ttlang-opt %s -p 'ttl-expand-functions{metal_api="0.69"}' | filecheck %s --check-prefixes=CHECK,OLDER

!tile = !ttcore.tile<32x32, bf16>
!cb = !ttl.cb<[2, 2], !tile, 2>
!block = !ttl.block<[2, 2], !tile>
!int = !ttl.block<[2, 2], !ttcore.tile<32x32, si32>>

ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %n_cb = ttl.create_cb "n_cb" : !ttl.cb<[2, 2], !ttcore.tile<32x32, si32>, 2>
  %o_cb = ttl.create_cb "o_cb" : !cb
  %m_cb = ttl.create_cb "m_cb" : !ttl.cb<[2, 2], !ttcore.tile<32x32, si32>, 2>
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    // CHECK: %n = ttl.cb_wait
    %n = ttl.cb_wait %n_cb : !ttl.cb<[2, 2], !ttcore.tile<32x32, si32>, 2> -> !int
    // What has a call stays.
    // CHECK-NEXT: %a = ttl.exp %x : (!ttl.block<[2, 2], !ttcore.tile<32x32, bf16>>) -> !ttl.block<[2, 2], !ttcore.tile<32x32, bf16>>
    %a = ttl.exp %x : (!block) -> !block
    // A number becomes a block; the condition of a select becomes 1 or 0.
    // CHECK-NEXT: [[IS:%\w+]] = ttl.unary_eq %a [1.000000e+00]
    // CHECK-NEXT: [[ZERO:%\w+]] = ttl.fill [0.000000e+00] : () -> !ttl.block<[2, 2], !ttcore.tile<32x32, bf16>>
    // CHECK-NEXT: %b0 = ttl.where [[IS]], [[ZERO]], %x :
    %b0 = ttl.mask %x, %a : (!block, !block) -> !block
    // CHECK-NEXT: [[IS:%\w+]] = ttl.nez %a
    // CHECK-NEXT: %b1 = ttl.where [[IS]], %x, %b0 :
    %b1 = ttl.where %a, %x, %b0 : (!block, !block, !block) -> !block
    // CHECK-NEXT: [[IS:%\w+]] = ttl.unary_gt %b1 [5.000000e-01]
    // CHECK-NEXT: [[SEVEN:%\w+]] = ttl.fill [7.000000e+00]
    // CHECK-NEXT: %b2 = ttl.where [[IS]], [[SEVEN]], %b1 :
    %b2 = ttl.threshold %b1 [0.5, 7.0] : (!block) -> !block
    // A mask that is 1 or 0 already is not compared with 1.
    // CHECK-NEXT: %p = ttl.ltz %b2
    %p = ttl.ltz %b2 : (!block) -> !block
    // CHECK-NEXT: [[MOST:%\w+]] = ttl.fill [0x7ff0000000000000]
    // CHECK-NEXT: %b = ttl.where %p, [[MOST]], %b2 :
    %b = ttl.mask_posinf %b2, %p : (!block, !block) -> !block
    // CHECK-NEXT: %c = ttl.gtz %b
    %c = ttl.gtz %b : (!block) -> !block
    // It is left alone where it is 1 or 0 already.
    // CHECK-NEXT: %d = ttl.where %c, %b, %a :
    %d = ttl.where %c, %b, %a : (!block, !block, !block) -> !block
    // By the number: roots, a square, nothing at all, repeated products, a reciprocal.
    // CHECK-NEXT: %e = ttl.sqrt %d
    %e = ttl.power %d [0.5] : (!block) -> !block
    // CHECK-NEXT: %f = ttl.square %e
    %f = ttl.power %e [2.0] : (!block) -> !block
    %g = ttl.power %f [1.0] : (!block) -> !block
    // CHECK-NEXT: [[CUBE:%\w+]] = ttl.power_iterative %f [3.000000e+00]
    // CHECK-NEXT: %h = ttl.recip [[CUBE]]
    %h = ttl.power %g [-3.0] : (!block) -> !block
    // CHECK-NEXT: %i = ttl.power_real %h [2.500000e+00]
    %i = ttl.power %h [2.5] : (!block) -> !block
    // An older generation lacks this one.
    // NEWER-NEXT: %j = ttl.mish %i
    // OLDER-NOT: ttl.mish
    // OLDER: ttl.unary_min %i [2.000000e+01]
    // OLDER: ttl.exp
    // OLDER: %j = ttl.mul %i,
    // CHECK: %o = ttl.cb_reserve
    %j = ttl.mish %i : (!block) -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK-NEXT: ttl.store %j, %o
    ttl.store %j, %o : !block, !block
    // Integers lack others: x * x for the square.
    // CHECK-NEXT: %k = ttl.mul %n, %n : (!ttl.block<[2, 2], !ttcore.tile<32x32, si32>>,
    %k = ttl.square %n : (!int) -> !int
    // CHECK-NEXT: %m = ttl.cb_reserve
    %m = ttl.cb_reserve %m_cb : !ttl.cb<[2, 2], !ttcore.tile<32x32, si32>, 2> -> !int
    ttl.store %k, %m : !int, !int
  }
}

// A call multiplies by a number itself, if it takes such a number, and nothing else asks for the product.
// CHECK-LABEL: ttl.kernel @factor
ttl.kernel @factor grid [1, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 2>
  ttl.compute_thread @compute {
    // CHECK: %x = ttl.cb_wait
    %x = ttl.cb_wait %x_cb : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 2> -> !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>
    // CHECK-NEXT: ttl.exp_scaled %x [2.500000e-01]
    %a = ttl.mul_unary %x [0.25] : (!ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>) -> !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>
    %b = ttl.exp %a : (!ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>) -> !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>
    // CHECK-NEXT: %c = ttl.mul_unary %x
    // CHECK-NEXT: ttl.exp_approx %c
    // CHECK-NEXT: ttl.exp %c
    %c = ttl.mul_unary %x [0.25] : (!ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>) -> !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>
    %d = ttl.exp_approx %c : (!ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>) -> !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>
    %e = ttl.exp %c : (!ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>) -> !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>
    // CHECK-NEXT: %f = ttl.mul_unary %x [-2.500000e-01]
    // CHECK-NEXT: ttl.exp_approx %f
    %f = ttl.mul_unary %x [-0.25] : (!ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>) -> !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>
    %g = ttl.exp_approx %f : (!ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>) -> !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>
  }
}
