# SPDX-License-Identifier: MIT
# What is used wrongly is an exception of Ruby, never a crash; and what the library says of documents is in the errors.
require_relative 'kit'

include Leadflow
SCORER = blueprint.scorer('lead')

def engine
  Engine.new(blueprint, store: HashStore.new)
end

test 'a closed handle' do
  other = Blueprint.new({ leadflow: 1, events: { visit: {} }, scores: { lead: { dimensions: {} } } })
  contact = Contact.new(other, 'ada')
  event = Event.new(other, event('ada', 'visit'))
  step = Step.new(other)
  scorer = other.scorer('lead')
  e = Engine.new(other, store: HashStore.new)
  step.take(contact, event)
  copy = contact.dup
  e.close
  other.close
  [-> { scorer.total(copy, T0) }, -> { scorer.band(copy) }, -> { other.scorer('lead') }, -> { Contact.new(other, 'a') },
   -> { e.take(event('ada', 'visit'), T0) }, -> { e.run_due(T0) }, -> { e.each_contact.to_a },
   -> { e.condition_errors }, -> { e.failed_contact }, -> { Engine.new(other, store: HashStore.new) }].each do |call|
    raised(IOError, /closed Leadflow/, &call)
  end
  equal(copy.id, 'ada') # it holds the blueprint by itself
  [contact, event].each { |one| 2.times { one.close } }
  [-> { contact.id }, -> { contact.to_h }, -> { contact.encode }, -> { contact.dup }, -> { event.at },
   -> { event.contact }, -> { event.parse({}) }, -> { step.take(contact, event, T0) },
   -> { step.take(copy, event, T0) }, -> { step.wake(contact, T0) }].each do |call|
    raised(IOError, /closed Leadflow/, &call)
  end
  step.close
  raised(IOError) { step.effects }
  raised(TypeError) { e.dup }
  raised(IOError) { Contact.allocate.id }
end

test 'nil, and things of another kind' do
  contact = Contact.new(blueprint, 'ada')
  event = Event.new(blueprint)
  [nil, 5, 'text', :symbol, [], Object.new].each do |wrong|
    [-> { Contact.new(wrong, 'ada') }, -> { Event.new(wrong) }, -> { Step.new(wrong) }, -> { SCORER.total(wrong, T0) },
     -> { SCORER.band(wrong) }, -> { SCORER.explain(wrong, T0) }, -> { Step.new(blueprint).take(wrong, event, T0) },
     -> { Step.new(blueprint).take(contact, wrong, T0) }, -> { Engine.new(wrong, store: HashStore.new) },
     -> { Contact.decode(wrong, 'LF') }, -> { SCORER.next_band_change(wrong) }].each { |call| raised(TypeError, &call) }
    next if wrong.is_a?(String)

    [-> { Contact.new(blueprint, wrong) }, -> { Blueprint.new(wrong) }, -> { event.parse(wrong) },
     -> { engine.take(wrong, T0) }, -> { engine.wake(wrong, T0) }, -> { engine.contact(wrong) },
     -> { engine.revive(wrong) }, -> { Step.new(blueprint, wrong) }, -> { Contact.decode(blueprint, wrong) },
     -> { Blueprint.new('{}', presets: { wrong => '{}' }) }].each { |call| raised(StandardError, &call) }
  end
  [nil, 'now', 1.5, Object.new].each do |wrong|
    [-> { SCORER.total(contact, wrong) }, -> { Step.new(blueprint).wake(contact, wrong) }].each do |call|
      raised(TypeError, &call)
    end
  end
  [-> { SCORER.total(event, T0) }, -> { SCORER.total(blueprint, T0) }, -> { Event.new(contact) },
   -> { C.lf_contact_id(event, nil) },
   -> { C.lf_buffer_data(contact) }].each { |call| raised(TypeError, /wanted/, &call) }
  [-> { Engine.new(blueprint, store: nil).take(event('a', 'visit'), T0) },
   -> { Engine.new(blueprint, store: Object.new).take(event('a', 'visit'), T0) },
   -> { Engine.new(blueprint, store: HashStore.new, clock: 5).run_due },
   -> { Engine.new(blueprint, store: HashStore.new, lease_ms: 'long') }].each { |call| raised(StandardError, &call) }
