# SPDX-License-Identifier: MIT
"""The command leadflow: arguments, exit statuses, what it says, and how it reads its input (docs/command.md)."""
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import time

from kit import Folder, Skip, contains, equal, ndjson, run_tests, tests_of

PROGRAM = sys.argv[1]
PLACE = re.compile(r'^[^:]+:[1-9]\d*:[1-9]\d*: (error|warning)\[[a-z-]+\]: .+$')

BLUEPRINT = {
    'leadflow': 1, 'name': 'small',
    'fields': {'plan': {'type': 'string'}},
    'events': {'visit': {'engagement': True, 'props': {'page': 'string'}}, 'signup': {'engagement': True}},
    'scores': {'lead': {
        'dimensions': {'behavior': {'rules': [
            {'name': 'visit', 'on': 'visit', 'points': 10, 'decay': {'lose': 5, 'every': '7d'}},
            {'name': 'signup', 'on': 'signup', 'points': 20, 'max_points': 30}]}},
        'bands': [{'name': 'warm', 'from': 20}, {'name': 'cold', 'from': 0}]}},
    'machines': {'stage': {'initial': 'new', 'states': {'new': {}, 'lead': {}},
                           'transitions': [{'from': 'new', 'to': 'lead', 'when': 'score.lead >= 20'}]}}}


def event(contact, kind, at, **rest):
    return {'contact': contact, 'type': kind, 'at': '2026-01-%sZ' % at, **rest}


EVENTS = [event('b', 'signup', '05T10:00:00', id='1'), event('a', 'visit', '05T10:00:00', id='2'),
          event('Z', 'visit', '05T11:00:00', id='3'), event('é', 'signup', '05T11:00:00', id='4'),
          event('a', 'visit', '06T10:00:00', id='5', props={'page': '/x'}),
          event('a', 'visit', '07T10:00:00', id='6')]


def folder(blueprint=None, events=None):
    here = Folder(PROGRAM)
    here.write('b.json', BLUEPRINT if blueprint is None else blueprint)
    here.write('e.ndjson', EVENTS if events is None else events)
    return here


def replay(events, *args, blueprint=None):
    """What comes out when nothing is refused."""
    status, out, err = folder(blueprint, events).run('replay', 'b.json', 'e.ndjson', *args)
    equal((status, err), (0, ''))
    return ndjson(out)


def refused(*args):
    status, out, err = folder().run(*args)
    equal((status, out), (2, ''), 'usage: %r' % (args,))
    return err


# ---- arguments ----
def test_help_and_version():
    status, out, err = folder().run('--help')
    equal((status, err), (0, ''))
    for name in ('check', 'replay', 'explain', 'why', 'graph'):
        contains(out, 'leadflow ' + name)
    equal(folder().run('replay', '--help')[:2][0], 0)
    status, out, err = folder().run('--version')
    equal((status, err), (0, ''))
    assert re.fullmatch(r'leadflow \d+\.\d+\.\d+\n', out), out


def test_wrong_usage_is_exit_status_2():
    refused()
    contains(refused('replai', 'b.json'), 'did you mean replay?')
    contains(refused('replay', 'b.json', 'e.ndjson', '--efects'), 'did you mean --effects?')
    contains(refused('replay', 'b.json', 'e.ndjson', '--machine', 'm'), 'unknown option --machine')
    contains(refused('replay', 'b.json'), 'missing: EVENTS')
    contains(refused('replay'), 'missing: BLUEPRINT')
    contains(refused('check'), 'missing: BLUEPRINT')
    contains(refused('replay', 'b.json', 'e.ndjson', 'more'), 'one too many: more')
    contains(refused('replay', 'b.json', 'e.ndjson', '--until'), 'needs a value: --until')
    contains(refused('replay', 'b.json', 'e.ndjson', '--effects=yes'), 'takes no value: --effects')
    contains(refused('replay', 'b.json', 'e.ndjson', '--effects', '--effects'), 'given twice: --effects')
    contains(refused('replay', 'b.json', 'e.ndjson', '--until', 'tomorrow'), 'RFC 3339')
    contains(refused('replay', 'b.json', 'e.ndjson', '--until=2026-02-30T00:00:00Z'), 'RFC 3339')
    contains(refused('explain', 'b.json', 'e.ndjson'), 'missing: --contact')
    contains(refused('graph', 'b.json'), 'one of --machine and --sequence')
    contains(refused('graph', 'b.json', '--machine', 'stage', '--sequence', 's'), 'one of --machine and --sequence')
    contains(refused('graph', 'b.json', '--sequence', 's'), 'has no sequence s')
    contains(refused('graph', 'b.json', '--machine', 'stag'), 'did you mean stage?')


def test_later_commands_say_so():
    for name in ('forecast', 'diff', 'report'):
        equal(refused(name, 'b.json', 'e.ndjson'), 'leadflow %s: not supported yet\n' % name)


def test_options_stand_anywhere_and_files_may_look_like_them():
    here = folder()
    expected = here.run('replay', 'b.json', 'e.ndjson', '--contacts', '--until', '2026-02-01T00:00:00Z')
    equal(here.run('replay', '--until=2026-02-01T00:00:00.000+00:00', '--contacts', 'b.json', 'e.ndjson'), expected)
    here.write('--e', EVENTS)
    equal(here.run('replay', '--until', '2026-02-01T01:00:00+01:00', '--contacts', '--', 'b.json', '--e'), expected)


# ---- check ----
def test_check_finds_nothing_in_a_good_blueprint():
    equal(folder().run('check', 'b.json', 'b.json'), (0, '', ''))


def test_check_lists_all_errors_with_their_places():
    here = folder('{"leadflow": 1,\n "evnts": {},\n "machines": {"m": {"initial": "x",\n  "states": {"y": {}}}},\n'
                  ' "events": {"e": {"props": {"p": "strin"}}}}\n')
    status, out, err = here.run('check', 'b.json')
    equal((status, out), (1, ''))
    for line in err.splitlines():
        assert PLACE.match(line), line
    for part in ("b.json:2:2: error[unknown-key]", "did you mean 'events'", 'b.json:3:', 'b.json:5:'):
        contains(err, part)


def test_check_says_which_states_of_the_previous_blueprint_are_lost():
    blueprint = json.loads(json.dumps(BLUEPRINT))
    machine = blueprint['machines']['stage']
    machine['states'] = {'new': {}, 'customer': {}}
    machine['transitions'][0]['to'] = 'customer'
    here = folder(blueprint)
    here.write('old.json', BLUEPRINT)
    equal(here.run('check', 'b.json'), (0, '', ''))
    status, out, err = here.run('check', 'b.json', '--previous', 'old.json')
    equal((status, out), (1, ''))
    assert PLACE.match(err), err
    contains(err, "error[state-gone]: the state 'lead' of the previous blueprint")
    machine['renamed'] = {'lead': 'customer'}
    here.write('b.json', blueprint)
    equal(here.run('check', '--previous=old.json', 'b.json'), (0, '', ''))
    equal(here.run('check', '--previous=none.json', 'b.json')[:2], (1, ''))


