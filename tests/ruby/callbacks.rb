# SPDX-License-Identifier: MIT
# What happens in a callback written in Ruby comes back to the caller: the very exception, after the library has
# returned; the engine stays usable, and nothing is lost.
require_relative 'kit'
require 'delegate'
require 'timeout'

class Boom < StandardError; end

# A store with a lock.
class LockingStore < HashStore
  attr_accessor :held

  def lock(_tenant, id)
    @held = id
  end

  def unlock(_tenant, id)
    raise "#{id} is not held" unless @held == id

    @held = nil
  end
end

# Stands before a store and a delivery, and does something at one call of one callback, before or after its effect.
class Door
  CALLBACKS = %i[load commit claim_due claim_effects settle scan dead revive lock unlock].freeze
  attr_reader :store, :delivered, :calls

  def initialize(store = LockingStore.new)
    @store = store
    @delivered = []
    @calls = Hash.new(0)
  end

  def trap(name, at = 1, side = :before, &trick)
    @calls.clear
    @trap = [name, at, side, trick]
  end

  def sprung?
    @trap.nil?
  end

  def pass(name)
    number = @calls[name] += 1
    spring(name, number, :before)
    result = yield
    spring(name, number, :after)
    result
  end

  CALLBACKS.each do |name|
    define_method(name) { |*args| pass(name) { @store.public_send(name, *args) } }
  end

  def call(effect, receipt)
    pass(:deliver) { @delivered << effect.key }
  end

  private

  def spring(name, number, side)
    return unless @trap && @trap[0..2] == [name, number, side]

    trick, @trap = @trap.last, nil
    @store.held = nil if name.end_with?('lock') # what fails has locked nothing, or its connection is gone
    trick.call
  end
end

# The library with a door before store, delivery and clock.
class Rig
  attr_reader :door, :engine
  attr_accessor :now

  def initialize
    @door = Door.new
    @now = T0
    @engine = Leadflow::Engine.new(blueprint, store: @door, delivery: @door, max_attempts: 100,
                                   clock: -> { @door.pass(:clock) { @now } })
  end

  # Repeats a call until it succeeds, later each time so that leases run out; gives what was raised.
  def again
    raised = []
    begin
      yield
    rescue Boom, Leadflow::Error => e
      raised << e
      raise 'it never ends' if raised.size > 5

      @now += DAY / 24
      retry
    end
    raised
  end

  # A small life: events without ids, time, messages, a look at the contacts.
  def live
    raised = []
    ['$consent', 'signup', 'visit'].each do |type|
      %w[ada bob].each do |id|
        props = type == '$consent' ? { channel: 'email', status: 'granted' } : {}
        raised += again { @engine.take(event(id, type, T0, **props)) }
      end
    end
    [0, 4, 8].each do |day|
      @now = T0 + day * DAY
      raised += again { @engine.run_due }
      raised += again { @engine.deliver }
      @now += DAY / 2
      raised += again { @engine.deliver } # what is to be tried again
    end
    raised + again { @engine.each_contact.to_a } + again { @engine.dead }
  end

  def result
    contacts = @door.store.scan('default', '', 10).map { |id| @engine.contact(id) }
    contacts.each { |contact| @engine.wake(contact.id, T0 + 20 * DAY) }
    [contacts.map { |contact| @engine.contact(contact.id).to_h }, @door.delivered.uniq.sort]
  end
end

UNDISTURBED = Rig.new.tap(&:live)
CALLS = UNDISTURBED.door.calls.dup

test 'undisturbed, every callback but revive is called' do
  equal((Door::CALLBACKS + %i[deliver clock] - CALLS.keys), [:revive])
  equal(UNDISTURBED.result[1].size > 10, true)
end