end

test 'numbers outside of their range' do
  contact = Contact.new(blueprint, 'ada')
  raised(RangeError) { SCORER.total(contact, 2**70) }
  status(C::LF_E_ARG) { Step.new(blueprint).wake(contact, 2**62) }
  status(C::LF_E_ARG) { engine.run_due(-2**62) }
  status(C::LF_E_ARG) { Engine.new(blueprint, store: HashStore.new, max_attempts: -1) }
  status(C::LF_E_ARG) { engine.deliver(T0) } # without a delivery
end

test 'text: NUL, invalid UTF-8, other encodings' do
  broken = ["\xff", "\xc3".b, "a\xed\xa0\x80"]
  broken.each do |text|
    [-> { Contact.new(blueprint, text) }, -> { Blueprint.new(text) }, -> { engine.take(text, T0) },
     -> { engine.contact(text) }, -> { engine.take(event(text, 'visit'), T0) }, -> { Step.new(blueprint, text) },
     -> { engine.revive(text) }].each { |call| raised(StandardError, &call) }
  end
  ["\0", "a\0b"].each do |text|
    [-> { Contact.new(blueprint, text) }, -> { Blueprint.new(text) }, -> { engine.take(text, T0) },
     -> { engine.contact(text) }, -> { Step.new(blueprint, text) }, -> { engine.revive(text) },
     -> { blueprint.scorer(text) }, -> { Engine.new(blueprint, store: HashStore.new, tenant: text) },
     -> { Blueprint.new('{}', presets: { 'a' => text }) },
     -> { Blueprint.new('{}', presets: { text => '{}' }) }].each { |call| raised(StandardError, &call) }
  end
  ['Zoë'.encode('UTF-16LE'), 'Zoë'.encode('ISO-8859-1'), 'Zoë'.b].each do |id|
    contact = Contact.new(blueprint, id)
    equal([contact.id, contact.id.encoding], ['Zoë', Encoding::UTF_8])
  end
end

test 'an event of another blueprint, and of another contact' do
  other = Blueprint.new({ leadflow: 1, events: { visit: {} } })
  contact = Contact.new(blueprint, 'ada')
  status(C::LF_E_ARG) { Step.new(blueprint).take(contact, Event.new(other, event('ada', 'visit'))) }
  status(C::LF_E_ARG) { Step.new(blueprint).take(contact, Event.new(blueprint, event('bob', 'visit'))) }
  status(C::LF_E_ARG) { Step.new(other).wake(contact, T0) }
  equal(SCORER.band(Contact.new(other, 'ada')), nil)
end

test 'errors say what is wrong, and where' do
  error = raised(Error) { Blueprint.new(%({"leadflow": 1,\n "evnts": {},\n "machines": {"m": {}}})) }
  equal(error.status, C::LF_E_PARSE)
  first = error.diagnostics.first
  equal([first.error, first.code, first.pointer, first.line, first.column], [true, 'unknown-key', '/evnts', 2, 2])
  equal(error.diagnostics.size > 1, true)
  equal(error.message.lines(chomp: true)[0, 2],
        ['LF_E_PARSE', "2:2: unknown key 'evnts' (did you mean 'events'?) [unknown-key] (at '/evnts')"])
  error = raised(Refused) { engine.take('{"contact":"ada","type":"vsit","at":"2026-01-05T10:00:00Z"}', T0, line: 42) }
  equal([error.status, error.diagnostics.first.line], [C::LF_E_EVENT, 42])
  error = raised(Error) { Blueprint.new({ leadflow: 1, extends: ['base'] }, presets: { 'base' => '{"evnts": {}}' }) }
  equal([error.diagnostics.first.source, error.message[/^base:1:2: /]], ['base', 'base:1:2: '])
  raised(NotFound) { engine.contact('nobody') }
  raised(NotFound) { engine.wake('nobody', T0) }
  raised(NotFound) { blueprint.scorer('none') }
  status(C::LF_E_CORRUPT) { Contact.decode(blueprint, 'rubbish') }
