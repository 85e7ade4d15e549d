#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tells in words what `leadflow replay` did: to whom, when, and why.

    leadflow replay BLUEPRINT EVENTS --effects --contacts | examples/story.py EVENTS [CONTACT...]

Without contacts it prints the summary and a line for each; with some, the whole story of each of them.
`--all` tells everybody's. What `leadflow explain` printed may come along: then the score is taken apart.
"""
import json
import signal
import sys
from collections import Counter, defaultdict
from datetime import datetime

QUIET = {"segment", "tag"}  # many, and what follows from them is told with its reason
STAGES = "lifecycle"  # the machine of the stages; of another one only its changes are told


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def when(text):
    return moment(text).strftime("%d %b %H:%M")


def words(event):
    """An event in words: its type and the values of its props."""
    props = event.get("props", {})
    shown = [f"{len(value)} fields" if isinstance(value, dict) else str(value) for value in props.values()]
    type_ = event["type"].lstrip("$").replace("_", " ")
    return type_ + (f" ({', '.join(shown)})" if shown else "")


def trigger_words(trigger):
    if trigger == "enroll":
        return "somebody asked for it"
    kind, name = next((k, v) for k, v in trigger.items() if k != "when")
    last = name.split(".")[-1]
    return {"event": f"of {last.replace('_', ' ')}", "state": f"the stage is now {last}", "band": f"the score is now {last}",
            "segment": f"it came into the segment {last}", "segment_left": f"it left the segment {last}"}[kind]


def because(effect, events, started):
    """`started`: why the sequences began that end at the same instant."""
    cause = effect["cause"]
    if effect["kind"] == "enrolled":
        return trigger_words(effect["trigger"])
    if effect["kind"] == "exited" and effect["reason"] in ("completed", "converted"):
        return {"completed": "it was its last step", "converted": "the goal is reached"}[effect["reason"]]
    if cause.get("sequence") in started:
        return started[cause["sequence"]]
    if "event" in cause:
        event = events.get((effect["contact"], cause["event"]))
        return "of " + (words(event) if event else str(cause["event"]))
    if "transition" in cause:
        return f"the stage is now {cause['transition'][2]}"
    if "sequence" in cause:
        return f"{cause['sequence']} came to its step {cause['step']}"
    return "points decay with time" if cause["time"] == "decay" else "of the time that has passed"


def what(effect):
    kind = effect["kind"]
    if kind == "stage":
        by = f" by {effect['actor']} ({effect['reason']})" if effect["actor"] else ""
        name = "stage" if effect["machine"] == STAGES else effect["machine"]
        return f"{name} {effect['to']}" + (f", was {effect['from']}" if effect["from"] else "") + by
    if kind == "band":
        return f"{effect['to']} with {effect['points']} points" + (f", was {effect['from']}" if effect["from"] else "")
    if kind == "segment":
        return f"{'enters' if effect['entered'] else 'leaves'} the segment {effect['segment']}"
    if kind in ("tag", "flag"):
        return f"{kind} {effect['name']} {'set' if effect['added'] else 'taken off'}"
    if kind == "suppress":
        return f"{'no mail any more' if effect['added'] else 'mail again'}: {effect['name']}"
    if kind == "enrolled":
        return f"begins {effect['sequence']}"
    if kind == "exited":
        return f"ends {effect['sequence']}: {effect['reason']}"
    if kind == "send":
        return f"{effect['channel']} \"{effect['message'].get('subject', effect['template'])}\""
    if kind == "skipped":
        return f"{effect['channel']} {effect['template']} not sent: {effect['reason']}"
    if kind == "notify":
        return f"tells {effect['to']}: {effect['text']}"
    if kind == "task":
        due = f", within {effect['due']}" if "due" in effect else ""
        return f"task for {effect.get('to', 'the owner')}: {effect['title']}{due}"
    return f"{kind} {effect.get('name') or effect.get('reason')}"


def who(contact):
    fields = contact["fields"]
    known = [str(fields[name]) for name in ("first_name", "title", "company", "industry", "country") if name in fields]
    return ", ".join(known)


def is_told(effect):
    return effect["kind"] not in QUIET and not is_beginning(effect)


def is_beginning(effect):
    """The state in which everybody begins."""
    return effect["kind"] == "stage" and effect["machine"] != STAGES and effect["from"] is None


def now(contact, effects):
    begun = {effect["machine"]: effect["to"] for effect in effects if is_beginning(effect)}
    parts = [state for machine, state in contact["states"].items() if begun.get(machine) != state]
    parts += [f"{score['points']} points" + (f", {score['band']}" if score["band"] else "")
              for score in contact["scores"].values()]
    for enrolment in contact["enrolments"]:
        due = f" until {when(enrolment['due'])}" if enrolment.get("due") else ""
        parts.append(f"waits in {enrolment['sequence']} at {enrolment['step']}{due}")
    return "; ".join(parts)


def at_once(effects):
    """{(time, sequence): why it began} of the sequences that were begun and done within one instant."""
    began = {(one["at"], one["sequence"]): trigger_words(one["trigger"]) for one in effects if one["kind"] == "enrolled"}
    ended = {(one["at"], one["sequence"]) for one in effects
             if one["kind"] == "exited" and one["reason"] == "completed"}
    return {key: why for key, why in began.items() if key in ended}


def tell(contact, effects, events):
    """The story of one contact: a time stands where it changes, a reason where it changes."""
    print(f"\n{contact['contact']}  {who(contact)}")
    last_time = last_reason = None
    short = at_once(effects)
    for effect in effects:
        hidden = effect["kind"] in ("enrolled", "exited") and (effect["at"], effect["sequence"]) in short
        if hidden or not is_told(effect):
            continue
        started = {name: why for (at, name), why in short.items() if at == effect["at"]}
        time, reason = when(effect["at"]), because(effect, events, started)
        same = time == last_time
        why = "" if same and reason == last_reason else f"because {reason}"
        print(f"  {'' if same else time:12}  {what(effect):52} {why}".rstrip())
        last_time, last_reason = time, reason
    print(f"  {when(contact['at'])}  now: {now(contact, effects)}")


def take_apart(explanation):
    """The parts of a score, which add up to it."""
    print(f"    {explanation['score']} {explanation['total'] / 1000:g} =")
    for part in explanation["parts"]:
        if part["value"] != 0:
            was = f", {part['before'] / 1000:g} at first" if part.get("before", part["value"]) != part["value"] else ""
            since = f", {when(part['at'])}" if "at" in part else ""
            name = part.get("rule") or part["kind"].replace("_", " ")
            print(f"    {part['value'] / 1000:+8g}  {part.get('dimension', 'all')}: {name}{since}{was}")


def summary(contacts, effects):
    kinds = Counter(effect["kind"] for effect in effects)
    skipped = Counter(effect["reason"] for effect in effects if effect["kind"] == "skipped")
    stages = Counter(contact["states"].get(STAGES) for contact in contacts)
    entered = sum(effect["kind"] == "stage" and effect["machine"] == STAGES for effect in effects)
    print(f"{len(contacts)} contacts; {kinds['send']} messages sent, {kinds['skipped']} not sent ("
          + ", ".join(f"{reason} {n}" for reason, n in sorted(skipped.items())) + f"); {kinds['task']} tasks, "
          f"{kinds['notify']} notices; {entered} stages entered, {kinds['band']} changes of band.")
    print("Stages now: " + ", ".join(f"{stage} {n}" for stage, n in stages.most_common()) + ".")


def line(contact, effects):
    kinds = Counter(effect["kind"] for effect in effects)
    print(f"  {contact['contact']}  {kinds['send']:2} sent, {kinds['skipped']:2} not  "
          f"{now(contact, effects).split('; waits')[0]:34}  {who(contact)}".rstrip())


def main(arguments):
    if not arguments or arguments[0].startswith("-"):
        sys.exit(__doc__)
    with open(arguments[0], encoding="utf-8") as file:
        rows = [json.loads(row) for row in file]
    events = {(row["contact"], row.get("id", row["type"])): row for row in reversed(rows)}
    output = [json.loads(row) for row in sys.stdin]
    contacts = [row for row in output if "states" in row]
    effects = [row for row in output if "kind" in row]
    scores = {row["contact"]: row for row in output if "parts" in row}
    by_contact = defaultdict(list)
    for effect in effects:
        by_contact[effect["contact"]].append(effect)
    chosen = arguments[1:]
    if not chosen:
        summary(contacts, effects)
    for contact in contacts:
        if not chosen:
            line(contact, by_contact[contact["contact"]])
        elif "--all" in chosen or contact["contact"] in chosen:
            tell(contact, by_contact[contact["contact"]], events)
            if contact["contact"] in scores:
                take_apart(scores[contact["contact"]])


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` is no error
    main(sys.argv[1:])