(Door::CALLBACKS + %i[deliver clock] - [:revive]).product(%i[before after]).each do |name, side|
  test "an exception in #{name}, #{side} its effect" do
    expected = UNDISTURBED.result
    1.upto([CALLS[name], 12].min) do |at|
      rig = Rig.new
      boom = Boom.new("#{name} #{at}")
      rig.door.trap(name, at, side) { raise boom }
      raised = rig.live
      equal([raised.size, raised.first.equal?(boom)], [1, true], "#{boom}: #{raised.inspect}")
      equal(raised.first.backtrace.first[/callbacks\.rb/], 'callbacks.rb')
      equal(rig.door.store.held, nil)
      equal(rig.result, expected, boom.message)
    end
  end
end

test 'an exception in revive; a dead effect and its second life' do
  rig = Rig.new
  store = rig.door.store
  refused = []
  engine = Leadflow::Engine.new(blueprint, store: rig.door) do |effect, receipt|
    refused << effect.key
    receipt.refuse
  end
  engine.take(event('ada', 'visit'), T0)
  engine.deliver(T0)
  dead = engine.dead
  equal(dead.map { |effect| effect['key'] }, refused)
  key = refused.first
  %i[before after].each do |side|
    boom = Boom.new
    rig.door.trap(:revive, 1, side) { raise boom }
    equal(raised(Boom) { engine.revive(key) }.equal?(boom), true)
    equal(store.dead('default', 10).map(&:key).include?(key), side == :before)
  end
  raised(Leadflow::NotFound) { engine.revive(key) }
  equal(rig.engine.deliver(T0), 1)
  equal(rig.door.delivered, [key])
end

def deeper(level)
  deeper(level + 1) + 1
end

test 'exit, Interrupt and the like come back' do
  { SystemExit => -> { exit 3 }, Interrupt => -> { raise Interrupt }, NoMemoryError => -> { raise NoMemoryError },
    SystemStackError => -> { deeper(0) } }.each do |type, trick|
    %i[before after].product(%i[load commit deliver lock settle]).each do |side, name|
      rig = Rig.new
      rig.door.trap(name, 1, side, &trick)
      found = raised(type) { rig.live }
      equal(found.status, 3) if type == SystemExit
      equal([rig.door.sprung?, rig.door.store.held], [true, nil], "#{type} in #{name}")
      rig.now += DAY
      rig.live
      equal(rig.result[1], rig.result[1].uniq)
    end
  end
end

test 'Timeout strikes within a callback, and works within one' do
  rig = Rig.new
  rig.door.trap(:load) { sleep }
  raised(Boom) { Timeout.timeout(0.05, Boom) { rig.engine.take(event('ada', 'visit')) } }
  rig.door.trap(:load) { sleep } # without a class the Timeout of Ruby 3.1 throws
  raised(StandardError, /expired|throw/) { Timeout.timeout(0.05) { rig.engine.take(event('ada', 'visit')) } }
  rig.door.trap(:load) { raised(Timeout::Error) { Timeout.timeout(0.05) { sleep } } }
  equal(rig.engine.take(event('ada', 'visit')), :new)
end

test 'after an exit nothing more is asked of this call but to unlock' do
  rig = Rig.new
  %w[a b c d].each { |id| rig.engine.take(event(id, 'visit')) }
  rig.door.trap(:deliver) { exit }
  raised(SystemExit) { rig.engine.deliver }
  equal(rig.door.calls.slice(:deliver, :lock, :unlock, :settle), { deliver: 1, lock: 1, unlock: 1 })
  rig.now += DAY # the lease is over, and no attempt was counted
  rig.engine.deliver
  equal(rig.door.delivered.uniq.size, rig.door.delivered.size)
end