end

test 'presets and the linter' do
  base = { leadflow: 1, events: { visit: {} }, machines: { m: { initial: 'a', states: { a: {}, island: {} } } } }
  top = Blueprint.new({ leadflow: 1, extends: ['base'] }, presets: { 'base' => JSON.generate(base) }, lint: true)
  equal(top.diagnostics.map { |one| [one.error, one.code, one.source] }, [[false, 'unreachable-state', 'base']])
  equal(Event.new(top, event('ada', 'visit')).at, Time.utc(2026, 1, 5, 10))
end

test 'states of the previous blueprint' do
  machine = ->(**more) { { leadflow: 1, machines: { m: { initial: 'a', **more } } } }
  old = Blueprint.new(machine.call(states: { a: {}, b: {} }))
  lost = raised(Error) { Blueprint.new(machine.call(states: { a: {} }), previous: old) }
  equal(lost.diagnostics[0].code, 'state-gone')
  Blueprint.new(machine.call(states: { a: {} }, renamed: { b: 'a' }), previous: old)
end

test 'limits of expressions' do
  rules = { leadflow: 1, segments: { s: { when: '1 == 2 - 1' } } }
  equal(Blueprint.new(rules, limits: { nodes: 5 }).diagnostics, [])
  equal(raised(Error) { Blueprint.new(rules, limits: { nodes: 4 }) }.diagnostics[0].code, 'expr-limit')
  status(C::LF_E_ARG) { Blueprint.new(rules, limits: { nesting: 251 }) }
  raised(ArgumentError) { Blueprint.new(rules, limits: { size: 1 }) }
end

test 'contacts, scores, times' do
  contact = Contact.new(blueprint, 'ada')
  equal([contact.created, contact.wake_time], [nil, nil])
  step = Step.new(blueprint)
  [T0, T0 + 3_600_000].each do |at|
    equal(step.take(contact, Event.new(blueprint, event('ada', 'visit', at))), :new)
  end
  equal(step.effects.map { |effect| [effect.kind, effect['to'], effect.contact, effect.at] },
        [['band', 'warm', 'ada', Leadflow.time(T0 + 3_600_000)]])
  equal([contact.created, contact.clock], [Time.utc(2026, 1, 5, 10), Time.utc(2026, 1, 5, 11)])
  equal(SCORER.total(contact, T0 + 3_600_000), SCORER.total(contact, Time.utc(2026, 1, 5, 11)))
  equal([SCORER.band(contact), SCORER.next_band_change(contact)], ['warm', contact.wake_time])
  why = SCORER.explain(contact, T0 + 7 * DAY)
  equal(why.parts.sum(&:value), why.total)
  equal(why.parts.map { |part| [part.kind, part.dimension, part.rule, part.base] },
        [['entry', 'behavior', 'visits', 10_000]] * 2)
  again = Contact.decode(blueprint, contact.encode)
  equal([again.to_h, again.encode], [contact.to_h, contact.encode])
  copy = contact.dup
  step.wake(copy, T0 + 100 * DAY)
  equal([copy.clock == contact.clock, copy.to_h['scores']['lead']['band']], [false, 'cold'])
  equal(Leadflow.time(-1), Time.utc(1969, 12, 31, 23, 59, 59 + 999 / 1000r))
  equal(Leadflow.ms(Leadflow.time(-62_135_596_800_000)), -62_135_596_800_000)
end

run_tests
