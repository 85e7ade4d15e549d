# SPDX-License-Identifier: MIT
# The garbage collector, at its worst: what the library holds stays, what nobody holds goes.
require_relative 'kit'

def life(number, store: HashStore.new)
  got = []
  engine = Leadflow::Engine.new(blueprint, store: store) { |effect, receipt| got << effect.kind unless receipt.refused }
  engine.take(event("c-#{number}", '$consent', channel: 'email', status: 'granted'), T0)
  engine.take(event("c-#{number}", 'signup', page: 'x' * 50), T0)
  engine.run_due(T0 + 4 * DAY)
  engine.deliver(T0 + 4 * DAY)
  equal(got, %w[stage band stage enrolled send send exited], 'effects')
  contact = engine.contact("c-#{number}")
  blueprint.scorer('lead').explain(contact, T0 + 4 * DAY)
  [engine, contact.encode, contact]
end

def resident
  File.read('/proc/self/statm').split[1].to_i * 4096 / 1024
end

test 'GC.stress: callbacks, handles and text stay while they are used' do
  expected = life(1)[1]
  bytes = begin
    GC.stress = true
    life(1)[1]
  ensure
    GC.stress = false
  end
  equal(bytes, expected)
  equal(life(1, store: Leadflow::MemoryStore.new)[1], expected)
end

test 'callbacks outlive what made them' do
  engines = Array.new(20) do |number|
    Leadflow::Engine.new(blueprint, store: HashStore.new) do |effect|
      raise effect.contact unless effect.contact == "c-#{number}"
    end
  end
  GC.start
  takers = Array.new(2000) { FFI::Function.new(:int32, [:pointer]) { abort 'a callback has gone' } }
  GC.start
  GC.compact if GC.respond_to?(:compact)
  engines.each.with_index do |engine, number|
    engine.take(event("c-#{number}", 'signup'), T0)
    equal(engine.deliver(T0), 5)
  end
  equal(takers.size, 2000)
end

test 'a callback that collects garbage' do
  store = HashStore.new
  %i[load commit claim_effects settle].each do |name|
    inner = store.method(name)
    store.define_singleton_method(name) do |*args|
      GC.start
      GC.compact if GC.respond_to?(:compact)
      inner.call(*args)
    end
  end
  life(0, store: store)
  equal(store.scan('default', '', 5), ['c-0'])
end

test 'what nobody holds is freed' do
  settle = lambda do
    3.times { GC.start }
    resident
  end
  200.times { |number| life(number) }
  before = settle.call
  600.times { |number| life(number) }
  after = settle.call
  equal(after < before + 8192, true, "resident: #{before} KiB, then #{after} KiB")
end

test 'handles of many contacts' do
  settle = lambda do
    3.times { GC.start }
    resident
  end
  make = lambda do |count|
    step = Leadflow::Step.new(blueprint)
    event = Leadflow::Event.new(blueprint)
    count.times do |number|
      contact = Leadflow::Contact.new(blueprint, "c-#{number}")
      step.take(contact, event.parse(event("c-#{number}", 'signup')))
      Leadflow::Contact.decode(blueprint, contact.encode).dup.close
      GC.start if (number % 500).zero?
    end
  end
  make.call(1000)
  before = settle.call
  make.call(3000)
  after = settle.call
  equal(after < before + 8192, true, "resident: #{before} KiB, then #{after} KiB")
end

run_tests
