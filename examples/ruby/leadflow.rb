# SPDX-License-Identifier: MIT
# libleadflow in Ruby, by the gem `ffi` (Debian: ruby-ffi). Copy this file and those beside it whose names begin like its
# own, or what you need of them; quickstart.rb shows how they are used.
#
# Times are given as Time or as milliseconds since 1970, and come back as Time, or nil for never; only stores get and
# keep milliseconds. Points are Integers of a thousandth. What is not wrapped here is there as Leadflow::C.lf_....
require 'ffi'
require 'json'

module Leadflow
  # The functions, structs and constants of leadflow.cdef, which is installed with the library's headers and may also
  # lie beside this file; LEADFLOW_CDEF and LEADFLOW_LIBRARY name other places.
  module C
    extend FFI::Library
    ffi_lib ENV.fetch('LEADFLOW_LIBRARY', 'libleadflow.so.1')
    CDEF = [ENV['LEADFLOW_CDEF'], "#{__dir__}/leadflow.cdef", '/usr/local/include/leadflow/leadflow.cdef',
            '/usr/include/leadflow/leadflow.cdef'].compact.find { |place| File.file?(place) }
    raise LoadError, 'leadflow.cdef is not installed' if CDEF.nil?

    # An argument that is a handle of the library: only an open one of this very type will do.
    class HandleType
      include FFI::DataConverter
      def initialize(name)
        @name = name
      end

      def native_type
        FFI::Type::POINTER
      end

      def to_native(value, _context)
        value = value.to_ptr if value.is_a?(Handle) && value.class::TYPE == @name
        value.is_a?(FFI::Pointer) ? value : raise(TypeError, "a #{@name} is wanted, not #{value.class}")
      end
    end

    class << self
      def declare(text)
        @handles = text.scan(/^typedef struct (lf_\w+) \1;/).flatten.to_h { |name| [name, HandleType.new(name)] }
        text.gsub(/\s+/, ' ').scan(/(?:[^;{]|\{[^}]*\})+;/).map(&:strip).each do |declaration|
          case declaration
          when /\Aenum \w+ \{(.*)\}/ then $1.scan(/(\w+) = (-?\d+)/) { |name, value| const_set(name, value.to_i) }
          when /\Atypedef struct lf_(\w+) \{(.*)\}/ then const_set($1.split('_').map(&:capitalize).join, struct($2))
          when /\Atypedef (\w+) (lf_\w+);/ then typedef($1.to_sym, $2.to_sym)
          when /\A([^(]*?)(lf_\w+)\((.*)\);/ then attach_function($2, given($3), type($1))
          end
        end
      end

      private

      # A type without its name: a pointer, or a scalar that ffi knows.
      def type(text)
        text.include?('*') || text.include?('_fn ') ? :pointer : find_type(text.delete_prefix('const ').strip.to_sym)
      end

      # What a function is given: text without a length ends with a NUL, so ffi is to see that it has none within.
      def given(list)
        list = list.split(', ') - ['void']
        list.each_with_index.map do |argument, i|
          handle = @handles[argument[/\A(?:const )?(\w+) \*\w+\z/, 1]]
          ends = argument.match?(/\Aconst char \*\w/) && !list[i + 1].to_s.match?(/\Asize_t \w/)
          handle || (ends ? :string : type(argument.sub(/\w+\z/, '')))
        end
      end

      def struct(body)
        members = body.split(';').map(&:strip).reject(&:empty?).flat_map do |member|
          callback = member.match(/\A(.*)\(\*(\w+)\)\((.*)\)\z/)
          next [member[/\w+\z/].to_sym, type(member.sub(/\w+\z/, ''))] if callback.nil?

          types = callback[3].split(', ').map { |argument| type(argument.sub(/\w+\z/, '')) }
          [callback[2].to_sym, FFI::FunctionType.new(type(callback[1]), types)]
        end
        Class.new(FFI::Struct) { layout(*members) }
      end
    end
    declare(File.read(CDEF))
  end

  NEVER = 2**63 - 1 # milliseconds, as stores keep them

  # What is wrong in a document or an event, and where.
  Diagnostic = Struct.new(:error, :code, :text, :pointer, :source, :line, :column) do
    def to_s
      "#{source}#{':' unless source.empty?}#{line}:#{column}: #{text} [#{code}] (at '#{pointer}')"
    end
  end

  # A call that ended with a status of the library. A store raises Conflict, Fenced, NotFound, Unknown to answer so.
  class Error < StandardError
    OF = Hash.new(self)
    attr_reader :status, :diagnostics

    def initialize(message = nil, status: OF.key(self.class) || C::LF_E_USER, diagnostics: [])
      @status = Integer(status)
      @diagnostics = diagnostics
      super([C.lf_status_name(status).read_string, *message, *diagnostics].join("\n"))
    end
  end
  { Busy: C::LF_E_BUSY, Conflict: C::LF_E_CONFLICT, Fenced: C::LF_E_FENCED, NotFound: C::LF_E_NOTFOUND,
    Refused: C::LF_E_EVENT, Unknown: C::LF_E_UNKNOWN }.each do |name, status|
    Error::OF[status] = const_set(name, Class.new(Error))
  end

  class << self
    def check(status, diagnostics = [])
      return unless status.negative?

      raise Zones.raised(status) || Error::OF[status].new(status: status, diagnostics: diagnostics)
    end

    # Calls a function whose last argument is an output, and gives that.
    def out(type, function, *args)
      place = FFI::MemoryPointer.new(type)
      check(C.public_send(function, *args, place))
      place.get(type, 0)
    end

    # Gives the block a buffer, checks the status that comes back, and gives the bytes.
    def buffer
      buffer = out(:pointer, :lf_buffer_new, nil)
      check(yield(buffer))
      C.lf_buffer_data(buffer).read_string(C.lf_buffer_size(buffer))
    ensure
      C.lf_buffer_free(buffer) if buffer
    end

    # Gives the block a list of diagnostics, and checks the status that comes back.
    def diagnosed
      list = out(:pointer, :lf_diagnostics_new, nil)
      status = yield list
      found = Array.new(C.lf_diagnostics_count(list)) do |i|
        texts = %i[code text pointer source].map { |name| text(C.public_send("lf_diagnostics_#{name}", list, i)) }
        Diagnostic.new(C.lf_diagnostics_is_error(list, i) == 1, *texts, C.lf_diagnostics_line(list, i),
                       C.lf_diagnostics_column(list, i))
      end
      check(status, found)
      found
    ensure
      C.lf_diagnostics_free(list) if list
    end

    # Text of the library.
    def text(pointer)
      pointer.read_string.force_encoding(Encoding::UTF_8) unless pointer.null?
    end

    # Text for the library, and its size. It is a copy: a callback may change the original.
    def utf8(value)
      raise TypeError, "a String is wanted, not #{value.class}" unless value.is_a?(String)

      binary = value.encoding == Encoding::BINARY
      text = binary ? value.dup.force_encoding(Encoding::UTF_8) : value.encode(Encoding::UTF_8)
      raise ArgumentError, 'text that is not UTF-8' unless text.valid_encoding?

      [text, text.bytesize]
    end

    # Text in memory, NUL-terminated.
    def c_string(value)
      text = utf8(value)[0]
      raise ArgumentError, 'text with a NUL' if text.include?("\0")

      FFI::MemoryPointer.from_string(text)
    end

    def json(document)
      utf8(document.is_a?(Hash) ? JSON.generate(plain(document)) : document)
    end

    def ms(time)
      return (time.to_r * 1000).floor if time.is_a?(Time)

      time.is_a?(Integer) ? time : raise(TypeError, "a Time or milliseconds are wanted, not #{time.class}")
    end

    def time(milliseconds)
      Time.at(milliseconds.div(1000), milliseconds % 1000, :millisecond, in: 'UTC') unless milliseconds == NEVER
    end

    private

    def plain(value)
      case value
      when Hash then value.transform_values { |one| plain(one) }
      when Array then value.map { |one| plain(one) }
      when Time then value.getutc.strftime('%FT%T.%LZ')
      else value
      end
    end
  end

  # Something of the library, until it is closed or collected.
  class Handle
    def self.own(pointer)
      allocate.tap { |handle| handle.send(:own, pointer) }
    end

    def to_ptr
      @pointer or raise IOError, "closed #{self.class}"
    end

    def close
      pointer, @pointer = @pointer, nil
      pointer&.free
    end

    def initialize_copy(_other)
      raise TypeError, "a #{self.class} cannot be copied"
    end

    private

    def own(pointer, free = "#{self.class::TYPE}_free")
      @pointer = FFI::AutoPointer.new(pointer, C.method(free))
    end
  end

  # The rules, compiled. `presets`: texts by name, of what the document extends; `limits`: of expressions, as the members
  # of lf_expression_limits; `zones.call` gives the bytes of a TZif file by the name of a time zone, or nil
  # (leadflow_zones.rb); `previous`: the Blueprint that contacts were stored with, whose states must not be lost;
  # `diagnostics`: warnings, and what the linter found.
  class Blueprint < Handle
    TYPE = 'lf_blueprint'
    attr_reader :diagnostics

    def initialize(document, presets: {}, lint: false, limits: {}, zones: nil, previous: nil)
      options = C::BlueprintOptions.new
      C.lf_blueprint_options_init(options, options.size)
      texts = [presets.keys, presets.values].map do |list|
        list.map { |one| Leadflow.c_string(one) }
      end
      options[:preset_names], options[:preset_texts] = texts.map do |list|
        FFI::MemoryPointer.new(:pointer, list.size + 1).write_array_of_pointer(list)
      end
      options[:preset_count] = presets.size
      options[:lint] = lint ? 1 : 0
      options[:previous] = previous&.to_ptr
      options[:limits] = bounds = C::ExpressionLimits.new
      C.lf_expression_limits_init(bounds, bounds.size)
      limits.each { |name, value| bounds[name] = value }
      @diagnostics = with_zones(zones, options) { |place| parse(Leadflow.json(document), options, place) }
    end

    def scorer(name)
      Scorer.new(self, name)
    end

    private

    def parse(document, options, place)
      diagnostics = Leadflow.diagnosed { |list| C.lf_blueprint_parse(*document, options, list, place) }
      own(place.read_pointer, :lf_blueprint_unref)
      diagnostics
    end

    # Gives the block where the blueprint is to be put; if nothing is, the library has not taken over the zones.
    def with_zones(zones, options)
      place = FFI::MemoryPointer.new(:pointer)
      table = Zones.table(zones) if zones
      options[:zones] = table if table
      yield place
    ensure
      Zones.not_taken(table) if table && place.read_pointer.null?
    end
  end

  # One score of a blueprint. The parts of an explanation add up to its total.
  class Scorer
    Explanation = Struct.new(:total, :until, :parts)
    Part = Struct.new(:kind, :dimension, :rule, :at, :entries, :base, :value)

    def initialize(blueprint, name)
      @blueprint = blueprint
      @scorer = C.lf_blueprint_scorer(blueprint, name)
      raise NotFound, "no score #{name}" if @scorer.null?
    end

    def total(contact, at)
      Leadflow.out(:int64, :lf_scorer_total, to_ptr, contact, Leadflow.ms(at))
    end

    def band(contact)
      Leadflow.text(C.lf_scorer_band(to_ptr, contact))
    end

    def next_band_change(contact)
      Leadflow.time(Leadflow.out(:int64, :lf_scorer_next_band_change, to_ptr, contact))
    end

    def explain(contact, at)
      it = Leadflow.out(:pointer, :lf_scorer_explain, to_ptr, contact, Leadflow.ms(at))
      parts = Array.new(C.lf_explanation_count(it)) do |i|
        texts = %i[kind dimension rule].map { |name| Leadflow.text(C.public_send("lf_explanation_#{name}", it, i)) }
        Part.new(*texts, Leadflow.time(C.lf_explanation_at(it, i)), C.lf_explanation_entries(it, i),
                 C.lf_explanation_base(it, i), C.lf_explanation_value(it, i))
      end
      Explanation.new(C.lf_explanation_total(it), Leadflow.time(C.lf_explanation_until(it)), parts)
    ensure
      C.lf_explanation_free(it) if it
    end

    private

    def to_ptr
      @blueprint.to_ptr && @scorer # borrowed from the blueprint
    end
  end

  # One person's state: a value that can be copied (dup), stored (encode) and loaded (decode).
  class Contact < Handle
    TYPE = 'lf_contact'

    def initialize(blueprint, id)
      own(Leadflow.out(:pointer, :lf_contact_new, blueprint, *Leadflow.utf8(id)))
    end

    def self.decode(blueprint, bytes)
      own(Leadflow.out(:pointer, :lf_contact_decode, blueprint, bytes, bytes.bytesize))
    end

    def initialize_copy(other)
      own(Leadflow.out(:pointer, :lf_contact_copy, other))
    end

    def encode
      Leadflow.buffer { |buffer| C.lf_contact_encode(self, buffer) }
    end

    def to_h
      JSON.parse(Leadflow.buffer { |buffer| C.lf_contact_json(self, buffer) })
    end

    def id
      Leadflow.text(C.lf_contact_id(self, nil))
    end

    %i[created clock wake_time].each do |name|
      define_method(name) { Leadflow.time(C.public_send("lf_contact_#{name}", self)) }
    end
  end

  # What the library wants done; members by name: effect['template'], effect.dig('message', 'subject').
  class Effect
    attr_reader :contact, :kind, :key, :json

    def initialize(pointer)
      raise NoMemoryError if pointer.null?

      @contact = Leadflow.text(C.lf_effect_contact(pointer, nil))
      @kind = Leadflow.text(C.lf_effect_kind(pointer))
      @key = Leadflow.text(C.lf_effect_key(pointer))
      @json = Leadflow.text(C.lf_effect_json(pointer, nil))
      @at = C.lf_effect_at(pointer)
    end

    def at
      Leadflow.time(@at)
    end

    def to_h
      @to_h ||= JSON.parse(@json)
    end

    def [](member)
      to_h[member]
    end

    def dig(*members)
      to_h.dig(*members)
    end
  end

  # An event, checked against a blueprint, and room for the next one.
  class Event < Handle
    TYPE = 'lf_event'

    def initialize(blueprint, document = nil)
      own(Leadflow.out(:pointer, :lf_event_new, blueprint))
      parse(document) if document
    end

    def parse(document, line: 1)
      Leadflow.diagnosed { |list| C.lf_event_parse(self, *Leadflow.json(document), line, list) }
      self
    end

    def contact
      Leadflow.text(C.lf_event_contact(self, nil))
    end

    def at
      Leadflow.time(C.lf_event_at(self))
    end
  end

  TAKEN = %i[new late duplicate changed_duplicate ignored].freeze

  # The bare step, for those who store contacts by themselves: it changes the contact, and tells what is to be done.
  # `unsubscribe`, an Unsubscribe, signs links in messages.
  class Step < Handle
    TYPE = 'lf_step'

    def initialize(blueprint, tenant = 'default', unsubscribe: nil)
      own(Leadflow.out(:pointer, :lf_step_new, blueprint, Leadflow.utf8(tenant)[0]))
      Leadflow.check(C.lf_step_set_unsubscribe(self, Unsubscribe.options(unsubscribe))) if unsubscribe
    end

    def take(contact, event, now = event.at)
      taken = FFI::MemoryPointer.new(:int32)
      Leadflow.diagnosed { |list| C.lf_step_take(self, contact, event, Leadflow.ms(now), taken, list) }
      TAKEN[taken.read_int32]
    end

    def wake(contact, now)
      Leadflow.check(C.lf_step_wake(self, contact, Leadflow.ms(now)))
    end

    # Those of the last take or wake.
    def effects
      Array.new(C.lf_step_effect_count(self)) { |i| Effect.new(C.lf_step_effect_at(self, i)) }
    end
  end
end

require_relative 'leadflow_zones'
require_relative 'leadflow_unsubscribe'
require_relative 'leadflow_engine'
