# SPDX-License-Identifier: MIT
# Signed links, from the message to the consent that is withdrawn; what is wrong with them; requests of every kind.
require_relative 'kit'

include Leadflow
OLD = 'old:000102030405060708090a0b0c0d0e0f'
NEW = 'new:f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff'
LINK = 'https://mail.example/u/'
FORM = { content_type: 'application/x-www-form-urlencoded', body: 'List-Unsubscribe=One-Click' }.freeze
RULES = Blueprint.new(<<~JSON)
  {"leadflow": 1, "events": {"go": {}}, "templates": {"news": {"channel": "email", "body": "Bye: {unsubscribe}"}},
   "sequences": {"news": {"topic": "tips", "trigger": [{"event": "go"}], "reentry": "always",
     "steps": [{"label": "a", "send": "news"}]}}}
JSON

def events
  [event('ada', '$consent', channel: 'email', status: 'granted'), event('ada', 'go')]
end

def token_of(effect)
  link = effect.dig('headers', 'List-Unsubscribe')
  equal([link[0, 1 + LINK.size], link[-1]], ["<#{LINK}", '>'])
  equal(effect.dig('message', 'body'), "Bye: #{link[1..-2]}")
  link[1 + LINK.size..-2]
end

# An engine that has sent a message, and the effects.
def sent(signing)
  effects = []
  engine = Engine.new(RULES, store: HashStore.new, unsubscribe: signing) { |effect, _| effects << effect }
  events.each { |one| engine.take(one, T0) }
  engine.deliver(T0)
  [engine, effects]
end

test 'one click withdraws consent' do
  signing = Unsubscribe.new(LINK, "#{NEW} #{OLD}")
  engine, effects = sent(signing)
  answer = signing.parse(token_of(effects[1]), 'POST', at: T0 + DAY, **FORM)
  equal(answer.what, :deny)
  2.times { equal(engine.take(answer.event, T0 + DAY), :new) } # twice is once
  engine.take(event('ada', 'go', T0 + DAY), T0 + DAY)
  engine.deliver(T0 + DAY)
  equal(effects[3..].map { |one| [one.kind, one['reason']] },
        [['enrolled', nil], %w[skipped consent], %w[exited completed]])
end

test 'requests' do
  signing = Unsubscribe.new(LINK, NEW)
  token = token_of(sent(signing)[1][1])
  [[:confirm, 'GET', {}], [:confirm, 'HEAD', {}], [:confirm, 'POST', {}], [:confirm, 'POST', { body: 'a=b' }],
   [:reject, 'PUT', FORM], [:reject, 'POST', FORM.merge(token: '')], [:reject, 'POST', FORM.merge(token: "#{token}\0")],
   [:reject, 'POST', FORM.merge(token: "\u20ac")], [:reject, 'POST', FORM.merge(tenant: 'other')],
   [:reject, 'POST', FORM.merge(body: 'x' * 70_000)], [:deny, 'POST', FORM]].each do |what, method, more|
    given = signing.parse(more[:token] || token, method, at: T0, **more.except(:token))
    equal([given.what, given.event.nil?], [what, what != :deny], more)
  end
  equal(Unsubscribe.new(LINK, OLD).parse(token, 'POST', at: T0, **FORM).to_a, [:reject, nil])
  equal(Unsubscribe.new(LINK, "#{OLD} #{NEW}").parse(token, 'POST', at: Leadflow.time(T0), **FORM).what, :deny)
end

test 'the bare step' do
  [Unsubscribe.new(LINK, OLD), nil].each do |signing|
    step = Step.new(RULES, 'acme', unsubscribe: signing)
    contact = Contact.new(RULES, 'ada')
    events.each { |one| step.take(contact, Event.new(RULES, one)) }
    if signing.nil?
      equal(step.effects[1].dig('message', 'body'), 'Bye: {unsubscribe}')
    else
      token = token_of(step.effects[1])
      equal(signing.parse(token, 'POST', at: T0, tenant: 'acme', **FORM).what, :deny)
    end
  end
end

test 'what cannot be' do
  [['http://mail.example/u/', OLD], ['', OLD], [LINK, ''], [LINK, 'old:00'], [LINK, "#{OLD} #{OLD}"]].each do |link, keys|
    wrong = Unsubscribe.new(link, keys)
    status(C::LF_E_ARG) { Engine.new(RULES, store: HashStore.new, unsubscribe: wrong) }
    status(C::LF_E_ARG) { Step.new(RULES, unsubscribe: wrong) }
    status(C::LF_E_ARG) { wrong.parse('x', 'POST', at: T0, **FORM) }
  end
  fine = Unsubscribe.new(LINK, OLD)
  equal(fine.inspect.include?('0001'), false)
  status(C::LF_E_ARG) { fine.parse('x', 'POST', at: 2**62) }
  equal(fine.parse('x', nil, at: T0).what, :reject)
  [-> { Unsubscribe.new(nil, OLD) }, -> { Unsubscribe.new(LINK, 5) }, -> { fine.parse(5, 'POST', at: T0) },
   -> { fine.parse('x', 'POST', at: 'now') }, -> { fine.parse('x', 'POST', at: T0, body: 5) },
   -> { Step.new(RULES, unsubscribe: OLD) },
   -> { Engine.new(RULES, store: HashStore.new, unsubscribe: [LINK, OLD]) }].each { |call| raised(TypeError, &call) }
  [-> { Unsubscribe.new("#{LINK}\0", OLD) }, -> { fine.parse('x', "PO\0ST", at: T0) }].each do |call|
    raised(ArgumentError, &call)
  end
end

run_tests
