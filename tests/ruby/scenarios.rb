# SPDX-License-Identifier: MIT
# The scenarios (tests/scenario), through an engine on a store written in Ruby and through the bare step: both must do
# what is expected, with the same effects and the same stored bytes.   scenarios.rb FOLDER
require_relative 'kit'
require 'delegate'
require 'time'

# A store that remembers what was committed.
class Recorder < SimpleDelegator
  attr_reader :effects, :wakes

  def commit(tenant, commit)
    super
    (@effects ||= []).concat(commit.effects)
    (@wakes ||= {})[commit.contact] = commit.wake
  end
end

class Scenario
  Person = Struct.new(:contact, :now)

  def initialize(folder)
    @folder = folder
    @about = File.readlines("#{folder}/about.txt", chomp: true)
    @blueprint = Leadflow::Blueprint.new(File.read("#{folder}/blueprint.json"))
    @store = Recorder.new(HashStore.new)
    @engine = Leadflow::Engine.new(@blueprint, store: @store)
    @step = Leadflow::Step.new(@blueprint)
    @people = Hash.new { |all, id| all[id] = Person.new(Leadflow::Contact.new(@blueprint, id), -2**62) }
    @by_step = []
  end

  def run
    read('events').each.with_index(1) do |json, number|
      wanted = @about.filter_map { |line| line[/\Aevent #{number} (\w+)/, 1] }.first || 'new'
      equal(take(json), wanted, "event #{number}")
    end
    finish
    compare(lines(@by_step), lines(@store.effects || []), 'step, engine')
    expected = read('expected').map { |line| JSON.parse(line) }
    got = lines(@store.effects || []).map { |line| JSON.parse(line) }
    named = got.zip(expected).map { |one, other| other.nil? ? one : one.slice(*other.keys) }
    compare(named, expected, 'engine, expected')
  end

  private

  def read(name)
    File.readlines("#{@folder}/#{name}.ndjson", chomp: true).reject(&:empty?)
  end

  def compare(got, expected, what)
    got.zip(expected).each.with_index(1) { |(one, other), number| equal(one, other, "#{what}: line #{number}") }
    equal(got.size, expected.size, "#{what}: lines")
  end

  def outcome
    yield.to_s.delete_suffix('_duplicate')
  rescue Leadflow::Refused
    'refused'
  end

  def take(json)
    event = nil
    parsed = outcome do
      event = Leadflow::Event.new(@blueprint, json)
      'parsed'
    rescue Leadflow::NotFound
      'ignored'
    end
    return parsed.tap { equal(outcome { @engine.take(json, T0) }, parsed) } if parsed != 'parsed'

    person = @people[event.contact]
    person.now = [person.now, Leadflow.ms(event.at)].max
    outcome { @step.take(person.contact, event, person.now) }.tap do |taken|
      @by_step.concat(@step.effects)
      equal(outcome { @engine.take(json, person.now) }, taken)
      same(person)
    end
  end

  def same(person)
    stored = @store.load('default', person.contact.id)
    return if stored.nil? && person.contact.created.nil? # nothing but refused events

    equal(person.contact.encode, stored[0], 'stored bytes')
    equal(person.contact.wake_time, Leadflow.time(@store.wakes[person.contact.id]), 'wake time')
  end

  # The engine works as a process that is never late does, the step goes to the end at once.
  def finish
    line = @about.filter_map { |one| one[/\Auntil (\S+)/, 1] }.first
    until_ms = line ? Leadflow.ms(Time.iso8601(line)) : @people.values.map(&:now).max
    while (due = @store.wakes&.values&.min) && due <= until_ms
      raise 'nothing was woken' if @engine.run_due(due).zero?
    end
    @people.each_value.reject { |person| person.contact.created.nil? }.each do |person|
      @step.wake(person.contact, until_ms)
      @by_step.concat(@step.effects)
      @engine.wake(person.contact.id, until_ms)
      same(person)
    end
  end

  # By time, then contact, then as they came; contacts at the end.
  def lines(effects)
    sorted = effects.each_with_index.sort_by { |effect, i| [effect.at, effect.contact, i] }
    sorted.map { |effect, _| effect.json } + @people.keys.select { |id| @store.load('default', id) }.sort.map do |id|
      JSON.generate(@engine.contact(id).to_h)
    end
  end
end

Dir["#{ARGV[0]}/*/blueprint.json"].sort.each do |path|
  test(File.basename(File.dirname(path))) { Scenario.new(File.dirname(path)).run }
end
run_tests
