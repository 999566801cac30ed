"""Charts as data: plotly's own JSON, drawn in the browser by a script of our origin, always beside its table."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files

from plotly import graph_objects

_INK, _QUIET, _QING, _RED = "#5b584f", "#8a867a", "#2a8a93", "#b3543f"


def project_chart(
    payments: Sequence[tuple[date, int]],
    progress: Sequence[tuple[date, int]],
    levels: Sequence[tuple[str, int]],
    words: tuple[str, str, str],
) -> str:
    """Draw what was paid for a project over time against its amounts, with its physical progress.

    ``payments`` are days and fen, ``progress`` days and hundredths of a percent, ``levels`` amounts with their
    names; ``words`` name the axis of money, the line of payments and the line of progress. Money is in 10,000 yuan.
    """
    money, paid, built = words
    total, line = 0, []
    for on, fen in payments:
        total += fen
        line.append((str(on), _wan(total)))
    figure = graph_objects.Figure()
    days = [on for on, _ in line] + [str(on) for on, _ in progress]
    figure.add_trace(
        graph_objects.Scatter(
            x=[on for on, _ in line],
            y=[fen for _, fen in line],
            name=paid,
            mode="lines+markers",
            line={"shape": "hv", "color": _QING, "width": 3},
        )
    )
    if progress:
        figure.add_trace(
            graph_objects.Scatter(
                x=[str(on) for on, _ in progress],
                y=[points / 100 for _, points in progress],
                name=built,
                mode="lines+markers",
                yaxis="y2",
                line={"dash": "dot", "color": _RED},
                marker={"symbol": "square"},
            )
        )
    for n, (name, fen) in enumerate(levels):
        if days:
            figure.add_trace(
                graph_objects.Scatter(
                    x=[min(days), max(days)],
                    y=[_wan(fen)] * 2,
                    name=name,
                    mode="lines",
                    line={"dash": ("dash", "dashdot", "longdash", "longdashdot")[n % 4], "color": _QUIET, "width": 1.5},
                )
            )
    figure.update_layout(
        template="none",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": _INK},
        margin={"l": 70, "r": 60, "t": 20, "b": 40},
        legend={"orientation": "h", "y": -0.25, "yanchor": "top"},
        xaxis={"tickformat": "%Y-%m", "hoverformat": "%Y-%m-%d"},
        yaxis={"title": {"text": money}, "rangemode": "tozero", "tickformat": ",", "hoverformat": ",.2f"},
        yaxis2={
            "overlaying": "y",
            "side": "right",
            "range": [0, 105],
            "tickmode": "linear",
            "dtick": 25,
            "ticksuffix": "%",
            "showgrid": False,
        },
    )
    return str(figure.to_json())


def _wan(fen: int) -> float:
    """Turn fen into 10,000 yuan for the eye; the table beside the chart has the fen."""
    return fen / 1_000_000


_PAPER = "#fbfaf6"
_BOXES = ("#0b4a50", "#4a5a2c", "#6b4423", "#4b4468", "#215a7a", "#6a3a45", "#3b5a4c", "#5c5230")
"""Grounds of boxes on which white can be read in both themes."""
_BAND = "rgba(42,138,147,0.35)"


def treemap_chart(parts: Sequence[tuple[str, str, str, int]]) -> str:
    """Draw what a whole is made of: parts by id, id of the parent ("" at the top), name and fen, largest first.

    A part with parts is their sum; a click goes down. Money is in 10,000 yuan.
    """
    tops = [part for part, parent, _, _ in parts if not parent]
    colours = {top: _BOXES[n % len(_BOXES)] for n, top in enumerate(tops)}
    figure = graph_objects.Figure(
        graph_objects.Treemap(
            ids=[part for part, _, _, _ in parts],
            parents=[parent for _, parent, _, _ in parts],
            labels=[name for _, _, name, _ in parts],
            values=[_wan(fen) for *_, fen in parts],
            branchvalues="total",
            texttemplate="%{label}<br>%{value:,.2f}<br>%{percentRoot:.1%}",
            hovertemplate="%{label}<br>%{value:,.2f}<br>%{percentRoot:.2%}<extra></extra>",
            marker={
                "colors": [colours[parent or part] for part, parent, _, _ in parts],
                "line": {"width": 1, "color": _PAPER},
            },
            textfont={"color": "#fff"},
            pathbar={"visible": False},
            tiling={"pad": 2},
            sort=True,
        )
    )
    figure.update_layout(uniformtext={"minsize": 11, "mode": "hide"})  # what is too small to read stands in the table
    return _plain(figure)


def sankey_chart(flows: Sequence[tuple[str, str, int]], names: Mapping[str, str]) -> str:
    """Draw how money flows from node to node: ids of both ends and fen; ``names`` are those of the nodes."""
    nodes = list(dict.fromkeys(end for start, to, _ in flows for end in (start, to)))
    figure = graph_objects.Figure(
        graph_objects.Sankey(
            valueformat=",.2f",
            node={
                "label": [names[node] for node in nodes],
                "color": _QING,
                "line": {"width": 0},
                "pad": 18,
                "thickness": 14,
            },
            link={
                "source": [nodes.index(start) for start, _, _ in flows],
                "target": [nodes.index(to) for _, to, _ in flows],
                "value": [_wan(fen) for *_, fen in flows],
                "color": _BAND,
            },
        )
    )
    return _plain(figure)


def _plain(figure: graph_objects.Figure) -> str:
    """Give a figure without axes as it stands on paper and in the dark."""
    figure.update_layout(
        template="none",
        paper_bgcolor="rgba(0,0,0,0)",
        font={"color": _INK},
        margin={"l": 4, "r": 4, "t": 8, "b": 8},
    )
    return str(figure.to_json())


@cache
def script() -> bytes:
    """Give plotly's own script, to be sent from our origin."""
    return files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()


@cache
def foreign_styles() -> tuple[str, ...]:
    """Name the styles that the script writes into a page unless it has elements of these ids; a strict page has."""
    return tuple(re.findall(r'getElementById\("([0-9a-f]{64})"\)', script().decode()))