test 'throw, break, return and Thread.exit do not unwind through the library' do
  def returning(rig)
    rig.door.trap(:commit) { return 7 }
    rig.engine.take(event('ada', 'visit'))
  end
  rig = Rig.new
  rig.door.trap(:commit) { throw :out, 5 }
  raised(LocalJumpError, /throw/) { catch(:out) { rig.engine.take(event('ada', 'visit')) } }
  raised(LocalJumpError, /return/) { returning(rig) }
  [1].each do
    rig.door.trap(:load, &proc { next })
    rig.engine.take(event('ada', 'visit'))
  end
  rig.engine.take(event('bob', 'visit'))
  rig.door.trap(:deliver) { throw :out }
  raised(LocalJumpError) { catch(:out) { rig.engine.deliver } }
  equal(rig.door.calls[:deliver], 1)
  rig.now += DAY
  rig.engine.deliver
  equal(rig.door.delivered.uniq.size, 4) # a stage and a band of each contact
  thread = Thread.new do
    rig.door.trap(:load) { Thread.exit }
    raised(LocalJumpError) { rig.engine.take(event('ada', 'visit')) }
    :survived
  end
  equal(thread.value, :survived)
  equal(rig.engine.take(event('ada', 'visit')), :new)
end

test 'Thread#raise and Thread#kill wait for the library' do
  [->(thread) { thread.raise(Boom) }, ->(thread) { thread.kill }].each do |blow|
    rig = Rig.new
    inside = Queue.new
    rig.door.trap(:commit, 1, :after) { inside << true; sleep 0.1 }
    thread = Thread.new do
      rig.engine.take(event('ada', 'visit'))
    rescue Boom
      nil
    end
    inside.pop
    blow.call(thread)
    equal([thread.value, thread.alive?], [nil, false])
    equal(rig.engine.contact('ada').to_h['scores']['lead']['points'], 10)
    equal(rig.engine.take(event('ada', 'visit')), :new)
  end
end

test 'an engine in a call answers Busy, to its callbacks and to other threads' do
  rig = Rig.new
  found = []
  rig.door.trap(:deliver) do
    [-> { rig.engine.deliver }, -> { rig.engine.take(event('bob', 'visit')) }, -> { rig.engine.contact('ada') },
     -> { rig.engine.dead }, -> { rig.engine.revive('0' * 32) }, -> { rig.engine.close },
     -> { raise Thread.new { raised(Leadflow::Busy) { rig.engine.wake('ada') } }.value }].each do |call|
      found << raised(Leadflow::Busy, &call).status
    end
  end
  rig.engine.take(event('ada', 'visit'))
  equal(rig.engine.deliver, 2)
  equal(found, [Leadflow::C::LF_E_BUSY] * 7)
end

test 'what a store says with an Error is the answer' do
  rig = Rig.new
  rig.door.trap(:commit) { raise Leadflow::Conflict }
  equal(rig.engine.take(event('ada', 'visit')), :new) # it was done again from a fresh load
  equal(rig.door.calls[:commit], 2)
  rig.door.trap(:commit, 1, :after) { raise Leadflow::Unknown }
  equal(rig.engine.take(event('ada', 'visit')), :new) # it found its own work
  equal(rig.door.calls[:commit], 1)
  always = LockingStore.new
  always.define_singleton_method(:commit) { |*| raise Leadflow::Conflict, 'somebody is faster' }
  engine = Leadflow::Engine.new(blueprint, store: always)
  raised(Leadflow::Conflict, /somebody is faster/) { engine.take(event('ada', 'visit'), T0) }
  rig.door.trap(:commit) { raise Leadflow::Error.new('no status', status: 0) }
  raised(Leadflow::Error, /no status/) { rig.engine.take(event('bob', 'visit')) }
  equal(rig.door.store.load('default', 'bob'), nil)
  rig.door.trap(:load) { raise Leadflow::Error.new('mine', status: -4711) }
  equal(raised(Leadflow::Error, /mine/) { rig.engine.wake('ada') }.status, -4711)
  rig.door.trap(:scan) { raise Leadflow::NotFound, 'no such table' }
  raised(Leadflow::NotFound, /no such table/) { rig.engine.each_contact.to_a }
end

