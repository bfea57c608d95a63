"""Holds trace/events.json against what trace viewers expect. usage: trace_check.py FILE slices=N flows=N markers=N"""
import json
import sys
from collections import defaultdict
from decimal import Decimal

expected = dict(word.split("=") for word in sys.argv[2:])
with open(sys.argv[1], encoding="utf-8") as file:
    trace = json.load(file, parse_float=Decimal)
events = trace["traceEvents"]
wrong = []


def slice_at(slices, event):
    return any(s["ts"] <= event["ts"] <= s["ts"] + s["dur"] for s in slices[event["pid"], event["tid"]])


for event in events:
    missing = {"ph", "ts", "pid", "tid"} - event.keys()
    if missing:
        wrong.append(f"{event} lacks {missing}")
slices = defaultdict(list)
for event in events:
    if event["ph"] == "X":
        slices[event["pid"], event["tid"]].append(event)
named = {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e.get("name") == "thread_name"}
for track, own in slices.items():
    if track not in named:
        wrong.append(f"track {track} has no name")
    for before, after in zip(own, own[1:]):
        if before["ts"] + before["dur"] > after["ts"]:
            wrong.append(f"slices of {named.get(track)} overlap: {before} {after}")
flows = defaultdict(list)
for event in events:
    if event["ph"] in "sf":
        flows[event["id"]].append(event)
        if not slice_at(slices, event):
            wrong.append(f"flow {event} begins or ends outside of a slice")
for number, ends in flows.items():
    if sorted(e["ph"] for e in ends) != ["f", "s"]:
        wrong.append(f"flow {number} has not one end of each kind")
    elif dict((e["ph"], e["ts"]) for e in ends)["s"] > dict((e["ph"], e["ts"]) for e in ends)["f"]:
        wrong.append(f"flow {number} goes back in time")
counters = defaultdict(list)
for event in events:
    if event["ph"] == "C":
        counters[event["pid"]].append(event["args"]["bytes"])
for pid, values in counters.items():
    if min(values) < 0 or values[-1] != 0:
        wrong.append(f"bytes in flight of process {pid}: {values[:20]}")
found = {
    "slices": sum(map(len, slices.values())),
    "flows": len(flows),
    "markers": sum(e["ph"] == "i" and e.get("s") == "g" for e in events),
}
for key, value in expected.items():
    if found[key] < int(value):
        wrong.append(f"{found[key]} {key}, wanted at least {value}")
print("\n".join(wrong[:20]) or found)
sys.exit(bool(wrong))
