# SPDX-License-Identifier: MIT
# The engine, with stores, deliveries and clocks written in Ruby; leadflow.rb reads it.
module Leadflow
  # The store that comes with the library.
  class MemoryStore
    def initialize
      @store = FFI::AutoPointer.new(Leadflow.out(:pointer, :lf_memstore_new, nil), C.method(:lf_memstore_free))
    end

    def count
      C.lf_memstore_count(@store)
    end

    def fill(table)
      Leadflow.check(C.lf_memstore_store(@store, table))
    end
  end

  # What one transaction of a store is to change. `settled_key` is nil if it settles no effect.
  class Commit
    attr_reader :contact, :bytes, :revision, :wake, :effects, :settled_key, :settled_fence, :settled_outcome

    def initialize(pointer)
      @pointer = pointer
      size = FFI::MemoryPointer.new(:size_t)
      @contact = Leadflow.text(C.lf_commit_contact(pointer, nil))
      @bytes = C.lf_commit_bytes(pointer, size).read_string(size.get(:size_t, 0))
      @revision = C.lf_commit_revision(pointer)
      @wake = C.lf_commit_wake(pointer)
      @effects = Array.new(C.lf_commit_effect_count(pointer)) { |i| Effect.new(C.lf_commit_effect_at(pointer, i)) }
      @settled_key = Leadflow.text(C.lf_commit_settled_key(pointer))
      @settled_fence = C.lf_commit_settled_fence(pointer)
      @settled_outcome = OUTCOMES[C.lf_commit_settled_outcome(pointer)]
    end

    # For lists of your own: values as text, or nil, by name: "state_MACHINE", "score_SCORE", "band_SCORE".
    def columns
      raise IOError, 'columns are read before commit returns' if @pointer.nil?

      (0...C.lf_commit_column_count(@pointer)).to_h do |i|
        [C.lf_commit_column_name(@pointer, i), Leadflow.out(:pointer, :lf_commit_column_value, @pointer, i)]
          .map { |text| Leadflow.text(text) }
      end
    end

    def over
      @pointer = nil
    end
  end

  # What a delivery says of an effect that it does not take over now, or ever.
  class Receipt
    attr_reader :after_ms, :refused

    # Not before so long from now; 0: as the engine thinks.
    def retry(after_ms = 0)
      @after_ms = Integer(after_ms)
    end

    def refuse
      @refused = true
    end
  end

  OUTCOMES = %i[done retry dead].freeze

  # One worker on a store. What a callback raises comes out of the call that led to it.
  class Engine < Handle
    TYPE = 'lf_engine'
    ALL = 2**31 - 1

    # `store`: a MemoryStore, or an object with the methods of HashStore. The block, or `delivery`, which has `call`,
    # gets each effect and a receipt. `clock.call` is asked where no time is given. `unsubscribe`, an Unsubscribe, signs
    # links in messages.
    def initialize(blueprint, store:, delivery: nil, clock: Time.method(:now), tenant: 'default', lease_ms: 0,
                   retry_ms: 0, max_attempts: 0, unsubscribe: nil, &block)
      @calling = Mutex.new
      @raised = {}
      @alive = [store] # as long as the library may call
      options = C::EngineOptions.new
      C.lf_engine_options_init(options, options.size)
      options[:tenant] = tenant = Leadflow.c_string(tenant)
      options[:unsubscribe] = Unsubscribe.options(unsubscribe) if unsubscribe
      options[:store] = store_table(store)
      options[:delivery] = delivery_table(delivery || block) if delivery || block
      callback(options, :clock) { |now| now.write_int64(Leadflow.ms(clock.call)) }
      { lease_ms: lease_ms, retry_ms: retry_ms, max_attempts: max_attempts }.each { |key, value| options[key] = value }
      own(Leadflow.out(:pointer, :lf_engine_new, blueprint, options))
    end

    # Takes in an event, JSON or a Hash: :new, :late, :duplicate, :changed_duplicate or :ignored.
    def take(event, now = nil, line: 1)
      taken = FFI::MemoryPointer.new(:int32)
      Leadflow.diagnosed do |list|
        call(:lf_engine_take_json, *Leadflow.json(event), line, present(now), taken, list)
      end
      TAKEN[taken.read_int32]
    end

    def wake(contact, now = nil)
      Leadflow.check(call(:lf_engine_wake, *Leadflow.utf8(contact), present(now)))
    end

    # Wakes contacts that are due; how many.
    def run_due(now = nil, limit: ALL)
      count(:lf_engine_run_due, now, limit)
    end

    # Hands over effects; how many.
    def deliver(now = nil, limit: ALL)
      count(:lf_engine_deliver, now, limit)
    end

    def contact(id)
      place = FFI::MemoryPointer.new(:pointer)
      Leadflow.check(call(:lf_engine_contact, *Leadflow.utf8(id), place))
      Contact.own(place.read_pointer)
    end

    def each_contact
      return enum_for(:each_contact) unless block_given?

      id = nil
      yield id while (id = next_contact(id))
      self
    end

    def dead(limit: ALL)
      Leadflow.buffer { |buffer| call(:lf_engine_dead, limit, buffer) }.each_line.map { |line| JSON.parse(line) }
    end

    def revive(key)
      Leadflow.check(call(:lf_engine_revive, Leadflow.utf8(key)[0]))
    end

    # Whose failure the last run_due or deliver raised; nil: nobody's.
    def failed_contact
      Leadflow.text(C.lf_engine_failed_contact(self))
    end

    def condition_errors
      C.lf_engine_condition_errors(self)
    end

    def close
      exclusively { super }
    end

    private

    def next_contact(after)
      status = nil
      id = Leadflow.buffer do |buffer|
        status = call(:lf_engine_next_contact, after, after.to_s.bytesize, buffer)
        status == C::LF_E_NOTFOUND ? C::LF_OK : status # that was the last
      end
      id.force_encoding(Encoding::UTF_8) unless status == C::LF_E_NOTFOUND
    end

    def present(now)
      now.nil? ? -2**63 : Leadflow.ms(now)
    end

    def count(function, now, limit)
      done = FFI::MemoryPointer.new(:size_t)
      Leadflow.check(call(function, present(now), limit, done))
      done.get(:size_t, 0)
    end

    # Thread#raise, Timeout and Thread#kill strike within callbacks or when all is done, not in between, where they
    # would unwind through the library.
    def exclusively
      Thread.handle_interrupt(Object => :never) do
        raise Busy unless @calling.try_lock

        begin
          yield
        ensure
          @calling.unlock
        end
      end
    end

    # Calls the library, and raises what its callbacks have raised meanwhile.
    def call(function, *args)
      exclusively do
        @raised.clear
        @leaving = false
        status = C.public_send(function, self, *args)
        kept = @raised[C::LF_E_USER] || @raised[status]
        kept.nil? ? status : raise(kept)
      end
    end

    # Runs the body of a callback, and gives its status. Whatever leaves the body is kept until the library has
    # returned; where a throw, break or return was about to go cannot be kept, so it becomes an error. (The Timeout of
    # Ruby 3.1 throws; with a class of its own, Timeout.timeout(5, Slow), it raises.) After such a thing, exit or an
    # Interrupt the rest of the call fails without being run, unlock excepted.
    def guard(always)
      return C::LF_E_USER if @leaving && !always

      inside = true
      Thread.handle_interrupt(Exception => :immediate) { yield }
      inside = false
      C::LF_OK
    rescue Exception => e
      inside = false
      keep(e, !e.is_a?(StandardError))
    ensure
      return keep(LocalJumpError.new('a callback was left by throw, break, return or Thread.exit'), true) if inside
    end

    # The status of an Error goes to the library, which may know what to do; another exception is the caller's.
    def keep(exception, leaving)
      @leaving ||= leaving
      status = exception.is_a?(Error) && exception.status.negative? ? exception.status : C::LF_E_USER
      @raised[status] ||= exception
      status
    end

    def callback(table, name, always: false)
      @alive << proc { |_user, *args| guard(always) { yield(*args) } }
      table[name] = @alive.last
    end

    def delivery_table(delivery)
      table = C::Delivery.new
      C.lf_delivery_init(table, table.size)
      callback(table, :deliver) do |effect, pointer|
        receipt = Receipt.new
        delivery.call(Effect.new(effect), receipt)
        C.lf_receipt_retry(pointer, receipt.after_ms) if receipt.after_ms
        C.lf_receipt_refuse(pointer) if receipt.refused
      end
      table
    end

    def store_table(store)
      table = C::Store.new
      C.lf_store_init(table, table.size)
      return table.tap { store.fill(table) } if store.is_a?(MemoryStore)

      loads_and_commits(table, store)
      claims(table, store)
      locks(table, store) if store.respond_to?(:lock)
      table
    end

    def loads_and_commits(table, store)
      callback(table, :load) do |tenant, id, _size, loaded|
        bytes, revision = store.load(Leadflow.text(tenant), Leadflow.text(id))
        Leadflow.check(C.lf_loaded_set(loaded, bytes, bytes.bytesize, revision)) unless bytes.nil?
      end
      callback(table, :commit) do |tenant, pointer|
        commit = Commit.new(pointer)
        store.commit(Leadflow.text(tenant), commit)
      ensure
        commit&.over
      end
      callback(table, :settle) do |tenant, id, _size, key, fence, outcome, not_before|
        store.settle(Leadflow.text(tenant), Leadflow.text(id), Leadflow.text(key), fence, OUTCOMES[outcome], not_before)
      end
      callback(table, :revive) { |tenant, key| store.revive(Leadflow.text(tenant), Leadflow.text(key)) }
    end

    def claims(table, store)
      %i[claim_due claim_effects].each do |name|
        callback(table, name) do |tenant, now, lease_until, limit, claims|
          add(claims, store.public_send(name, Leadflow.text(tenant), now, lease_until, limit))
        end
      end
      callback(table, :scan) do |tenant, after, _size, limit, claims|
        add(claims, store.scan(Leadflow.text(tenant), Leadflow.text(after), limit))
      end
      callback(table, :dead) { |tenant, limit, claims| add(claims, store.dead(Leadflow.text(tenant), limit)) }
    end

    # Ids of contacts, or effects: what has contact, key, json, fence and attempts.
    def add(claims, found)
      found.each do |one|
        status = if one.is_a?(String)
                   C.lf_claims_add_contact(claims, *Leadflow.utf8(one))
                 else
                   C.lf_claims_add_effect(claims, *Leadflow.utf8(one.contact), Leadflow.utf8(one.key)[0],
                                          *Leadflow.utf8(one.json), one.fence, one.attempts)
                 end
        Leadflow.check(status)
      end
    end

    def locks(table, store)
      callback(table, :lock) { |tenant, id| store.lock(Leadflow.text(tenant), Leadflow.text(id)) }
      callback(table, :unlock, always: true) { |tenant, id| store.unlock(Leadflow.text(tenant), Leadflow.text(id)) }
    end
  end
end
