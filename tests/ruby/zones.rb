# SPDX-License-Identifier: MIT
# Time zones from Ruby: what a source gives, what it raises, how long it lives.
require_relative 'kit'

include Leadflow
RULES = { leadflow: 1, fields: { tz: { type: 'string', format: 'timezone' } } }.freeze
HEAD = "TZif3#{"\0" * 15}"
BERLIN = "#{HEAD}#{"\0" * 24}#{HEAD}#{[0, 0, 0, 0, 1, 4, 0, 0, 0].pack('N7C2')}LMT\0\nCET-1CEST,M3.5.0,M10.5.0/3\n".b

def berlin
  RULES.merge(timezone: 'Berlin')
end

# A source that gives what the block does for Berlin.
def shelf(&block)
  ->(name) { name == 'Berlin' ? block.call : nil }
end

def update(zone)
  { contact: 'ada', type: '$update', at: '2026-01-05T10:00:00Z', props: { fields: { tz: zone } } }
end

test 'what it gives' do
  equal(Blueprint.new(berlin, zones: shelf { BERLIN }).diagnostics, [])
  [-> {}, -> { '' }, -> { 'TZif' }, -> { raise NotFound }].each do |found|
    error = raised(Error) { Blueprint.new(berlin, zones: shelf(&found)) }
    equal(error.diagnostics[0].code, 'unknown-name')
  end
  equal(Blueprint.new(berlin).diagnostics.map(&:code), ['no-zones'])
  raised(TypeError) { Blueprint.new(RULES, zones: 5) }
end

test 'contacts' do
  rules = Blueprint.new(RULES, zones: shelf { BERLIN })
  contact = Contact.new(rules, 'ada')
  step = Step.new(rules)
  { 'Nowhere' => ['unknown_timezone'], 'Berlin' => [] }.each do |zone, flags|
    step.take(contact, Event.new(rules, update(zone)))
    equal(contact.to_h.values_at('fields', 'flags'), [{ 'tz' => zone }, flags])
  end
end

test 'what it raises' do
  [KeyError.new('x'), Interrupt.new('x'), Error.new('x', status: -77)].each do |wrong|
    answer = -> { raise wrong }
    source = shelf { answer.call }
    equal(raised(wrong.class) { Blueprint.new(berlin, zones: source) }.equal?(wrong), true)
    rules = Blueprint.new(RULES, zones: source)
    step = Step.new(rules)
    contact = Contact.new(rules, 'ada')
    equal(raised(wrong.class) { step.take(contact, Event.new(rules, update('Berlin'))) }.equal?(wrong), true)
    engine = Engine.new(rules, store: HashStore.new)
    equal(raised(wrong.class) { engine.take(update('Berlin'), T0) }.equal?(wrong), true)
    answer = -> { BERLIN } # nothing has happened so far
    equal([engine.take(update('Berlin'), T0), engine.contact('ada').to_h['flags']], [:new, []])
  end
  engine = Engine.new(Blueprint.new(RULES, zones: shelf { raise Error.new('no Berlin', status: NotFound.new.status) }),
                      store: HashStore.new)
  engine.take(update('Berlin'), T0)
  raised(NotFound) { engine.contact('bob') } # not what the source has raised
  [5, :berlin, [1]].each { |wrong| raised(TypeError) { Blueprint.new(berlin, zones: shelf { wrong }) } }
  raised(LocalJumpError) { catch(:out) { Blueprint.new(berlin, zones: shelf { throw :out }) } }
end

test 'how long it lives' do
  before = Zones::SOURCES.size
  raised(Error) { Blueprint.new({ leadflow: 2 }, zones: shelf { BERLIN }) }
  equal(Zones::SOURCES.size, before)
  rules = Blueprint.new(RULES, zones: shelf { BERLIN })
  contact = Contact.new(rules, 'ada')
  step = Step.new(rules)
  event = Event.new(rules, update('Berlin'))
  rules.close
  step.take(contact, event) # they hold what is behind the blueprint, and so its source
  equal([contact.to_h['flags'], Zones::SOURCES.size], [[], before + 1])
  [contact, step, event].each(&:close)
  equal(Zones::SOURCES.size, before)
end

run_tests
