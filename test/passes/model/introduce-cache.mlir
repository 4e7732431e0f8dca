// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: ingot-opt --ingot-introduce-cache=positions=10 %s | FileCheck %s
// RUN: ingot-opt --ingot-introduce-cache="positions=16 element=f32" %s | FileCheck --check-prefix=FLOAT %s
// RUN: ingot-opt --ingot-introduce-cache=element=bf16 %s | FileCheck --check-prefix=BRAIN %s
// RUN: not ingot-opt --ingot-introduce-cache=element=f8 %s 2>&1 | FileCheck --check-prefix=UNKNOWN %s
// RUN: not ingot-opt --ingot-introduce-cache=element=q8_0 %s 2>&1 | FileCheck --check-prefix=NARROW %s
// UNKNOWN: error: a cache holds f16, bf16, q8_0 or f32, not 'f8'
// NARROW: error: a cache in q8_0 has a scale for 32 values, so heads can't be 8 wide; f16 and bf16 take any width
// RUN: not ingot-opt --ingot-introduce-cache=positions=0 %s 2>&1 | FileCheck --check-prefix=EMPTY %s
// RUN: ingot-opt --ingot-introduce-cache --remarks-filter=introduce-cache --remark-format=emitRemark %s 2>&1 | FileCheck --check-prefix=REMARK %s
// EMPTY: error: a cache needs room for 1 position or more, at most 2^40, not 0
// REMARK: keys and values of 4 layers are kept in f16

// Room is rounded up to whole blocks of 16 positions; numbers count layers.
// CHECK-LABEL: func.func @two_layers
// CHECK-SAME: (%[[QUERIES:.*]]: tensor<?x4x8xf32>, %[[KEYS:.*]]: tensor<?x2x8xf32>, %[[VALUES:[a-z0-9]*]]: tensor<?x2x8xf32>, %[[POSITIONS:[a-z0-9]*]]:
func.func @two_layers(%queries: tensor<?x4x8xf32>, %keys: tensor<?x2x8xf32>, %values: tensor<?x2x8xf32>, %positions: tensor<?xi32>) -> tensor<?x4x8xf32> {
  // CHECK-DAG: %[[KEYS0:.*]] = model.cache "keys.0" : <keys, 2x8, 16, f16>
  // CHECK-DAG: %[[LONGER_KEYS0:.*]] = model.append %[[KEYS]], %[[KEYS0]]
  // CHECK-DAG: %[[VALUES0:.*]] = model.cache "values.0" : <values, 2x8, 16, f16>
  // CHECK-DAG: %[[LONGER_VALUES0:.*]] = model.append %[[VALUES]], %[[VALUES0]]
  // CHECK-DAG: model.scores %[[QUERIES]], %[[LONGER_KEYS0]]
  // CHECK-DAG: model.mix %{{.*}}, %[[LONGER_VALUES0]]
  // FLOAT-DAG: model.cache "keys.0" : <keys, 2x8, 16, f32>
  // FLOAT-DAG: model.cache "values.0" : <values, 2x8, 16, f32>
  // BRAIN-DAG: model.cache "keys.0" : <keys, 2x8, 4096, bf16>
  // BRAIN-DAG: model.cache "values.0" : <values, 2x8, 4096, bf16>
  %s = model.scores %queries, %keys scale 0.5 : tensor<?x4x8xf32>, tensor<?x2x8xf32> -> tensor<?x4x?xf32>
  %p = model.softmax %s, %positions : tensor<?x4x?xf32>
  %y = model.mix %p, %values : tensor<?x4x?xf32>, tensor<?x2x8xf32> -> tensor<?x4x8xf32>
  // CHECK-DAG: model.cache "keys.1"
  // CHECK-DAG: model.cache "values.1"
  %s1 = model.scores %y, %y scale 0.5 : tensor<?x4x8xf32>, tensor<?x4x8xf32> -> tensor<?x4x?xf32>
  %y1 = model.mix %s1, %y : tensor<?x4x?xf32>, tensor<?x4x8xf32> -> tensor<?x4x8xf32>
  return %y1 : tensor<?x4x8xf32>
}

// Keys that two layers share are kept twice: a cache is used linearly.
// CHECK-LABEL: func.func @shared_keys
// CHECK-SAME: (%[[QUERIES:.*]]: tensor<?x4x8xf32>, %[[KEYS:.*]]: tensor<?x2x8xf32>)
func.func @shared_keys(%queries: tensor<?x4x8xf32>, %keys: tensor<?x2x8xf32>) {
  // CHECK-COUNT-2: model.append %[[KEYS]],
  %s = model.scores %queries, %keys scale 0.5 : tensor<?x4x8xf32>, tensor<?x2x8xf32> -> tensor<?x4x?xf32>
  %t = model.scores %queries, %keys scale 0.25 : tensor<?x4x8xf32>, tensor<?x2x8xf32> -> tensor<?x4x?xf32>
  return
}

// What has a cache keeps it.
// CHECK-LABEL: func.func @no_second_cache
func.func @no_second_cache(%queries: tensor<?x4x8xf32>, %keys: tensor<?x2x8xf32>) {
  // CHECK-NEXT: model.cache "keys.7"
  // CHECK-NEXT: model.append
  // CHECK-NEXT: model.scores
  // CHECK-NEXT: return
  %cache = model.cache "keys.7" : !model.cache<keys, 2x8, 32, f32>
  %longer = model.append %keys, %cache : tensor<?x2x8xf32>, !model.cache<keys, 2x8, 32, f32>
  %s = model.scores %queries, %longer scale 0.5 : tensor<?x4x8xf32>, !model.cache<keys, 2x8, 32, f32> -> tensor<?x4x?xf32>
  return
}
func.func private @no_body()

// Q8_0: codes of 8 bits with a scale for 32 elements.
// RUN: ingot-opt --ingot-introduce-cache=element=q8_0 %S/inputs/wide-heads.mlir | FileCheck --check-prefix=CODES %s
// CODES-DAG: model.cache "keys.0" : <keys, 2x64, 4096, i8>
// CODES-DAG: model.cache "values.0" : <values, 2x64, 4096, i8>