def test_check_prints_what_the_linter_finds():
    blueprint = json.loads(json.dumps(BLUEPRINT))
    blueprint['machines']['stage']['states']['island'] = {}
    here = folder(blueprint)
    status, out, err = here.run('check', 'b.json')
    equal((status, out), (1, ''))
    contains(err, 'warning[unreachable-state]')
    contains(err, '(at /machines/stage/states/island)')
    equal(here.run('replay', 'b.json', 'e.ndjson')[::2], (0, ''), 'a finding does not stop a replay')


def test_check_says_two_of_each_finding_and_nothing_of_what_was_mended():
    text = open('tests/blueprint/cases/two_of_each.txt', encoding='utf-8').read()
    cases = [case.split('\n=>\n') for case in re.split('^## .*\n', text, flags=re.M)[1:]]
    equal(len(cases), 2)
    for document, findings in cases:
        here = folder(document + '\n')
        wanted = [re.fullmatch(r'finding (\S+) (\S+) (\S+) (.*)', line).groups() for line in findings.split('\n') if line]
        said = ['b.json:%s: warning[%s]: %s (at %s)\n' % (place, code, what, pointer)
                for code, pointer, place, what in wanted]
        equal(here.run('check', 'b.json'), (1 if said else 0, '', ''.join(said)))


def test_check_goes_on_behind_a_file_that_cannot_be_read():
    here = folder()
    here.write('bad.json', '{')
    status, out, err = here.run('check', 'none.json', 'bad.json', 'b.json', '.')
    equal((status, out), (1, ''))
    contains(err, 'none.json:1:1: error[io]: cannot be read: No such file or directory\n')
    contains(err, 'bad.json:1:2: error[bad-json]')
    contains(err, '.:1:1: error[io]: cannot be read: Is a directory\n')


def test_a_byte_order_mark_does_no_harm():
    here = folder()
    here.write('mark.json', b'\xef\xbb\xbf' + json.dumps(BLUEPRINT).encode())
    equal(here.run('check', 'mark.json'), (0, '', ''))


# ---- extends ----
def test_extends_names_files_in_the_folder_of_the_blueprint():
    here = folder({'leadflow': 1, 'extends': ['middle'], 'name': 'top'})
    os.mkdir(os.path.join(here.path, 'sub'))
    here.write('sub/top.json', {'leadflow': 1, 'extends': ['middle'], 'name': 'top'})
    here.write('sub/middle.json', {'extends': ['base'], 'scores': {'lead': {'max': 15}}})
    here.write('sub/base.json', BLUEPRINT)
    status, out, err = here.run('replay', 'sub/top.json', 'e.ndjson', '--contacts')
    equal((status, err), (0, ''))
    equal([line['scores']['lead']['points'] for line in ndjson(out)], [10, 15, 15, 15])


def test_errors_of_an_extended_file_name_it():
    here = folder({'leadflow': 1, 'extends': ['base']})
    here.write('base.json', '{"events":\n {"e": {"props": {"p": "strin"}}}}')
    status, out, err = here.run('replay', './b.json', 'e.ndjson')
    equal((status, out), (1, ''))
    contains(err, './base.json:2:')


def test_circles_and_missing_presets_are_reported():
    here = folder({'leadflow': 1, 'extends': ['one', 'none', '../b', 7]})
    here.write('one.json', {'extends': ['two']})
    here.write('two.json', {'extends': ['one']})
    status, out, err = here.run('check', 'b.json')
    equal((status, out), (1, ''))
    contains(err, "two.json:1:14: error[circle]: the preset 'one' extends itself")
    contains(err, 'none.json:1:1: error[io]')
    contains(err, "b.json:1:36: error[unknown-name]: unknown preset 'none'")
    contains(err, "unknown preset '../b'")
    contains(err, 'error[wrong-type]')


# ---- replay ----
def test_a_bad_blueprint_gives_all_diagnostics_and_nothing_else():
    here = folder('{"leadflow": 2, "nam": "x"}')
    status, out, err = here.run('replay', 'b.json', 'e.ndjson', '--contacts')
    equal((status, out), (1, ''))
    equal(len(err.splitlines()), 2)


def test_effects_come_by_time_then_contact_then_origin():
    lines = replay(EVENTS, '--effects')
    keys = [(line['at'], line['contact'].encode()) for line in lines]
    equal(keys, sorted(keys))
    equal([line['kind'] for line in lines if line['contact'] == 'b'], ['stage', 'stage', 'band'])
    equal([(line['from'], line['to']) for line in lines if line['contact'] == 'b'],
          [(None, 'new'), ('new', 'lead'), (None, 'warm')])
    equal(len({line['key'] for line in lines}), len(lines))


def test_contacts_come_by_id_and_after_the_effects():
    lines = replay(EVENTS, '--contacts', '--effects')
    kinds = ['effect' if 'kind' in line else 'contact' for line in lines]
    equal(kinds, sorted(kinds, reverse=True))
    equal([line['contact'] for line in lines if 'kind' not in line], ['Z', 'a', 'b', 'é'])


def test_all_contacts_are_brought_up_to_the_newest_event():
    lines = replay(EVENTS, '--contacts')
    equal({line['at'] for line in lines}, {'2026-01-07T10:00:00.000Z'})
    lines = replay(EVENTS, '--contacts', '--until', '2026-01-12T10:00:00Z')
    equal({line['at'] for line in lines}, {'2026-01-12T10:00:00.000Z'})
    equal(lines[1]['scores']['lead']['total'], 25000)


def test_output_has_the_form_of_the_contract():
    events = [event('a', 'signup', '05T10:00:00', id='e-1')]
    status, out, err = folder(events=events).run('replay', 'b.json', 'e.ndjson', '--effects', '--contacts')
    equal((status, err), (0, ''))
    stage = '{"at":"2026-01-05T10:00:00.000Z","contact":"a","kind":"stage","machine":"stage","from":%s,"to":"%s",' \
            '"actor":null,"reason":null,"cause":{"event":"e-1"},"key":"KEY"}'
    equal(re.sub('"key":"[0-9a-f]{32}"', '"key":"KEY"', out).splitlines(), [
        stage % ('null', 'new'), stage % ('"new"', 'lead'),
        '{"at":"2026-01-05T10:00:00.000Z","contact":"a","kind":"band","score":"lead","from":null,"to":"warm","points":20,'
        '"cause":{"event":"e-1"},"key":"KEY"}',
        '{"contact":"a","at":"2026-01-05T10:00:00.000Z","created":"2026-01-05T10:00:00.000Z","fields":{},"tags":[],'
        '"flags":[],"scores":{"lead":{"total":20000,"points":20,"band":"warm","dimensions":{"behavior":20000}}},'
        '"states":{"stage":"lead"},"segments":[],"enrolments":[],"next_wake":null}'])


