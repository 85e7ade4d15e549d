# SPDX-License-Identifier: MIT
# A store in Ruby, to begin with: replace the hashes by your database. Each method is one transaction: it does all that
# it is asked, or raises and has changed nothing. Times are milliseconds since 1970.
require_relative 'leadflow'

class HashStore
  Contact = Struct.new(:bytes, :revision, :due, :outbox)
  Effect = Struct.new(:contact, :key, :json, :fence, :attempts, :not_before)
  Tenant = Struct.new(:contacts, :dead)

  def initialize
    @tenants = Hash.new { |tenants, name| tenants[name] = Tenant.new({}, []) }
  end

  # The bytes and the revision of a contact; nil if there is none.
  def load(tenant, id)
    contact = @tenants[tenant].contacts[id]
    contact && [contact.bytes, contact.revision]
  end

  def commit(tenant, commit)
    contacts = @tenants[tenant].contacts
    contact = contacts[commit.contact] || Contact.new(nil, 0, nil, [])
    settled = commit.settled_key && claimed(tenant, commit.contact, commit.settled_key, commit.settled_fence)
    raise Leadflow::Conflict if contact.revision != commit.revision

    contact.bytes = commit.bytes
    contact.revision += 1
    contact.due = commit.wake
    finish(tenant, settled, commit.settled_outcome) if settled
    contact.outbox.concat(commit.effects.map { |it| Effect.new(it.contact, it.key, it.json, 0, 0, 0) })
    contacts[commit.contact] = contact
  end

  # Ids of contacts that are due, the earliest first; nobody else gets them before the lease ends.
  def claim_due(tenant, now, lease_until, limit)
    due = @tenants[tenant].contacts.select { |_, contact| contact.due <= now }
    due.min_by(limit) { |id, contact| [contact.due, id] }.map do |id, contact|
      contact.due = lease_until
      id
    end
  end

  # Of each contact the first effect, if its time has come; each claim gives it another fence.
  def claim_effects(tenant, now, lease_until, limit)
    firsts = @tenants[tenant].contacts.each_value.filter_map { |contact| contact.outbox.first }
    firsts.select { |it| it.not_before <= now }.min_by(limit) { |it| [it.not_before, it.contact] }.each do |effect|
      effect.not_before = lease_until
      effect.fence += 1
    end
  end

  # :done, :dead, or :retry, not before a time.
  def settle(tenant, id, key, fence, outcome, not_before)
    effect = claimed(tenant, id, key, fence)
    return finish(tenant, effect, outcome) unless outcome == :retry

    effect.attempts += 1
    effect.fence += 1
    effect.not_before = not_before
  end

  # Ids behind one, in the order of their bytes; '' is before the first.
  def scan(tenant, after, limit)
    @tenants[tenant].contacts.keys.select { |id| id > after }.min(limit)
  end

  # Effects that are dead, the first that died in front.
  def dead(tenant, limit)
    @tenants[tenant].dead.first(limit)
  end

  # Back to the end of its contact's outbox.
  def revive(tenant, key)
    effect = @tenants[tenant].dead.find { |it| it.key == key } or raise Leadflow::NotFound
    @tenants[tenant].dead.delete(effect)
    effect.attempts = 0
    effect.fence += 1
    effect.not_before = 0
    @tenants[tenant].contacts[effect.contact].outbox << effect
  end

  private

  def claimed(tenant, id, key, fence)
    effect = @tenants[tenant].contacts[id]&.outbox&.first
    raise Leadflow::Fenced unless effect && effect.key == key && effect.fence == fence

    effect
  end

  def finish(tenant, effect, outcome)
    @tenants[tenant].contacts[effect.contact].outbox.shift
    @tenants[tenant].dead << effect if outcome == :dead
  end
end
