# SPDX-License-Identifier: MIT
"""Where the real logs are, and what their references mean by a quantile."""
import csv
import gzip
import json
import os
import statistics
import sys
from pathlib import Path

from replay import rfc3339

HERE = Path(__file__).resolve().parent
DATA = Path(os.environ.get("LEADFLOW_DATA", HERE.parents[2] / "shared" / "data"))
SKIP = 77  # meson: skipped


def folder(name):
    """A folder of the real data, or the end of the test."""
    if not (DATA / name).is_dir():
        print(f"SKIP: no real data in {DATA / name} (set LEADFLOW_DATA)")
        sys.exit(SKIP)
    return DATA / name


def rows(name):
    with gzip.open(folder(name) / "events_norm.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def reference(name):
    return json.loads((folder(name) / "reference.json").read_text(encoding="utf-8"))


def event(row, type_, **props):
    made = {"contact": row["contact_id"], "type": type_, "at": rfc3339(int(row["ts_ms"]))}
    if props:
        made["props"] = props
    return made


def quantile(values, share):
    """The nearest rank from below, as the references have it."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def spread(values):
    """The figures that the references give of a list of days."""
    return {"n": len(values), "min": min(values), "p25": quantile(values, 0.25),
            "median": statistics.median(values), "p75": quantile(values, 0.75), "p90": quantile(values, 0.9),
            "p95": quantile(values, 0.95), "max": max(values), "mean": sum(values) / len(values)}