def test_events_after_until_are_not_run():
    until = '2026-01-06T09:59:59.999Z'
    early = [line for line in EVENTS if line['at'] < until]
    equal(replay(EVENTS, '--effects', '--contacts', '--until', until),
          replay(early, '--effects', '--contacts', '--until', until))
    equal(replay(EVENTS, '--until', until)[0]['after'], 2)


def test_by_time_and_by_contact_give_equal_output():
    by_contact = sorted(EVENTS, key=lambda line: line['contact'])
    for args in (['--effects', '--contacts'], []):
        equal(replay(by_contact, *args), replay(EVENTS, *args))


def test_standard_input():
    here = folder()
    with open(os.path.join(here.path, 'e.ndjson'), 'rb') as file:
        expected = here.run('replay', 'b.json', 'e.ndjson', '--effects', '--contacts')
        equal(here.run('replay', 'b.json', '-', '--effects', '--contacts', input=file.read()), expected)
    status, _, err = here.run('replay', 'b.json', '-', input=b'{}\n')
    equal(status, 1)
    contains(err, '<stdin>:1:1: error[bad-event]')


def test_line_ends_blank_lines_and_byte_order_mark():
    plain = ''.join(json.dumps(line) + '\n' for line in EVENTS)
    expected = replay(plain, '--effects', '--contacts')
    for text in (plain.replace('\n', '\r\n'), plain.rstrip('\n'), '\n \t\r\n' + plain.replace('\n', '\n\n'),
                 b'\xef\xbb\xbf' + plain.encode()):
        equal(replay(text, '--effects', '--contacts'), expected)
    equal(replay('', '--contacts'), [])
    equal(replay('', '--effects'), [])
    equal(replay('')[0]['until'], None)


def test_damaged_and_refused_lines_are_reported_and_the_rest_goes_on():
    good = [json.dumps(line).encode() for line in EVENTS]
    bad = [b'{"contact":', b'[]', b'{"contact":"a","type":"visit","at":"2026-01-05"}', b'\0', good[0] + b'\0',
           b'{"contact":"\xff","type":"visit","at":"2026-01-05T10:00:00Z"}',
           b'{"contact":"a","type":"vist","at":"2026-01-05T10:00:00Z"}',
           b'{"contact":"a","type":"visit","at":"2026-01-05T10:00:00Z","props":{"pag":1}}',
           b'{"contact":"","type":"visit","at":"2026-01-05T10:00:00Z"}',
           b'{"contact":"a","type":"$move","at":"2026-01-05T10:00:00Z","props":{"machine":"stage","to":"lead"}}',
           b'{"contact":"new","type":"$update","at":"2026-01-05T10:00:00Z","props":{"fields":{"plann":"x"}}}',
           b'x' * (3 << 20)]
    mixed = b'\n'.join(bad[:6] + good + bad[6:])
    status, out, err = folder(events=mixed).run('replay', 'b.json', 'e.ndjson', '--effects', '--contacts')
    equal(status, 1)
    equal(ndjson(out), replay(EVENTS, '--effects', '--contacts'))
    lines = err.splitlines()
    numbers = list(range(1, 7)) + list(range(13, 19))
    equal([int(line.split(':')[1]) for line in lines], numbers)
    for line in lines:
        assert PLACE.match(line), line
    contains(lines[0], 'e.ndjson:1:12: error[bad-json]')
    contains(lines[6], "error[unknown-type]: unknown event type 'vist' (did you mean 'visit'?)")
    contains(lines[7], 'error[unknown-prop]')
    contains(lines[9], 'error[move-refused]')
    contains(lines[10], "'plann' (did you mean 'plan'?)")
    contains(lines[11], 'error[limit]')


def test_a_long_line_within_the_limit_is_read():
    page = 'p' * 900000
    lines = replay([event('a', 'visit', '05T10:00:00', props={'page': page}), *EVENTS], '--contacts')
    equal([line['contact'] for line in lines], ['Z', 'a', 'b', 'é'])


def test_duplicates_and_late_events_are_no_errors():
    events = EVENTS + [EVENTS[5], dict(EVENTS[5], type='signup'), event('a', 'visit', '01T00:00:00')]
    events.append({'contact': 'a', 'type': 'visit', 'at': '2024-01-01T00:00:00Z'})
    status, out, err = folder(events=events).run('replay', 'b.json', 'e.ndjson')
    equal(status, 0)
    lines = err.splitlines()
    equal(len(lines), 2)
    contains(lines[0], 'e.ndjson:8:1: warning[duplicate-event]')
    contains(lines[1], 'e.ndjson:10:1: warning[late-event]')
    summary = ndjson(out)[0]
    equal([summary[key] for key in ('lines', 'events', 'late', 'duplicates', 'changed_duplicates')], [10, 8, 1, 1, 1])


def test_ignored_types_are_counted():
    blueprint = dict(BLUEPRINT, intake={'on_unknown': 'ignore'})
    summary = replay(EVENTS + [event('a', 'other', '05T10:00:00', props={'x': 1})], blueprint=blueprint)[0]
    equal((summary['ignored'], summary['events'], summary['contacts']), (1, 6, 4))


def test_summary_without_options():
    summary = replay(EVENTS)[0]
    equal(summary['effects'], {'stage': 7, 'band': 5})
    equal(summary['until'], '2026-01-07T10:00:00.000Z')
    equal((summary['contacts'], summary['refused'], summary['after']), (4, 0, 0))


def test_much_text_of_effects_goes_through_a_file():
    blueprint = json.loads(json.dumps(BLUEPRINT))
    blueprint['machines']['stage']['states']['new'] = {'enter': [{'emit': {'name': 'x', 'data': {'text': 't' * 60000}}}]}
    contacts = ['c%04d' % i for i in range(1200)]
    events = [event(contact, 'visit', '05T10:00:%02d' % (i % 60)) for i, contact in enumerate(contacts)]
    lines = replay(events, '--effects', blueprint=blueprint)
    equal([line['contact'] for line in lines if line['kind'] == 'emit'],
          [contact for i in range(60) for contact in contacts[i::60]])
    assert all(len(line['data']['text']) == 60000 for line in lines if line['kind'] == 'emit')


def test_unreadable_events():
    here = folder()
    for name, why in (('none', 'No such file or directory'), ('.', 'Is a directory')):
        status, out, err = here.run('replay', 'b.json', name, '--contacts')
        equal((status, out, err), (1, '', '%s:1:1: error[io]: cannot be read: %s\n' % (name, why)))


