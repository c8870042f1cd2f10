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

// What differs in an attribute or a type is not the same; what a region computes is not there behind it.

// CHECK-LABEL: func.func @g
// CHECK-NEXT: %{{.*}} = arith.constant 1 : i32
// CHECK-NEXT: %{{.*}} = arith.constant 1 : i64
// CHECK-NEXT: [[LESS:%.*]] = arith.cmpi slt, %{{.*}}, %{{.*}} : i32
// CHECK-NEXT: [[BELOW:%.*]] = arith.cmpi ult, %{{.*}}, %{{.*}} : i32
// CHECK-NEXT: [[BOTH:%.*]] = arith.andi [[LESS]], [[LESS]] : i1
// CHECK-NEXT: %{{.*}} = scf.if [[BOTH]] -> (i32) {
// CHECK-NEXT:   [[SUM:%.*]] = arith.addi
// CHECK-NEXT:   [[TWICE:%.*]] = arith.muli [[SUM]], [[SUM]]
// CHECK-NEXT:   scf.yield [[TWICE]]
// CHECK-NEXT: } else {
// CHECK-NEXT:   [[OTHER:%.*]] = arith.addi
// CHECK-NEXT:   %{{.*}} = scf.if [[BELOW]] -> (i32) {
// CHECK-NEXT:     scf.yield [[OTHER]]
// CHECK-NEXT:   } else {
// CHECK-NEXT:     %{{.*}} = arith.muli [[OTHER]]
// CHECK:      [[LAST:%.*]] = arith.addi
// CHECK-NEXT: func.return %{{.*}}, [[LAST]]
func.func @g(%a: i32) -> (i32, i32, i64) {
  %one = arith.constant 1 : i32
  %long = arith.constant 1 : i64
  %uno = arith.constant 1 : i32
  %less = arith.cmpi slt, %a, %one : i32
  %below = arith.cmpi ult, %a, %uno : i32
  %again = arith.cmpi slt, %a, %uno : i32
  %both = arith.andi %less, %again : i1
  %x = scf.if %both -> (i32) {
    %s = arith.addi %a, %one : i32
    %t = arith.addi %a, %uno : i32
    %m = arith.muli %s, %t : i32
    scf.yield %m : i32
  } else {
    %s = arith.addi %a, %one : i32
    %y = scf.if %below -> (i32) {
      %t = arith.addi %a, %uno : i32
      scf.yield %t : i32
    } else {
      %m = arith.muli %s, %one : i32
      scf.yield %m : i32
    }
    scf.yield %y : i32
  }
  %s = arith.addi %a, %uno : i32
  func.return %x, %s, %long : i32, i32, i64
}
