# SPDX-License-Identifier: MIT
# Time zones from Ruby: `call` gets a name, and gives the bytes of a TZif file, or nil. leadflow.rb reads this.
module Leadflow
  # What a source raises comes out of the call of the library that led to it; NotFound says the same as nil.
  module Zones
    # By the number that the library has of it: contacts and engines hold what is behind a blueprint, and so its source.
    SOURCES = {}
    KEPT = :leadflow_zones_raised

    class << self
      # The table for a source; the library gives it back when it has made something of it.
      def table(source)
        raise TypeError, "a #{source.class} has no method call" unless source.respond_to?(:call)

        table = C::ZoneSource.new
        C.lf_zone_source_init(table, table.size)
        holder = [source]
        SOURCES[holder.object_id] = holder
        table[:user] = FFI::Pointer.new(holder.object_id)
        table[:load] = LOAD
        table[:user_free] = USER_FREE
        table
      end

      def not_taken(table)
        SOURCES.delete(table[:user].address)
      end

      # What was raised when this status was given to the library.
      def raised(status)
        kept, Thread.current[KEPT] = Thread.current[KEPT], nil
        kept&.first == status ? kept.last : nil
      end

      # Runs the body of a callback, and gives its status; nothing may leave it, since that would unwind through the
      # library. Where a throw, break or return was about to go cannot be kept, so it becomes an error.
      def guard(&body)
        Thread.handle_interrupt(Object => :never) { guarded(&body) }
      end

      private

      def guarded
        inside = true
        Thread.handle_interrupt(Exception => :immediate) { yield }
        inside = false
        C::LF_OK
      rescue Exception => e # rubocop:disable Lint/RescueException
        inside = false
        keep(e)
      ensure
        return keep(LocalJumpError.new('a callback was left by throw, break or return')) if inside
      end

      def keep(exception)
        status = exception.is_a?(Error) && exception.status.negative? ? exception.status : C::LF_E_USER
        Thread.current[KEPT] = [status, exception] unless status == C::LF_E_NOTFOUND # "no such zone", for the library
        status
      end
    end

    LOAD = proc do |user, name, _size, data|
      guard do
        bytes = SOURCES.fetch(user.address).first.call(Leadflow.text(name))
        raise TypeError, "bytes are wanted, not #{bytes.class}" unless bytes.nil? || bytes.is_a?(String)

        Leadflow.check(C.lf_zone_data_set(data, bytes, bytes.bytesize)) unless bytes.nil?
      end
    end
    USER_FREE = proc { |user| SOURCES.delete(user.address) }
  end
end