def test_output_that_cannot_be_written():
    if not os.path.exists('/dev/full'):
        raise Skip('there is no /dev/full')
    for args in (['replay', 'b.json', 'e.ndjson', '--effects'], ['replay', 'b.json', 'e.ndjson'], ['--help'],
                 ['graph', 'b.json', '--machine', 'stage'], ['explain', 'b.json', 'e.ndjson', '--contact', 'a']):
        with open('/dev/full', 'wb') as full:
            status, _, err = folder().run(*args, stdout=full)
        equal(status, 1, str(args))
        contains(err, 'cannot be')


def test_a_file_name_cannot_steer_the_terminal():
    _, _, err = folder().run('check', 'a\x1b[31m\nb')
    contains(err, 'a\\x1b[31m\\x0ab:1:1: error[io]')


def read_all(terminal):
    text = b''
    try:
        while True:
            piece = os.read(terminal, 4096)
            if not piece:
                return text
            text += piece
    except OSError:
        return text  # how Linux says that the other side was closed


def test_progress_is_for_terminals_only():
    here = folder()
    lines = ''.join(json.dumps(event('c%d' % i, 'visit', '05T10:00:00')) + '\n' for i in range(2000)).encode()
    try:
        ours, theirs = pty.openpty()
    except OSError as none:
        raise Skip('there is no terminal to be had') from none
    with subprocess.Popen([here.program, 'replay', 'b.json', '-'], cwd=here.path, stdin=subprocess.PIPE,
                          stdout=subprocess.DEVNULL, stderr=theirs) as process:
        os.close(theirs)
        process.stdin.write(lines)
        process.stdin.flush()
        time.sleep(0.5)
        process.stdin.write(lines + b'damaged\n')
        process.stdin.close()
        text = read_all(ours).decode()
        equal(process.wait(), 1)
    os.close(ours)
    assert re.search(r'\r\x1b\[Klines: \d+\r\x1b\[K<stdin>:4001:', text), text
    equal(here.run('replay', 'b.json', '-', input=lines)[2], '')


# ---- explain ----
def test_the_parts_of_an_explanation_add_up():
    here = folder()
    for until in ('2026-01-06T00:00:00Z', '2026-01-13T10:00:00Z', '2026-03-01T00:00:00Z'):
        contacts = ndjson(here.run('replay', 'b.json', 'e.ndjson', '--contacts', '--until', until)[1])
        for contact in contacts:
            status, out, err = here.run('explain', 'b.json', 'e.ndjson', '--contact', contact['contact'], '--at', until)
            equal((status, err), (0, ''))
            (line,) = ndjson(out)
            score = contact['scores']['lead']
            equal((line['contact'], line['score'], line['at']), (contact['contact'], 'lead', contact['at']))
            equal((line['total'], line['band']), (score['total'], score['band']))
            equal(sum(part['value'] for part in line['parts']), line['total'])


def test_explain_shows_entries_before_and_after_decay():
    (line,) = ndjson(folder().run('explain', 'b.json', 'e.ndjson', '--contact', 'a', '--at', '2026-01-12T10:00:00Z')[1])
    equal([(part['kind'], part['rule'], part['at'], part['before'], part['value']) for part in line['parts']],
          [('entry', 'visit', '2026-01-%02dT10:00:00.000Z' % day, 10000, value)
           for day, value in ((5, 5000), (6, 10000), (7, 10000))])


def test_explain_without_a_time_is_as_of_the_newest_event_of_all():
    (line,) = ndjson(folder().run('explain', 'b.json', 'e.ndjson', '--contact', 'b')[1])
    equal(line['at'], '2026-01-07T10:00:00.000Z')


def test_explain_says_what_a_cap_cuts():
    events = [event('a', 'signup', '05T10:00:00'), event('a', 'signup', '06T10:00:00')]
    (line,) = ndjson(folder(events=events).run('explain', 'b.json', 'e.ndjson', '--contact', 'a')[1])
    equal([(part['kind'], part['value']) for part in line['parts']],
          [('entry', 20000), ('entry', 20000), ('rule_cap', -10000)])
    equal((line['total'], line['at']), (30000, '2026-01-06T10:00:00.000Z'))


def test_explain_without_such_a_contact():
    status, out, err = folder().run('explain', 'b.json', 'e.ndjson', '--contact', 'nobody')
    equal((status, out), (1, ''))
    contains(err, 'no event of contact nobody')
    status, out, err = folder().run('explain', 'b.json', 'e.ndjson', '--contact', 'a', '--at', '2025-01-01T00:00:00Z')
    equal((status, out), (1, ''))


def test_explain_writes_any_id_as_json():
    events = [event('a"\\b', 'signup', '05T10:00:00')]
    (line,) = ndjson(folder(events=events).run('explain', 'b.json', 'e.ndjson', '--contact', 'a"\\b')[1])
    equal(line['contact'], 'a"\\b')


# ---- why ----
WHY = {**BLUEPRINT, 'fields': {'title': {'type': 'string'}},
       'segments': {'keen': {'when': "count('visit', '7d') >= 2 && contact.title == 'VP'"}}}


def why(*args):
    status, out, err = folder(blueprint=WHY).run('why', 'b.json', 'e.ndjson', '--contact', *args)
    equal((status, err), (0, ''))
    return ndjson(out)


def test_why_names_what_stands_in_the_way_of_a_segment():
    (line,) = why('a', '--segment', 'keen', '--at', '2026-01-06T10:00:00Z')
    equal((line['contact'], line['at'], line['segment'], line['in']), ('a', '2026-01-06T10:00:00.000Z', 'keen', False))
    equal([(part['cel'], part['holds'], part.get('error'), part.get('until')) for part in line['when']['parts']],
          [("count('visit', '7d') >= 2", True, None, '2026-01-12T10:00:00.000Z'),
           ("contact.title == 'VP'", False, 'contact.title has no value', None)])


def test_why_shows_a_transition_with_its_condition():
    (line,) = why('a', '--to', 'lead', '--at', '2026-01-05T10:00:00Z')
    equal((line['machine'], line['state'], line['from']), ('stage', 'new', ['new']))
    equal([(one['to'], one['when']['cel'], one['when']['holds']) for one in line['transitions']],
          [('lead', 'score.lead >= 20', False)])
    (line,) = why('b', '--to', 'lead')
    equal((line['state'], line['since'], line['transitions']), ('lead', '2026-01-05T10:00:00.000Z', []))


