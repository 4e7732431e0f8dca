// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Merges neighbouring symbols, the best pair first, until none is left that merges. Pairs wait in a heap; one whose symbols have
// changed since is dropped when it comes up, so that n symbols cost n log n however long the text is.
#ifndef INGOT_RUNTIME_TEXT_MERGER_H
#define INGOT_RUNTIME_TEXT_MERGER_H

#include "runtime/memory/Array.h"
#include "runtime/text/TextTables.h"
#include <algorithm>

namespace ingot::runtime {

/// A piece of the text: `id` is the symbol that it is.
struct Piece {
  uint32_t begin, length;  ///< bytes; length 0: merged into an earlier piece
  uint32_t previous, next; ///< indices; INGOT_TEXT_NONE at the ends
  uint32_t id;
};

/// What two pieces would become; a lower rank goes first. `id` is INGOT_TEXT_NONE if they don't merge.
struct Merge {
  uint32_t rank, id = INGOT_TEXT_NONE;
};

class Merger {
public:
  Array<Piece> pieces;

  void clear() { pieces.clear(); }
  void add(uint32_t begin, uint32_t length, uint32_t id) {
    uint32_t index = uint32_t(pieces.size());
    if (index) pieces.back().next = index;
    pieces.push({begin, length, index ? index - 1 : INGOT_TEXT_NONE, INGOT_TEXT_NONE, id});
  }

  /// `find(const Piece &, const Piece &)` gives the Merge of two neighbours.
  template <typename Find> void run(Find find) {
    waiting.clear();
    for (uint32_t left = 0; left + 1 < pieces.size(); ++left) consider(left, find);
    std::make_heap(waiting.begin(), waiting.end(), isWorse);
    while (!waiting.empty()) {
      std::pop_heap(waiting.begin(), waiting.end(), isWorse);
      Candidate best = waiting.back();
      waiting.truncate(waiting.size() - 1);
      Piece &left = pieces[best.left];
      if (left.length == 0 || left.next == INGOT_TEXT_NONE || left.length + pieces[left.next].length != best.length) continue;
      absorbNext(left, best);
      if (left.previous != INGOT_TEXT_NONE && consider(left.previous, find))
        std::push_heap(waiting.begin(), waiting.end(), isWorse);
      if (consider(best.left, find)) std::push_heap(waiting.begin(), waiting.end(), isWorse);
    }
  }

private:
  /// A merge of the piece `left` with its neighbour, valid while both together have `length` bytes: pieces only grow.
  struct Candidate {
    uint32_t rank, left, length, id;
  };
  /// Equal ranks: from left to right.
  static bool isWorse(const Candidate &a, const Candidate &b) { return a.rank != b.rank ? a.rank > b.rank : a.left > b.left; }

  template <typename Find> bool consider(uint32_t left, Find find) {
    uint32_t right = pieces[left].next;
    if (right == INGOT_TEXT_NONE) return false;
    Merge merge = find(pieces[left], pieces[right]);
    if (merge.id == INGOT_TEXT_NONE) return false;
    waiting.push({merge.rank, left, pieces[left].length + pieces[right].length, merge.id});
    return true;
  }

  void absorbNext(Piece &left, const Candidate &merge) {
    Piece &right = pieces[left.next];
    left.length = merge.length;
    left.id = merge.id;
    left.next = right.next;
    right.length = 0;
    if (left.next != INGOT_TEXT_NONE) pieces[left.next].previous = merge.left;
  }

  Array<Candidate> waiting;
};

} // namespace ingot::runtime
#endif
