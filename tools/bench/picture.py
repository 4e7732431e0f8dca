# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Results as one SVG: for each row a bar an engine, as long as its share of the machine's limit where there is one (the light bar is
the limit), else as its share of the fastest; beside it tokens/s and our ratio."""
from html import escape

from . import report
from .rows import ROWS

BAR, GAP, LEFT, WIDTH, RIGHT = 13, 12, 250, 420, 230
COLOURS = {"Ingot": "#c2571a", "llama.cpp": "#4a6fa5", "llama.cpp (AVX2)": "#4a6fa5", "ik_llama.cpp": "#7a9e4b", "OpenVINO GenAI": "#8a6fb0"}


def text(x, y, words, anchor="start", weight="normal", fill="#222"):
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-weight="{weight}" fill="{fill}">{escape(words)}</text>'


def svg(results):
    results = [result for result in results if result["medians"] and ROWS[result["row"]].kind not in ("compile", "first-token")]
    body, y = [], 24
    for result in results:
        limited = report.share(result, "Ingot") is not None
        fastest = max(figures["rate"] for figures in result["medians"].values())
        body.append(text(8, y, report.headline(result), weight="bold"))
        if limited:
            body.append(text(LEFT + WIDTH, y, f"100 % of {report.LIMITS[report.limit_of(result)]}", anchor="end", fill="#777"))
        y += 6
        for name in sorted(result["medians"], key=lambda name: -result["medians"][name]["rate"]):
            figures = result["medians"][name]
            percent = report.share(result, name) if limited else 100 * figures["rate"] / fastest
            long = min(max(percent or 0, 0.5), 100) / 100 * WIDTH
            setting = f" ({figures['setting']})" if figures["setting"] else ""
            ratio = result["medians"].get("Ingot", {}).get("rate", 0) / figures["rate"]
            figure = f"{figures['rate']:.1f} tokens/s" + (f", {percent:.0f} %" if limited else "")
            figure += f", Ingot {ratio:.2f} ×" if ratio and name != "Ingot" else ""
            body += [f'<rect x="{LEFT}" y="{y}" width="{WIDTH}" height="{BAR}" fill="#eee"/>',
                     f'<rect x="{LEFT}" y="{y}" width="{long:.1f}" height="{BAR}" fill="{COLOURS.get(name, "#999")}"/>',
                     text(LEFT - 6, y + BAR - 3, name + setting, anchor="end"), text(LEFT + WIDTH + 6, y + BAR - 3, figure)]
            y += BAR + 3
        y += GAP + 12
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + RIGHT}" height="{y}" font-family="sans-serif" font-size="11">'
    return "\n".join([head, f'<rect width="100%" height="100%" fill="white"/>', *body, "</svg>"]) + "\n"