STAY = {
    'leadflow': 1,
    'fields': {'title': {'type': 'string'}, 'ends': {'type': 'timestamp'}},
    'events': {'visit': {}, 'buy': {'props': {'gift': 'bool'}}, 'quit': {}},
    'consent': {'push': 'opt_out'},
    'scores': {'lead': {'dimensions': {'d': {'rules': [{'name': 'visit', 'on': 'visit', 'points': 10}]}},
                        'bands': [{'name': 'hot', 'from': 30}, {'name': 'cold', 'from': 0}]}},
    'machines': {'stage': {'initial': 'lead', 'states': {'lead': {}, 'won': {}},
                           'transitions': [{'from': 'lead', 'to': 'won', 'on': 'buy'}]}},
    'segments': {'keen': {'when': "count('visit', '7d') >= 2"}},
    'templates': {'mail': {'channel': 'email'}, 'tip': {'channel': 'push'},
                  'both': {'channel': 'email', 'fallback': 'tip'}},
    'sequences': {
        'course': {'trigger': [{'segment': 'keen'}], 'goal': "state.stage == 'won'",
                   'exit': [{'event': 'quit'}, {'when': "contact.title == 'VP' && ever('visit')"}], 'reentry': '3d',
                   'steps': [{'label': 'hello', 'send': 'mail'}, {'label': 'pause', 'wait': {'for': '1d'}},
                             {'label': 'look', 'wait': {'until': "ever('buy')", 'timeout': '2d'}},
                             {'label': 'tip', 'send': 'both'}, {'exit': 'it "is" over'}]},
        'all': {'trigger': [{'event': 'buy', 'when': 'event.gift'}, {'state': 'stage.won'}, {'segment_left': 'keen'},
                            {'band': 'lead.hot'}, {'when': "contact.title == 'VP'"}, {'date': 'ends', 'offset': '-1d'}],
                'exit': [{'when': 'suppressed'}], 'steps': []}}}
STAYED = [event('a', 'visit', '05T10:00:00'), event('a', 'visit', '06T10:00:00'),
          event('b', 'buy', '05T10:00:00'), event('b', 'visit', '05T11:00:00'), event('b', 'visit', '05T12:00:00'),
          event('c', '$update', '05T10:00:00', props={'fields': {'title': 'VP', 'ends': '2026-01-20T00:00:00Z'}}),
          event('c', 'visit', '05T11:00:00'), event('c', 'visit', '05T12:00:00'),
          event('c', '$update', '07T10:00:00', props={'fields': {'title': None}}),
          event('d', 'visit', '05T11:00:00'), event('d', 'visit', '05T12:00:00'), event('d', 'quit', '05T13:00:00'),
          event('d', '$suppress', '05T14:00:00', props={'reason': 'complaint'})]


def stays(contact, at, sequence='course'):
    here = folder(STAY, STAYED)
    status, out, err = here.run('why', 'b.json', 'e.ndjson', '--contact', contact, '--sequence', sequence,
                                '--at', '2026-01-%s:00:00Z' % at)
    equal((status, err), (0, ''))
    (line,) = ndjson(out)
    equal((line['contact'], line['at'], line['sequence']), (contact, '2026-01-%s:00:00.000Z' % at, sequence))
    return line


def of(line, *names):
    return tuple(line.get(name) for name in names)


def day(text):
    return '2026-01-%s:00:00.000Z' % text


def test_why_says_what_became_of_somebody_in_a_sequence():
    line = stays('a', '05T12')
    equal(of(line, 'in', 'answer', 'times', 'left', 'history'), (False, 'not_triggered', 0, None, []))
    (trigger,) = line['triggers']
    equal(of(trigger, 'trigger', 'met', 'in'), ({'segment': 'keen'}, False, False))
    equal(of(trigger['when'], 'cel', 'holds'), ("count('visit', '7d') >= 2", False))
    line = stays('a', '06T12')
    equal(of(line, 'in', 'answer', 'times', 'since', 'step', 'due', 'triggers'),
          (True, 'waits', 1, day('06T10'), 'pause', day('07T10'), None))
    came = {'at': day('06T10'), 'kind': 'enrolled', 'trigger': {'segment': 'keen'}, 'cause': {'event': 'visit'}}
    skipped = {'at': day('06T10'), 'kind': 'skipped', 'step': 'hello', 'template': 'mail', 'channel': 'email',
               'due': day('06T10'), 'reason': 'consent'}
    equal(line['history'], [came, skipped])
    equal(line['messages'], [{'step': 'hello', 'template': 'mail', 'forbidden': 'consent'},
                             {'step': 'tip', 'template': 'both', 'forbidden': 'consent', 'fallback': 'tip'}])
    line = stays('a', '08T00')
    equal(of(line, 'answer', 'step', 'due'), ('waits', 'look', day('09T10')))
    equal(line['until'], {'cel': "ever('buy')", 'holds': False, 'values': {"ever('buy')": False}})
    equal(line['goal'], {'cel': "state.stage == 'won'", 'holds': False, 'values': {'state.stage': 'lead'}})
    event_exit, condition = line['exit']
    equal(event_exit, {'event': 'quit'})
    equal([part['holds'] for part in condition['when']['parts']], [False, True])
    line = stays('a', '10T00')
    sent = {'at': day('09T10'), 'kind': 'send', 'step': 'tip', 'template': 'tip', 'channel': 'push', 'due': day('09T10')}
    left = {'at': day('09T10'), 'kind': 'exited', 'step': 's4', 'reason': 'it "is" over', 'cause': {'time': 'sequence'}}
    equal(line['history'], [came, skipped, sent, left])
    equal(of(line, 'in', 'answer', 'times', 'left', 'again'), (False, 'reentry', 1, day('09T10'), day('12T10')))
    equal(of(stays('a', '12T10'), 'answer', 'times', 'again'), ('not_triggered', 1, day('12T10')))


def test_why_names_the_first_thing_in_the_way_of_a_sequence():
    line = stays('b', '06T00')
    equal(of(line, 'answer', 'in', 'history'), ('goal', False, []))
    equal((line['triggers'][0]['met'], line['goal']['holds']), (True, True))
    equal(stays('c', '06T00')['answer'], 'exit')
    equal(of(stays('c', '08T00'), 'answer', 'in', 'times'), ('missed', False, 0))
    line = stays('d', '06T00')
    equal((line['answer'], line['again'], line['history'][-1]['reason']), ('reentry', day('08T13'), 'exited'))
    equal([message['forbidden'] for message in line['messages']], ['suppressed', 'suppressed'])


def test_why_knows_every_kind_of_trigger():
    line = stays('c', '06T00', 'all')
    equal(line['answer'], 'reentry')
    bought, won, lost, hot, titled, ends = line['triggers']
    equal(of(bought, 'met', 'last'), (False, None))
    contains(bought['when']['error'], 'event.gift')
    equal(of(won, 'met', 'state', 'since'), (False, 'lead', day('05T10')))
    equal(of(lost, 'met', 'in'), (False, True))
    equal(of(hot, 'met', 'band', 'points'), (False, 'cold', 20))
    equal(of(titled, 'met'), (True,))
    equal(titled['when'], {'cel': "contact.title == 'VP'", 'holds': True, 'values': {'contact.title': 'VP'}})
    equal(of(ends, 'met', 'moment'), (False, day('19T00')))
    line = stays('b', '06T00', 'all')
    equal(of(line['triggers'][0], 'met', 'last'), (False, day('05T10')), 'it came, but what it was like nobody knows any more')
    equal(of(line['triggers'][1], 'met', 'state', 'since'), (True, 'won', day('05T10')))
    equal(of(line['triggers'][5], 'met', 'moment'), (False, None))
    equal(stays('c', '19T00', 'all')['triggers'][5]['met'], True)


