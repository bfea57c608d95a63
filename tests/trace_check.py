"""Does with trace/events.json what Perfetto's importer does, and complains of all that it would drop or bind elsewhere.

usage: trace_check.py FILE slices=N flows=N markers=N    (at least so many)

The rules are those of perfetto/src/trace_processor: importers/json/json_trace_tokenizer.cc and
json_trace_parser_impl.cc (what an event must have, times, threads), importers/common/slice_tracker.cc (which slices
lie on a track's stack, which are dropped) and flow_tracker.cc (what the ends of a flow are bound to).
"""
import json
import sys
from collections import defaultdict

expected = dict(word.split("=") for word in sys.argv[2:])
with open(sys.argv[1], "rb") as file:
    raw = file.read()
trace = json.loads(raw.decode("utf-8"))
events = trace["traceEvents"]
wrong = []
if next(iter(trace)) != "displayTimeUnit" or list(trace)[-1] != "traceEvents":
    wrong.append("the events are not the last of the file")
if any(byte < 0x20 and byte != 0x0a or byte == 0x7f for byte in raw):
    wrong.append("control characters in strings")


def nanoseconds(number):
    return round(float(number) * 1000.0)


def prepare(event):
    """What the tokenizer makes of it."""
    missing = {"ph", "ts", "pid", "tid"} - event.keys()
    if missing or not all(isinstance(event[key], int) for key in ("pid", "tid")) or event["ts"] < 0:
        wrong.append(f"{event} lacks {missing or 'numbers'}")
    event["tid"] = event["tid"] or event["pid"]
    event["ns"] = nanoseconds(event["ts"])
    event["length"] = nanoseconds(event.get("dur", 0))
    if event["length"] < 0:
        wrong.append(f"{event} ends before it begins")
    return event


events = sorted(map(prepare, events), key=lambda event: event["ns"])  # keeps the order of what is at the same time
process_of, names, stacks, begun, bound = {}, {}, defaultdict(list), {}, []
counters = defaultdict(list)
found = dict.fromkeys(("slices", "flows", "markers"), 0)


def put(stack, event):
    """A slice begins: those that have ended go; one that overlaps another without lying in it would be dropped."""
    for other in stack[::-1]:
        end = other["ns"] + other["length"]
        if end < event["ns"] or (end == event["ns"] and (other["length"] or event["length"])):
            stack.pop()
        elif event["ns"] < end < event["ns"] + event["length"]:
            wrong.append(f"{event} overlaps {other}")
            return
        elif other["length"]:
            wrong.append(f"{event} lies in {other}: commands of a queue come one after the other")
    stack.append(event)


for event in events:
    thread, kind = (event["pid"], event["tid"]), event["ph"]
    if process_of.setdefault(event["tid"], event["pid"]) != event["pid"]:
        wrong.append(f"thread {event['tid']} is of two processes, {process_of[event['tid']]} and {event['pid']}")
    if kind == "M":
        if event["name"] in ("process_name", "thread_name"):
            key = event["pid"] if event["name"] == "process_name" else thread
            if not event["args"]["name"] or names.setdefault(key, event["args"]["name"]) != event["args"]["name"]:
                wrong.append(f"{event}: named before, or by nothing")
        elif event["name"] not in ("process_sort_index", "thread_sort_index") or not isinstance(event["args"]["sort_index"], int):
            wrong.append(f"{event}: unknown metadata")
    elif kind == "X" or kind == "i" and event["s"] == "t":
        found["slices"] += kind == "X"
        if kind == "X" and "dur" not in event or not event["name"] or thread not in names:
            wrong.append(f"{event} has no length, no name, or its track has none")
        put(stacks[thread], event)
    elif kind == "i":
        found["markers"] += event["s"] == "g"
        if event["s"] != "g":
            wrong.append(f"{event}: unknown scope")
    elif kind in "sf":
        if not isinstance(event["id"], int) or not stacks[thread]:
            wrong.append(f"flow {event} has no slice to be bound to")
            continue
        top, key = stacks[thread][-1], (event["id"], event["cat"], event["name"])
        if not top["ns"] <= event["ns"] <= top["ns"] + top["length"]:
            wrong.append(f"flow {event} is bound to {top}, which is over")
        if kind == "s":
            if key in begun:
                wrong.append(f"flow {event} begins twice")
            begun[key] = top
        elif key not in begun or event.get("bp") != "e" or not top["name"].startswith("wait"):
            wrong.append(f"flow {event} has no beginning, or is bound to {top}, which waits for nothing")
        else:
            bound.append((begun.pop(key), top))
    elif kind == "C":
        values = list(event["args"].values())
        if len(values) != 1 or not isinstance(values[0], (int, float)):
            wrong.append(f"{event} is no counter")
        counters[event["pid"]].append(values[0])
    else:
        wrong.append(f"{event}: unknown kind")
if begun:
    wrong.append(f"flows that never end: {begun}")
found["flows"] = len(bound)
for source, target in bound:
    if source is target or source["ns"] > target["ns"] + target["length"]:
        wrong.append(f"flow from {source} goes back to {target}")
for pid, values in counters.items():
    if min(values) < 0 or values[-1] != 0:
        wrong.append(f"bytes in flight of process {pid}: {values[:20]}")
for thread in names:
    if isinstance(thread, tuple) and thread[0] not in names:
        wrong.append(f"process {thread[0]} has no name")
for key, value in expected.items():
    if found[key] < int(value):
        wrong.append(f"{found[key]} {key}, wanted at least {value}")
print("\n".join(wrong[:20]) or found)
sys.exit(bool(wrong))
