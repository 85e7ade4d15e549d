# SPDX-License-Identifier: MIT
# Events a second from Ruby: through an engine on the store in memory, an engine on a store written in Ruby, and the
# bare step.   bench_ruby.rb BLUEPRINT EVENTS
# LEADFLOW_LIBRARY and LEADFLOW_CDEF say which build is measured. Prints one JSON object a line; times are those of the
# process. The events are taken in again and again, each time by other contacts.
require_relative '../examples/ruby/hash_store'
require 'json'

SECONDS = 2
BLUEPRINT = Leadflow::Blueprint.new(File.read(ARGV[0]))
EVENTS = File.readlines(ARGV[1], chomp: true).map { |line| JSON.parse(line) }
             .map { |event| [event, Leadflow.ms(Leadflow::Event.new(BLUEPRINT, event).at)] }

# Each pass has contacts of its own, and the time of an event is the newest of its contact so far.
def pass(number)
  newest = Hash.new(-2**62)
  EVENTS.map do |event, at|
    id = "#{event['contact']}-#{number}"
    newest[id] = [newest[id], at].max
    [id, JSON.generate(event.merge('contact' => id)), newest[id]]
  end
end

def measure(what)
  count = 0
  spent = 0.0
  passes = 0
  while spent < SECONDS
    events = pass(passes += 1)
    start = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)
    events.each { |id, json, now| yield id, json, now }
    spent += Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) - start
    count += events.size
  end
  puts JSON.generate(what: what, events: count, us_per_event: (spent / count * 1e6).round(1),
                     events_per_second: (count / spent).round)
end

{ 'engine, store in memory' => Leadflow::MemoryStore, 'engine, store in Ruby' => HashStore }.each do |what, store|
  engine = Leadflow::Engine.new(BLUEPRINT, store: store.new)
  measure(what) { |_, json, now| engine.take(json, now) }
end

step = Leadflow::Step.new(BLUEPRINT)
event = Leadflow::Event.new(BLUEPRINT)
contacts = Hash.new { |all, id| all[id] = Leadflow::Contact.new(BLUEPRINT, id) }
measure('bare step, without effects') { |id, json, now| step.take(contacts[id], event.parse(json), now) }
contacts.clear
measure('bare step, with effects') do |id, json, now|
  step.take(contacts[id], event.parse(json), now)
  step.effects
end
