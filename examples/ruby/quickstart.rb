# SPDX-License-Identifier: MIT
# Quickstart: a blueprint, four events, messages through a block, and a score with its reasons.
require_relative 'leadflow'

# All rules stand in one JSON document: how points come and go, and what is sent when.
RULES = <<~JSON
  {"leadflow": 1,
   "fields": {"name": {"type": "string"}},
   "events": {"signup": {}, "pricing_view": {}},
   "scores": {"lead": {"dimensions": {"behavior": {"rules": [
     {"name": "signed_up", "on": "signup", "points": 10},
     {"name": "saw_prices", "on": "pricing_view", "points": 15, "decay": {"lose": 5, "every": "7d"}}]}}}},
   "templates": {"hello": {"channel": "email", "subject": "Welcome, {name|there}!"},
                 "tips": {"channel": "email", "subject": "Tips for your first week"}},
   "sequences": {"welcome": {"trigger": [{"event": "signup"}],
     "steps": [{"send": "hello"}, {"wait": {"day": 3}}, {"send": "tips"}]}}}
JSON

blueprint = Leadflow::Blueprint.new(RULES)
store = Leadflow::MemoryStore.new # or one of yours: see hash_store.rb
engine = Leadflow::Engine.new(blueprint, store: store) do |effect|
  puts "mail to #{effect.contact}: #{effect.dig('message', 'subject')}" if effect.kind == 'send'
end

start = Time.utc(2026, 1, 5, 10)
[['$update', { fields: { name: 'Ada' } }],
 ['$consent', { channel: 'email', status: 'granted' }],
 ['signup', {}], ['pricing_view', {}]].each do |type, props|
  engine.take({ contact: 'ada', type: type, at: start, props: props }, start)
end
(0..10).each do |day| # time passes
  engine.run_due(start + day * 86_400)
  engine.deliver(start + day * 86_400)
end

why = blueprint.scorer('lead').explain(engine.contact('ada'), start + 10 * 86_400)
puts "score: #{why.total / 1000.0}"
why.parts.each { |part| puts "  #{part.rule}: #{part.value / 1000.0} of #{part.base / 1000.0}" }
