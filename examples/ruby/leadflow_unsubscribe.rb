# SPDX-License-Identifier: MIT
# Signed links of unsubscription, and the requests that follow them (RFC 8058); leadflow.rb reads it.
module Leadflow
  # How a request is to be answered: :reject with an error, :confirm with a page that asks, :deny with success when the
  # event, for Engine#take, is in.
  Answer = Struct.new(:what, :event)
  ANSWERS = %i[reject confirm deny].freeze

  # Where links lead and what signs them, for Engine and Step: 'https://mail.example/u/', and 1 to 8 keys 'id:hex id:hex',
  # of which the first signs and all verify.
  class Unsubscribe
    def self.options(one)
      raise TypeError, "an Unsubscribe is wanted, not #{one.class}" unless one.is_a?(self)

      one.instance_variable_get(:@options)
    end

    def initialize(link, keys)
      @options = C::UnsubscribeOptions.new
      C.lf_unsubscribe_options_init(@options, @options.size)
      @options[:link] = @link = Leadflow.c_string(link)
      @options[:keys] = @keys = Leadflow.c_string(keys)
    end

    # Without the keys.
    def inspect
      "#<#{self.class} #{@link.read_string}>"
    end

    # The Answer to a request, whatever it is. `token` stands behind the link.
    def parse(token, method, at:, content_type: nil, body: nil, tenant: 'default')
      texts = { tenant: tenant, method: method, content_type: content_type, token: token, body: body }
      held = texts.compact.to_h { |name, value| [name, bytes(name, value)] }
      request = C::UnsubscribeRequest.new
      C.lf_unsubscribe_request_init(request, request.size)
      held.each { |name, memory| request[name] = memory }
      request[:token_len] = token.bytesize
      request[:body_len] = body.to_s.bytesize
      request[:at] = Leadflow.ms(at)
      answer(request)
    end

    private

    # Those with a length may have any bytes, and need no NUL.
    def bytes(name, value)
      return Leadflow.c_string(value) unless %i[token body].include?(name)
      raise TypeError, "a String is wanted, not #{value.class}" unless value.is_a?(String)

      FFI::MemoryPointer.new(:char, value.bytesize + 1).put_bytes(0, value)
    end

    def answer(request)
      what = FFI::MemoryPointer.new(:int32)
      event = Leadflow.buffer { |buffer| C.lf_unsubscribe_parse(@options, request, what, buffer) }
      Answer.new(ANSWERS[what.read_int32], event.empty? ? nil : event.force_encoding(Encoding::UTF_8))
    end
  end
end
