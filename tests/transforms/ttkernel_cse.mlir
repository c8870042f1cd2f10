// RUN: ttlang-opt %s -p ttkernel-cse | filecheck %s

// What is computed twice is computed once; a loop by a condition stays, though nothing reads what it gives.

// CHECK-LABEL: func.func @f
// CHECK: arith.addi
// CHECK-NOT: arith.addi
// CHECK: scf.while
func.func @f(%a: i32, %b: i32) -> i32 {
  %s = arith.addi %a, %b : i32
  %t = arith.addi %a, %b : i32
  %m = arith.muli %s, %t : i32
  %w = scf.while (%i = %a) : (i32) -> i32 {
    %c = arith.cmpi slt, %i, %b : i32
    scf.condition(%c) %i : i32
  } do {
  ^bb0(%i: i32):
    %n = arith.muli %i, %i : i32
    scf.yield %n : i32
  }
  func.return %m : i32
}
