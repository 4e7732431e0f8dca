// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
func.func @wide_heads(%queries: tensor<?x4x64xf32>, %keys: tensor<?x2x64xf32>, %positions: tensor<?xi32>) -> tensor<?x4x64xf32> {
  %s = model.scores %queries, %keys scale 0.5 : tensor<?x4x64xf32>, tensor<?x2x64xf32> -> tensor<?x4x?xf32>
  %p = model.softmax %s, %positions : tensor<?x4x?xf32>
  %y = model.mix %p, %keys : tensor<?x4x?xf32>, tensor<?x2x64xf32> -> tensor<?x4x64xf32>
  return %y : tensor<?x4x64xf32>
}