def test_why_shows_what_a_condition_has_read():
    """each name and each function, once, as it is; what is not there is null"""
    condition = ("contact.n > 5 || contact.d > 1.5 || contact.ok || contact.ends < contact.created || 'x' in contact.likes || "
                 "contact.none == 'y' || 'src_z' in contact.tags || contact.id == 'b' || state.stage == 'won' || score.lead > 20 || "
                 "dimension.lead.d > 10 || band.lead == 'hot' || segment.keen || consent.email == 'granted' || suppressed || "
                 "count('visit', '36h') > 9 || count('*', '7d') > 9 || ever('buy') || last('visit') < contact.created || "
                 "contact.n > 6")
    more = "within('visit', '1h') || idle('90d') || in_state('stage', '90d') || tagged('src_z') || flagged('f') || age(contact.ends, '7d')"
    fields = {'n': {'type': 'int'}, 'd': {'type': 'double'}, 'ok': {'type': 'bool'}, 'ends': {'type': 'timestamp'},
              'likes': {'type': 'list'}, 'none': {'type': 'string'}}
    rules = dict(STAY, fields=fields, tags={'categories': ['src']}, sequences={},
                 segments={'keen': STAY['segments']['keen'], 'all': {'when': condition}, 'more': {'when': more}})
    here = folder(rules, [event('a', '$update', '05T10:00:00', props={'fields': {
        'n': 3, 'd': 0.25, 'ok': False, 'ends': '2026-01-20T00:00:00Z', 'likes': ['p', 'q']}}),
        event('a', '$tag', '05T10:00:00', props={'add': ['src_a']}), event('a', 'visit', '05T11:00:00')])

    def values(segment):
        status, out, err = here.run('why', 'b.json', 'e.ndjson', '--contact', 'a', '--segment', segment, '--at', '2026-01-05T13:00:00Z')
        equal((status, err), (0, ''))
        return ndjson(out)[0]['when']['values']
    first = {'contact.n': 3, 'contact.d': 0.25, 'contact.ok': False, 'contact.ends': day('20T00'), 'contact.created': day('05T10'),
             'contact.likes': ['p', 'q'], 'contact.none': None, 'contact.tags': ['src_a'], 'contact.id': 'a', 'state.stage': 'lead',
             'score.lead': 10, 'dimension.lead.d': 10, 'band.lead': 'cold', 'segment.keen': False, 'consent.email': 'none',
             'suppressed': False}
    equal(values('all'), dict(list(first.items())[:16]), 'the first sixteen of them')
    equal(values('more'), {"within('visit', '1h')": False, "idle('90d')": False, "in_state('stage', '90d')": False,
                           "tagged('src_z')": False, "flagged('f')": False, 'contact.ends': day('20T00')})
    rules['segments']['all']['when'] = condition[condition.index("count('visit'"):]
    here.write('b.json', rules)
    equal(values('all'), {"count('visit', '36h')": 1, "count('*', '7d')": 0, "ever('buy')": False, "last('visit')": day('05T11'),
                          'contact.created': day('05T10'), 'contact.n': 3})


def test_why_knows_groups_and_pauses():
    group = {'group': 'news', 'goal': "ever('buy')", 'steps': [{'label': 'w', 'wait': {'for': '2d'}}]}
    rules = dict(STAY, sequences={
        'low': dict(group, trigger=[{'event': 'visit'}], priority=1, on_preempt='pause'),
        'high': dict(group, trigger=[{'segment': 'keen'}], priority=5),
        'same': dict(group, trigger=[{'event': 'visit'}], priority=1)})
    here = folder(rules, [event('a', 'visit', '05T10:00:00'), event('a', '$pause', '05T12:00:00', props={'sequence': 'low'}),
                          event('a', '$resume', '05T13:00:00', props={'sequence': 'low'}), event('a', 'visit', '06T10:00:00')])

    def told(sequence, at):
        status, out, err = here.run('why', 'b.json', 'e.ndjson', '--contact', 'a', '--sequence', sequence, '--at', '2026-01-%s:00:00Z' % at)
        equal((status, err), (0, ''))
        return ndjson(out)[0]
    equal(of(told('low', '05T11'), 'answer', 'due', 'group'), ('waits', day('07T10'), {'name': 'news', 'priority': 1}))
    line = told('low', '05T12')
    equal(of(line, 'answer', 'due', 'step'), ('paused', None, 'w'))
    equal(line['paused'], {'by_hand': True, 'by_group': False, 'since': day('05T12')})
    equal(of(told('low', '05T13'), 'answer', 'since', 'due'), ('waits', day('05T11'), day('07T11')))
    line = told('same', '05T13')
    equal(of(line, 'answer', 'in'), ('group', False))
    equal(line['group'], {'name': 'news', 'priority': 1, 'holder': 'low', 'holder_priority': 1})
    line = told('low', '06T10')
    equal(line['paused'], {'by_hand': False, 'by_group': True, 'since': day('06T10')})
    equal(line['group'], {'name': 'news', 'priority': 1, 'holder': 'high', 'holder_priority': 5})
    equal(of(told('high', '06T10'), 'answer', 'due', 'group'), ('waits', day('08T10'), {'name': 'news', 'priority': 5}))
    equal(of(told('low', '08T10'), 'answer', 'due'), ('waits', day('09T11')))


