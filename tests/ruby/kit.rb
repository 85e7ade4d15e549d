# SPDX-License-Identifier: MIT
# What the tests in Ruby share: TAP, and where things are. Without the gem ffi they are skipped, visibly.
begin
  require 'ffi'
rescue LoadError
  puts '1..0 # SKIP there is no ruby-ffi'
  exit
end

ROOT = File.expand_path('../..', __dir__)
$LOAD_PATH.unshift("#{ROOT}/examples/ruby")
require 'leadflow'
require 'hash_store'

T0 = 1_767_607_200_000 # 2026-01-05T10:00:00Z
DAY = 86_400_000

module Kit
  TESTS = []

  def test(name, &body)
    TESTS << [name, body]
  end

  def equal(got, expected, what = nil)
    raise "#{what}\n got      #{got.inspect}\n expected #{expected.inspect}" unless got == expected
  end

  # Gives the exception of this class that the block raises.
  def raised(type, message = nil)
    yield
  rescue Exception => e # rubocop:disable Lint/RescueException
    raise unless e.is_a?(type)

    raise "#{e.message.inspect} does not say #{message.inspect}" unless message.nil? || message === e.message
    e
  else
    raise "no #{type} was raised"
  end

  def status(code, &block)
    equal(raised(Leadflow::Error, &block).status, code)
  end

  # A blueprint with a mail at once and one after three days.
  def blueprint
    @blueprint ||= Leadflow::Blueprint.new(<<~JSON)
      {"leadflow": 1,
       "fields": {"name": {"type": "string"}},
       "events": {"signup": {"props": {"page": "string"}}, "visit": {}},
       "scores": {"lead": {"dimensions": {"behavior": {"rules": [
           {"name": "visits", "on": "visit", "points": 10, "decay": {"half_life": "7d"}}]}},
         "bands": [{"name": "warm", "from": 15}, {"name": "cold", "from": 0}]}},
       "machines": {"stage": {"initial": "new", "states": {"new": {}, "lead": {}},
         "transitions": [{"from": "new", "to": "lead", "on": "signup"}]}},
       "templates": {"hello": {"channel": "email", "subject": "Hello {name|you}"}},
       "sequences": {"welcome": {"trigger": [{"event": "signup"}],
         "steps": [{"send": "hello"}, {"wait": {"day": 3}}, {"send": "hello"}]}}}
    JSON
  end

  def event(contact, type, at = T0, **props)
    { contact: contact, type: type, at: Leadflow.time(at), props: props }
  end

  def run_tests
    puts "1..#{TESTS.size}"
    TESTS.each.with_index(1) do |(name, body), number|
      body.call
      puts "ok #{number} - #{name}"
    rescue Exception => e # rubocop:disable Lint/RescueException
      puts "not ok #{number} - #{name}"
      puts e.full_message(highlight: false).lines.map { |line| "# #{line}" }
    ensure
      $stdout.flush
    end
  end
end
include Kit
