// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/tuning/Report.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"

using llvm::format;
using llvm::StringRef;

namespace ingot::tuning {
namespace {

/// How many int8 products stand for one multiply-add; 0: the kernel is not made of int8 products, so their peak is no limit of it.
int productsOf(StringRef kernel) { return kernel.starts_with("matmul_q8_") ? 1 : kernel.starts_with("matmul_q15_") ? 2 : 0; }

const Limit *limitOf(const Section &section, unsigned threads) {
  auto found = llvm::find_if(section.limits, [&](const Limit &limit) { return limit.threads == threads; });
  return found == section.limits.end() ? nullptr : &*found;
}

std::string percent(double share) {
  std::string text = "-";
  if (share > 0) text.clear(), llvm::raw_string_ostream(text) << format("%.0f %%", 100 * share);
  return text;
}

std::string titleOf(const Section &section) {
  return section.processor.text() + " · ingot " + section.ingotVersion + ", halide " + section.halideVersion;
}

/// "2", or "2 x8" for passes of eight tokens.
std::string threadsText(const Timing &timing) {
  return std::to_string(timing.threads) + (timing.tokens ? " x" + std::to_string(timing.tokens) : "");
}

constexpr int nameWidth = 430, barWidth = 420, rowHeight = 16, margin = 16, headHeight = 54;

/// One row of the picture.
void drawRow(llvm::raw_ostream &out, const Entry &entry, const Timing &timing, const Section &section, int y) {
  Nearness near = nearnessOf(entry, timing, section);
  int left = margin + nameWidth, middle = y + rowHeight / 2;
  auto place = [&](double share) { return left + barWidth * std::min(share, 1.1); };
  if (&timing == &entry.timings.front())
    out << "<text x=\"" << margin << "\" y=\"" << middle + 4 << "\">" << entry.tokenClass << " " << entry.kernel << "</text>\n";
  out << "<text x=\"" << left - 6 << "\" y=\"" << middle + 4 << "\" text-anchor=\"end\">" << threadsText(timing) << "</text>\n"
      << "<rect x=\"" << left << "\" y=\"" << y + 2 << "\" height=\"" << rowHeight - 4 << "\" width=\""
      << format("%.1f", place(near.after) - left) << "\" fill=\"" << (near.isMemory ? "#4477aa" : "#cc6677") << "\"/>\n"
      << "<path d=\"M" << format("%.1f", place(near.before)) << " " << y + 1 << "v" << rowHeight - 2
      << "\" stroke=\"#222\" stroke-width=\"2\"/>\n"
      << "<text x=\"" << left + barWidth * 1.1 + 10 << "\" y=\"" << middle + 4 << "\">" << percent(near.after) << " of "
      << (near.isMemory ? "bandwidth" : "dot products") << format(", %.2f×", timing.before / timing.after) << "</text>\n";
}

} // namespace

Nearness nearnessOf(const Entry &entry, const Timing &timing, const Section &section) {
  const Limit *limit = limitOf(section, timing.threads);
  Nearness near;
  if (!limit || limit->readBytes <= 0) return near;
  double memory = entry.bytes / limit->readBytes, dots = 0;
  if (limit->dotOperations > 0)
    dots = double(productsOf(entry.kernel)) * entry.operations * std::max(1u, timing.tokens) / limit->dotOperations;
  near.isMemory = memory >= dots;
  double least = std::max(memory, dots);
  // Many tokens and no peak to hold them against: the bandwidth is not what bounds them.
  if (!productsOf(entry.kernel) && entry.operations > 64 * entry.bytes) return near;
  near.before = least / timing.before, near.after = least / timing.after;
  return near;
}

void printTable(llvm::raw_ostream &out, const Record &record) {
  for (const Section &section : record.sections) {
    out << (&section == &record.sections.front() ? "" : "\n") << titleOf(section) << "\n";
    for (const Limit &limit : section.limits)
      out << format("limits, %u thread%s: %.1f GB/s read, %.0f GOP/s int8\n", limit.threads, limit.threads == 1 ? "" : "s",
                    limit.readBytes * 1e-9, limit.dotOperations * 1e-9);
    size_t width = 6;
    for (const Entry &entry : section.entries) width = std::max(width, entry.kernel.size());
    out << "tokens     " << llvm::left_justify("kernel", width) << "  threads   default us        us   gain  of limit  settings\n";
    for (const Entry &entry : section.entries)
      for (const Timing &timing : entry.timings) {
        Nearness near = nearnessOf(entry, timing, section);
        out << llvm::left_justify(entry.tokenClass, 11) << llvm::left_justify(entry.kernel, width)
            << format("%9s %12.1f %9.1f %5.2fx %8s  ", threadsText(timing).c_str(), timing.before * 1e6, timing.after * 1e6,
                      timing.before / timing.after, percent(near.after).c_str())
            << settingsText(entry.schedule) << "\n";
      }
  }
}

std::string picture(const Record &record) {
  size_t rows = 0;
  for (const Section &section : record.sections)
    for (const Entry &entry : section.entries) rows += entry.timings.size();
  int height = 2 * margin + int(record.sections.size()) * headHeight + int(rows) * rowHeight,
      width = 2 * margin + nameWidth + barWidth * 11 / 10 + 210;
  std::string text;
  llvm::raw_string_ostream out(text);
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << width << "\" height=\"" << height
      << "\" font-family=\"sans-serif\" font-size=\"11\">\n"
      << "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
  int y = margin;
  for (const Section &section : record.sections) {
    out << "<text x=\"" << margin << "\" y=\"" << y + 14 << "\" font-size=\"13\" font-weight=\"bold\">" << titleOf(section)
        << "</text>\n"
        << "<text x=\"" << margin << "\" y=\"" << y + 32
        << "\">share of the machine's limit, by number of threads: bars as tuned (blue: bandwidth, red: int8 dot products), black "
           "marks by the defaults</text>\n";
    y += headHeight;
    int top = y - 8;
    for (const Entry &entry : section.entries)
      for (const Timing &timing : entry.timings) drawRow(out, entry, timing, section, y), y += rowHeight;
    for (int tenths : {5, 10})
      out << "<path d=\"M" << margin + nameWidth + barWidth * tenths / 10 << " " << top << "V" << y
          << "\" stroke=\"#999\" stroke-dasharray=\"2 3\"/>\n"
          << "<text x=\"" << margin + nameWidth + barWidth * tenths / 10 << "\" y=\"" << top - 2 << "\" text-anchor=\"middle\">"
          << tenths * 10 << " %</text>\n";
  }
  out << "</svg>\n";
  return text;
}

} // namespace ingot::tuning
