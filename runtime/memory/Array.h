// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A growing array of plain values. The runtime cannot use std::vector: its allocation lives in libstdc++, which a compiled program
// does not link. For small things; large memory is a Region, whose failure is an error and not the end.
#ifndef INGOT_RUNTIME_MEMORY_ARRAY_H
#define INGOT_RUNTIME_MEMORY_ARRAY_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <string_view>
#include <type_traits>

namespace ingot::runtime {

/// Ends the process with a message: the last resort, for allocations of a few kilobytes.
[[noreturn]] void smallAllocationFailed(size_t bytes);

template <class T> class Array {
  static_assert(std::is_trivially_copyable_v<T>);

public:
  Array() = default;
  Array(const Array &) = delete;
  Array &operator=(const Array &) = delete;
  Array(Array &&other) noexcept : values(other.values), count(other.count), room(other.room) { other.forget(); }
  Array &operator=(Array &&other) noexcept {
    if (this == &other) return *this;
    free(values);
    values = other.values, count = other.count, room = other.room;
    other.forget();
    return *this;
  }
  ~Array() { free(values); }

  size_t size() const { return count; }
  bool empty() const { return count == 0; }
  T *data() { return values; }
  const T *data() const { return values; }
  T *begin() { return values; }
  T *end() { return values + count; }
  const T *begin() const { return values; }
  const T *end() const { return values + count; }
  T &operator[](size_t index) { return values[index]; }
  const T &operator[](size_t index) const { return values[index]; }
  T &back() { return values[count - 1]; }

  void clear() { count = 0; }
  void truncate(size_t newCount) { count = newCount < count ? newCount : count; }
  void reserve(size_t wanted) {
    if (wanted <= room) return;
    const size_t grown = room * 2 > wanted ? room * 2 : wanted < 16 ? 16 : wanted;
    T *moved = static_cast<T *>(realloc(static_cast<void *>(values), grown * sizeof(T)));
    if (!moved) smallAllocationFailed(grown * sizeof(T));
    values = moved, room = grown;
  }
  void push(T value) {
    reserve(count + 1);
    values[count++] = value;
  }
  void append(const T *more, size_t moreCount) {
    if (moreCount == 0) return;
    reserve(count + moreCount);
    memcpy(static_cast<void *>(values + count), more, moreCount * sizeof(T));
    count += moreCount;
  }
  /// New elements are zero.
  void resize(size_t newCount) {
    reserve(newCount);
    if (newCount > count) memset(static_cast<void *>(values + count), 0, (newCount - count) * sizeof(T));
    count = newCount;
  }
  /// Removes elements [first, last).
  void erase(size_t first, size_t last) {
    if (first == last) return;
    memmove(static_cast<void *>(values + first), values + last, (count - last) * sizeof(T));
    count -= last - first;
  }

private:
  void forget() { values = nullptr, count = room = 0; }
  T *values = nullptr;
  size_t count = 0, room = 0;
};

using Text = Array<char>;
inline void append(Text &text, std::string_view more) { text.append(more.data(), more.size()); }
inline std::string_view view(const Text &text) { return {text.data(), text.size()}; }

} // namespace ingot::runtime
#endif