test 'two engines on a store written in Ruby' do
  store = HashStore.new
  delivered = []
  other = Leadflow::Engine.new(blueprint, store: store) { |effect| delivered << effect.key }
  engine = Leadflow::Engine.new(blueprint, store: store) do |effect|
    delivered << effect.key << other.deliver(T0 + DAY) # the lease of the first runs out meanwhile
  end
  faster = nil
  store.define_singleton_method(:load) do |tenant, id|
    super(tenant, id).tap { faster&.call }
  end
  faster = lambda do
    faster = nil
    other.take(event('ada', 'visit', T0 - 1), T0)
  end
  equal(engine.take(event('ada', 'visit'), T0), :new) # after a conflict
  equal(engine.contact('ada').to_h['scores']['lead']['points'], 20)
  equal(engine.deliver(T0, limit: 1), 1)
  keys = delivered.grep(String)
  equal([delivered.grep(Integer), keys.size, keys.uniq.size], [[3], 4, 3])
  equal([engine.deliver(T0 + 2 * DAY), engine.dead], [0, []])
end

test 'a stalled delivery says nothing any more' do
  store = HashStore.new
  delivered = []
  later = Leadflow::Engine.new(blueprint, store: store) { |_, receipt| receipt.retry }
  stalled = Leadflow::Engine.new(blueprint, store: store) { later.deliver(T0 + DAY, limit: 1) }
  stalled.take(event('ada', 'visit'), T0)
  stalled.deliver(T0, limit: 1) # what it says is of a claim that is over
  last = Leadflow::Engine.new(blueprint, store: store) { |effect| delivered << effect.kind }
  last.deliver(T0 + 2 * DAY)
  equal(delivered, %w[stage band])
end

test 'columns are there until commit returns' do
  store = HashStore.new
  commits = []
  columns = []
  store.define_singleton_method(:commit) do |tenant, commit|
    super(tenant, commit)
    commits << commit
    columns << commit.columns
  end
  engine = Leadflow::Engine.new(blueprint, store: store)
  2.times { engine.take(event('ada', 'visit'), T0) }
  equal(columns, [{ 'state_stage' => 'new', 'score_lead' => '10', 'band_lead' => 'cold' },
                  { 'state_stage' => 'new', 'score_lead' => '20', 'band_lead' => 'warm' }])
  raised(IOError) { commits.last.columns }
  equal(commits.map { |it| [it.contact, it.revision, it.settled_key] }, [['ada', 0, nil], ['ada', 1, nil]])
end

test 'what a store gives that is none of the kind is an exception of Ruby' do
  wrong = { load: [[5, 1], ['', -1], [nil.to_s, nil], 'x', ['LF', 'one']],
            claim_due: [nil, [nil], [5], ["\xff"], [['a']]],
            scan: [5, [:a]], dead: [[nil], [Struct.new(:contact, :key).new('a', 'b')]] }
  wrong.each do |name, values|
    values.each do |value|
      store = HashStore.new
      store.define_singleton_method(name) { |*| value }
      engine = Leadflow::Engine.new(blueprint, store: store)
      raised(StandardError) do
        engine.take(event('ada', 'visit'), T0)
        engine.run_due(T0 + DAY)
        engine.each_contact.to_a
        engine.dead
      end
      engine.close
    end
  end
end

test 'a delivery may retry and refuse, and raise' do
  said = [->(receipt) { receipt.retry }, ->(receipt) { receipt.retry(5000) }, ->(_) { raise Boom },
          ->(receipt) { receipt.refuse }]
  engine = Leadflow::Engine.new(blueprint, store: LockingStore.new, retry_ms: 1000) do |_effect, receipt|
    said.shift&.call(receipt)
  end
  engine.take(event('ada', 'signup'), T0)
  equal(engine.deliver(T0, limit: 1), 1)
  equal(engine.deliver(T0 + 999), 0)
  equal(engine.deliver(T0 + 1000), 1)
  equal(engine.deliver(T0 + 5999), 0)
  equal(engine.failed_contact, nil)
  raised(Boom) { engine.deliver(T0 + 6000) }
  equal(engine.failed_contact, 'ada')
  equal(engine.deliver(T0 + 20_000, limit: 1), 1)
  equal(engine.dead.size, 1)
end

run_tests