def test_why_knows_what_holds_a_message():
    rules = dict(STAY, caps={'push': [{'max': 0, 'per': 'day', 'class': 'promo'}, {'max': 1, 'per': '7d'}]},
                 templates=dict(STAY['templates'], promo={'channel': 'push', 'class': 'promo'}), sequences={'mails': {
                     'trigger': [{'event': 'visit'}], 'window': {'from': '09:00', 'to': '17:00'}, 'steps': [
                         {'label': 'one', 'send': 'tip'}, {'label': 'two', 'send': 'both', 'stale': '3d'},
                         {'label': 'three', 'send': 'promo'}]}})
    here = folder(rules, [event('a', 'visit', '05T20:00:00')])

    def told(at):
        status, out, err = here.run('why', 'b.json', 'e.ndjson', '--contact', 'a', '--sequence', 'mails', '--at', '2026-01-%s:00:00Z' % at)
        equal((status, err), (0, ''))
        return ndjson(out)[0]
    line = told('05T21')
    equal(of(line, 'answer', 'step', 'due', 'held_since', 'held_by'), ('held', 'one', day('06T09'), day('05T20'), 'window'))
    equal(line['messages'][0], {'step': 'one', 'template': 'tip', 'held_by': 'window', 'until': day('06T09')})
    equal(line['messages'][1], {'step': 'two', 'template': 'both', 'forbidden': 'consent', 'fallback': 'tip', 'held_by': 'window',
                                'until': day('06T09')})
    line = told('06T10')
    equal(of(line, 'answer', 'step', 'due', 'held_since', 'held_by', 'stale_at'),
          ('held', 'two', day('09T09'), day('06T09'), 'cap', day('09T09')))
    equal(of(line['history'][-1], 'at', 'kind', 'step', 'due'), (day('06T09'), 'send', 'one', day('05T20')))
    equal(line['messages'], [
        {'step': 'one', 'template': 'tip', 'held_by': 'cap', 'until': day('13T09')},
        {'step': 'two', 'template': 'both', 'forbidden': 'consent', 'fallback': 'tip', 'held_by': 'cap', 'until': day('13T09')},
        {'step': 'three', 'template': 'promo', 'forbidden': 'cap'}])
    line = told('06T20')  # that the window is closed at night, too, does not matter to it
    equal(of(line, 'due', 'held_by', 'stale_at'), (day('09T09'), 'cap', day('09T09')))
    equal(of(line['messages'][1], 'held_by', 'until'), ('window', day('07T09')))
    line = told('10T00')
    equal(line['answer'], 'reentry')
    equal([of(one, 'at', 'kind', 'step', 'reason') for one in line['history'][2:]],
          [(day('09T09'), 'skipped', 'two', 'stale'), (day('09T09'), 'skipped', 'three', 'cap'),
           (day('09T09'), 'exited', None, 'completed')])
    rules['caps'] = {'push': [{'quiet': {'from': '22:00', 'to': '06:00'}}]}
    rules['sequences']['mails'] = {'trigger': [{'event': 'visit'}], 'steps': [{'label': 'one', 'send': 'tip'}]}
    here = folder(rules, [event('a', 'visit', '05T23:00:00')])
    equal(of(told('05T23'), 'answer', 'step', 'due', 'held_by'), ('held', 'one', day('06T06'), 'quiet'))


def test_why_wants_to_know_what_for():
    contains(refused('why', 'b.json', 'e.ndjson', '--contact', 'a'), 'one of --to, --segment and --sequence')
    contains(refused('why', 'b.json', 'e.ndjson', '--contact', 'a', '--to', 'lead', '--segment', 's'),
             'one of --to, --segment and --sequence')
    contains(refused('why', 'b.json', 'e.ndjson', '--contact', 'a', '--sequence', 'lost'), 'has no sequence lost')
    contains(refused('why', 'b.json', 'e.ndjson', '--contact', 'a', '--to', 'lost'), 'has no state lost')
    contains(refused('why', 'b.json', 'e.ndjson', '--contact', 'a', '--segment', 'lost'), 'has no segment lost')
    equal(folder().run('why', 'b.json', 'e.ndjson', '--contact', 'nobody', '--to', 'lead')[:2], (1, ''))


# ---- graph ----
def test_graph_is_dot():
    status, out, err = folder().run('graph', 'b.json', '--machine', 'stage')
    equal((status, err), (0, ''))
    contains(out, 'digraph "stage" {')
    contains(out, '"new" -> "lead" [label="score.lead >= 20"')


def test_dot_takes_hostile_labels():
    if shutil.which('dot') is None:
        raise Skip('there is no dot (Graphviz)')
    label = 'a "q" \\ \\n \\N <b>x</b> {a|b} R&D &lt; &#38; \u00e9 \t\x01 \\'
    states = {'node': {'label': label}, 'graph': {'label': 'two\nlines'}, 'strict': {'label': '\\"'}}
    machine = {'initial': 'node', 'states': states, 'transitions': [
        {'from': 'node', 'to': 'graph', 'when': "contact.plan == '\"\\\\n' && contact.id != '&lt;'"},
        {'from': '*', 'to': 'strict', 'manual': True}]}
    here = folder(dict(BLUEPRINT, machines={'digraph': machine}))
    status, out, err = here.run('graph', 'b.json', '--machine', 'digraph')
    equal((status, err), (0, ''))
    drawn = subprocess.run(['dot', '-Tjson'], input=out.encode(), capture_output=True, timeout=60)
    equal((drawn.returncode, drawn.stderr), (0, b''))
    nodes = {node['name']: node['label'] for node in json.loads(drawn.stdout)['objects']}
    equal(set(nodes), {'(start)', 'node', 'graph', 'strict'})
    svg = subprocess.run(['dot', '-Tsvg'], input=out.encode(), capture_output=True, timeout=60).stdout.decode()
    texts = re.findall('<text [^>]*>([^<]*)</text>', svg.replace('&#160;', ' '))
    shown = label.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;').replace('"', '&quot;')
    contains(texts, shown.replace('\t', ' ').replace('\x01', ' '))
    contains(texts, 'two')


COURSE = {'trigger': [{'event': 'signup', 'when': "event.type == 'signup'"}, {'when': 'score.lead >= 20'}],
          'goal': "state.stage == 'lead'", 'exit': [{'event': 'visit'}, {'when': 'suppressed'}],
          'steps': [
              {'label': 'hello', 'description': 'not drawn', 'notify': {'to': 'a "b"', 'text': 'x'}, 'when': 'ever(\'visit\')'},
              {'label': 'w', 'wait': {'day': 7, 'at': '09:00', 'on': ['tue']}},
              {'label': 'u', 'wait': {'until': "within('visit', '2d')", 'timeout': '2d'}},
              {'branch': [{'when': 'timed_out', 'steps': [{'flag': 'late'}, {'goto': 'hello', 'when': 'suppressed'}]},
                          {'when': 'suppressed', 'steps': []}]},
              {'label': 'ab', 'split': [{'weight': 1, 'steps': [{'label': 'out', 'exit': 'tired'}]}, {'weight': 3, 'steps': []}]},
              {'label': 'last', 'exit': 'done', 'when': 'suppressed'}]}
WAYS = [  # by hand, from the steps above: from, to, label, style
    ('(start)', 'hello', 'event signup\\nwhen event.type == \'signup\'', ''),
    ('(start)', 'hello', 'when score.lead >= 20', ''),
    ('hello', 'w', '', ''), ('w', 'u', '', ''), ('u', 's3', '', ''),
    ('s3', 's3.0.0', 'timed_out', ''), ('s3', 'ab', 'suppressed', ''), ('s3', 'ab', 'else', ', style=dashed'),
    ('s3.0.0', 's3.0.1', '', ''), ('s3.0.1', 'hello', '', ', constraint=false'), ('s3.0.1', 'ab', 'else', ', style=dashed'),
    ('ab', 'out', '1 of 4', ''), ('ab', 'last', '3 of 4', ''), ('last', '(completed)', 'else', ', style=dashed'),
    ('(anywhere)', '(converted)', 'goal state.stage == \'lead\'', ', style=dashed'),
    ('(anywhere)', '(exited)', 'event visit', ', style=dashed'), ('(anywhere)', '(exited)', 'when suppressed', ', style=dashed')]
