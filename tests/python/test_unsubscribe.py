# SPDX-License-Identifier: MIT
"""Signed links, from the message to the consent that is withdrawn; what is wrong with them; requests of every kind."""
from binding import DAY, T0, event, leadflow, raised, status
from dict_store import DictStore
from kit import contains, equal, run_tests, tests_of
from leadflow import Blueprint, Contact, Engine, Event, Step, Unsubscribe, lib

OLD, NEW = 'old:000102030405060708090a0b0c0d0e0f', 'new:f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff'
LINK = 'https://mail.example/u/'
FORM = dict(content_type='application/x-www-form-urlencoded', body=b'List-Unsubscribe=One-Click')
BLUEPRINT = Blueprint({
    'leadflow': 1, 'events': {'go': {}}, 'templates': {'news': {'channel': 'email', 'body': 'Bye: {unsubscribe}'}},
    'sequences': {'news': {'topic': 'tips', 'trigger': [{'event': 'go'}], 'reentry': 'always',
                           'steps': [{'label': 'a', 'send': 'news'}]}}})
GRANTED = dict(channel='email', status='granted')


def token_of(effect):
    link = effect['headers']['List-Unsubscribe']
    equal((link[:1 + len(LINK)], link[-1]), ('<' + LINK, '>'))
    contains(effect['message']['body'], 'Bye: ' + link[1:-1])
    return link[1 + len(LINK):-1]


def sent(signing, tenant='default'):
    """The effects of a message, of an engine; and the engine."""
    effects = []
    engine = Engine(BLUEPRINT, DictStore(), lambda effect, receipt: effects.append(effect), tenant=tenant,
                    unsubscribe=signing)
    for one in (event('ada', '$consent', **GRANTED), event('ada', 'go')):
        engine.take(one, T0)
    engine.deliver(T0)
    return engine, effects


def test_one_click_withdraws_consent():
    signing = Unsubscribe(LINK, f'{NEW} {OLD}')
    engine, effects = sent(signing)
    token = token_of(effects[1])
    answer = signing.parse(token, 'POST', at=T0 + DAY, **FORM)
    equal(answer.what, 'deny')
    for taken in ('new', 'new'):  # twice is once
        equal(engine.take(answer.event, T0 + DAY), taken)
    engine.take(event('ada', 'go', T0 + DAY), T0 + DAY)
    engine.deliver(T0 + DAY)
    equal([(one.kind, one.get('reason')) for one in effects[3:]],
          [('enrolled', None), ('skipped', 'consent'), ('exited', 'completed')])


def test_requests():
    signing = Unsubscribe(LINK, NEW)
    token = token_of(sent(signing)[1][1])
    for answer, request in (('confirm', dict(method='GET')), ('confirm', dict(method='HEAD')),
                            ('confirm', dict(method='POST')), ('confirm', dict(method='POST', body=b'a=b')),
                            ('reject', dict(method='PUT', **FORM)), ('reject', dict(method='POST', token='', **FORM)),
                            ('reject', dict(method='POST', token=token + '\0', **FORM)),
                            ('reject', dict(method='POST', token='\u20ac', **FORM)),
                            ('reject', dict(method='POST', tenant='other', **FORM)),
                            ('reject', dict(method='POST', content_type=FORM['content_type'], body=b'x' * 70_000)),
                            ('deny', dict(method='POST', content_type=FORM['content_type'],
                                          body=memoryview(FORM['body'])))):
        given = signing.parse(**dict(dict(token=token, at=T0), **request))
        equal((given.what, given.event is None), (answer, answer != 'deny'), request)
    equal(Unsubscribe(LINK, OLD).parse(token, 'POST', at=T0, **FORM), ('reject', None))
    equal(Unsubscribe(LINK, f'{OLD} {NEW}').parse(token, 'POST', at=leadflow.time(T0), **FORM).what, 'deny')


def test_the_bare_step():
    for signing in (Unsubscribe(LINK, OLD), None):
        step, contact = Step(BLUEPRINT, 'acme', unsubscribe=signing), Contact(BLUEPRINT, 'ada')
        for one in (event('ada', '$consent', **GRANTED), event('ada', 'go')):
            step.take(contact, Event(BLUEPRINT, one))
        if signing is None:
            equal(step.effects[1]['message']['body'], 'Bye: {unsubscribe}')
        else:
            token = token_of(step.effects[1])
            equal(signing.parse(token, 'POST', at=T0, tenant='acme', **FORM).what, 'deny')


def test_what_cannot_be():
    for link, keys in (('http://mail.example/u/', OLD), ('', OLD), (LINK, ''), (LINK, 'old:00'), (LINK, OLD + ' ' + OLD)):
        wrong = Unsubscribe(link, keys)
        for call in (lambda: Engine(BLUEPRINT, DictStore(), unsubscribe=wrong), lambda: Step(BLUEPRINT, unsubscribe=wrong),
                     lambda: wrong.parse('x', 'POST', at=T0, **FORM)):
            status(lib.LF_E_ARG, call)
    fine = Unsubscribe(LINK, OLD)
    status(lib.LF_E_ARG, fine.parse, 'x', 'POST', at=2**62)
    equal(fine.parse('x', None, at=T0).what, 'reject')
    for call in (lambda: Unsubscribe(None, OLD), lambda: Unsubscribe(LINK, 5), lambda: fine.parse(None, 'POST', at=T0),
                 lambda: fine.parse('x', 5, at=T0), lambda: fine.parse('x', 'POST', at='now'),
                 lambda: fine.parse('x', 'POST', at=T0, body='text'), lambda: Step(BLUEPRINT, unsubscribe=OLD),
                 lambda: Engine(BLUEPRINT, DictStore(), unsubscribe=(LINK, OLD))):
        raised(TypeError, call)
    for call in (lambda: Unsubscribe(LINK + '\0', OLD), lambda: fine.parse('x', 'PO\0ST', at=T0)):
        raised(ValueError, call)


if __name__ == '__main__':
    run_tests(tests_of(__import__('__main__')))