STEPS = {'hello': 'hello\\nnotify to a \\"b\\" text x\\nwhen ever(\'visit\')', 'w': 'w\\nwait day 7 at 09:00 on [\\"tue\\"]',
         'u': 'u\\nwait until within(\'visit\', \'2d\') timeout 2d', 's3': 's3', 's3.0.0': 's3.0.0\\nflag late',
         's3.0.1': 's3.0.1\\ngoto hello\\nwhen suppressed', 'ab': 'ab', 'out': 'out\\nexit tired',
         'last': 'last\\nexit done\\nwhen suppressed', '(start)': '', '(completed)': 'completed', '(anywhere)': 'at any step',
         '(converted)': 'converted', '(exited)': 'exited'}


def test_a_sequence_is_drawn_with_all_its_ways():
    here = folder(dict(BLUEPRINT, sequences={'course': COURSE, 'empty': {}}))
    status, out, err = here.run('graph', 'b.json', '--sequence', 'course')
    equal((status, err), (0, ''))
    ways = re.findall(r'^  "(.*?)" -> "(.*?)" \[label="(.*?)"((?:, \w+=\w+)*)\];$', out, flags=re.M)
    equal(sorted(ways), sorted(WAYS))
    nodes = dict(re.findall(r'^  "([^"]*)" \[(?:shape=point, )?label="((?:[^"\\]|\\.)*)"', out, flags=re.M))
    equal(nodes, STEPS)
    status, out, err = here.run('graph', 'b.json', '--sequence', 'empty')
    equal((status, err), (0, ''))
    contains(out, '"(start)" -> "(completed)" [label=""];')
    contains(here.run('graph', 'b.json', '--sequence', 'curse')[2], 'did you mean course?')
    if shutil.which('dot') is None:
        raise Skip('there is no dot (Graphviz)')
    status, out, err = here.run('graph', 'b.json', '--sequence', 'course')
    drawn = subprocess.run(['dot', '-Tjson'], input=out.encode(), capture_output=True, timeout=60)
    equal((drawn.returncode, drawn.stderr), (0, b''))
    equal({node['name'] for node in json.loads(drawn.stdout)['objects']}, set(STEPS))


# ---- time zones ----
ZONED = {'leadflow': 1, 'timezone': 'Test/East', 'fields': {'tz': {'type': 'string', 'format': 'timezone'}},
         'segments': {'nine': {'when': 'has(contact.tz) && contact.created.getHours(contact.tz) == 9'}}}


def in_zone(zone):
    return event('a', '$update', '05T10:00:00', props={'fields': {'tz': zone}})


def tzif(hours):
    """A zone that is so many hours east, always."""
    head = b'TZif2' + bytes(15)
    rule = b'<X%02d>-%d' % (hours, hours)
    return head + bytes(24) + head + struct.pack('>6LlBB', 0, 0, 0, 0, 1, 4, hours * 3600, 0, 0) + b'LMT\0\n' + rule + b'\n'


def zone_folder(zone='Test/East', name='zones'):
    here = folder(ZONED, [in_zone(zone)])
    os.makedirs(os.path.join(here.path, name, 'Test'))
    here.write(name + '/Test/East', tzif(5))
    here.write(name + '/Test/Damaged', tzif(5)[:-1])
    here.write(name + '/Test/Large', tzif(5) + bytes(70000))
    os.mkfifo(os.path.join(here.path, name, 'Test', 'Pipe'))
    return here


def flags_of(here, *args, **options):
    status, out, err = here.run('replay', 'b.json', 'e.ndjson', '--contacts', *args, **options)
    equal((status, err), (0, ''))
    return ndjson(out)[0]['flags']


def environment(**more):
    return {**{name: value for name, value in os.environ.items() if name != 'TZDIR'}, **more}


def test_zones_are_read_in_a_folder():
    here = zone_folder()
    equal(flags_of(here, '--zoneinfo', 'zones'), [])
    equal(flags_of(here, '--zoneinfo=zones/', env=environment(TZDIR='/nowhere')), [])
    equal(flags_of(here, env=environment(TZDIR='zones')), [])
    for command in (['check', 'b.json'], ['why', 'b.json', 'e.ndjson', '--contact', 'a', '--segment', 'nine']):
        status, _, err = here.run(*command, '--zoneinfo', 'zones')
        equal((status, err), (0, ''))


def test_zones_that_are_not_there():
    for zone in ('Test', 'Test/Pipe', 'Test/Damaged', 'Test/Large', 'Test/North', 'Test/East/Far', '../e.ndjson', 'x' * 255):
        equal(flags_of(zone_folder(zone), '--zoneinfo', 'zones'), ['unknown_timezone'], zone)
    here = zone_folder(name='others')
    os.mkdir(os.path.join(here.path, 'empty'))
    status, out, err = here.run('check', 'b.json', '--zoneinfo', 'empty')
    equal((status, out), (1, ''))
    contains(err, "b.json:1:29: error[unknown-name]: unknown time zone 'Test/East'")
    absent = 'No such file or directory'
    for args, env, why in ((['--zoneinfo', 'nowhere'], environment(), absent), ([], environment(TZDIR='nowhere'), absent),
                           (['--zoneinfo', 'b.json'], environment(), 'Not a directory')):
        status, out, err = here.run('check', 'b.json', *args, env=env)
        equal((status, out), (1, ''))
        contains(err, 'error[io]: cannot be read: ' + why)


def test_what_lies_beside_the_zones_of_iana():
    for zone, flags in (('localtime', ['unknown_timezone']), ('posixrules', ['unknown_timezone']),
                        ('posix/East', ['unknown_timezone']), ('right/East', ['unknown_timezone']), ('East', [])):
        here = zone_folder(zone)
        path = os.path.join('zones', zone)
        os.makedirs(os.path.dirname(os.path.join(here.path, path)), exist_ok=True)
        here.write(path, tzif(5))
        equal(flags_of(here, '--zoneinfo', 'zones'), flags, zone)


def test_a_zone_that_cannot_be_read():
    here = zone_folder()
    path = os.path.join(here.path, 'zones', 'Test', 'East')
    os.remove(path)
    os.symlink('East', path)  # a circle
    status, out, err = here.run('replay', 'b.json', 'e.ndjson', '--zoneinfo', 'zones')
    equal((status, out, err), (1, '', 'leadflow: LF_E_USER\n'))


def test_the_zones_of_this_machine():
    if not os.path.exists('/usr/share/zoneinfo/Europe/Berlin'):
        raise Skip('there is no tzdata')
    here = folder(dict(ZONED, timezone='Europe/Berlin'), [in_zone('America/New_York')])
    equal(flags_of(here, env=environment()), [])
    equal(flags_of(here, env=environment(TZDIR='')), [])


run_tests(tests_of(sys.modules[__name__]))
