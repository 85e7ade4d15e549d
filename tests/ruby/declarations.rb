# SPDX-License-Identifier: MIT
# What the reader made of leadflow.cdef is what a C compiler makes of the headers: sizes, offsets and constants; and
# each function that the library exports can be called.   declarations.rb CC...
require_relative 'kit'
require 'open3'
require 'tmpdir'

STRUCTS = Leadflow::C.constants.map { |name| [name, Leadflow::C.const_get(name)] }
                     .select { |_, it| it.is_a?(Class) && it < FFI::Struct }.to_h
CONSTANTS = Leadflow::C.constants.grep(/\ALF_/)

def c_name(name)
  "lf_#{name.to_s.gsub(/(?<=.)[A-Z]/) { |letter| "_#{letter}" }.downcase}"
end

# Lines "what = number" of a program that prints them.
def compiled(values)
  source = "#include <leadflow/leadflow.h>\n#include <stdio.h>\nint main(void) {\n"
  source += values.map { |what| "printf(\"%s = %lld\\n\", \"#{what}\", (long long)(#{what}));\n" }.join
  Dir.mktmpdir do |folder|
    File.write("#{folder}/layout.c", "#{source}return 0;\n}\n")
    said, done = Open3.capture2e(*ARGV, "-I#{ROOT}/include", '-o', "#{folder}/layout", "#{folder}/layout.c")
    raise said unless done.success?

    said, = Open3.capture2e("#{folder}/layout")
    said.each_line(chomp: true).map { |line| line.split(' = ') }.to_h.transform_values(&:to_i)
  end
end

test 'structs have the sizes and offsets that they have in C' do
  own = STRUCTS.flat_map do |name, struct|
    struct.offsets.map { |member, at| ["offsetof(#{c_name(name)}, #{member})", at] } +
      [["sizeof(#{c_name(name)})", struct.size]]
  end.to_h
  equal(STRUCTS.keys.sort, %i[Allocator BlueprintOptions Delivery EngineOptions ExpressionLimits Store UnsubscribeOptions
                                 UnsubscribeRequest ZoneSource])
  equal(own, compiled(own.keys))
end

test 'members have the sizes that they have in C' do
  own = STRUCTS.flat_map do |name, struct|
    struct.new.layout.fields.map { |field| ["sizeof(((#{c_name(name)} *)0)->#{field.name})", field.size] }
  end.to_h
  equal(own, compiled(own.keys))
end

test 'constants have the values that they have in C' do
  own = CONSTANTS.to_h { |name| [name.to_s, Leadflow::C.const_get(name)] }
  equal(own.size > 25, true)
  equal(own, compiled(own.keys))
end

test 'arguments are what they are in C' do
  read = lambda do |list|
    Leadflow::C.send(:given, list).map do |one|
      next one.instance_variable_get(:@name) if one.is_a?(Leadflow::C::HandleType)

      one.is_a?(Symbol) ? one : %i[int32_t uint32_t int64_t size_t double].find { |name| FFI.find_type(name) == one }
    end
  end
  equal(read.call('lf_engine *engine, const char *json, size_t len, uint32_t line, int64_t now, int32_t *taken'),
        ['lf_engine', :pointer, :size_t, :uint32_t, :int64_t, :pointer])
  equal(read.call('const lf_effect *effect, const char *member, size_t *len'), ['lf_effect', :string, :pointer])
  equal(read.call('const char *text, lf_event **out, lf_status s, double value, const lf_store *store, int64_t at'),
        [:string, :pointer, :int32_t, :double, :pointer, :int64_t])
  equal(read.call('const lf_commit *commit, size_t index, const char **value'), ['lf_commit', :size_t, :pointer])
  equal(read.call('void'), [])
end

test 'each function that is exported is there' do
  script = File.read("#{ROOT}/lib/leadflow.map").gsub(%r{/\*.*?\*/}m, '')
  equal(script.scan(/\blf_\w+/).uniq.reject { |name| Leadflow::C.respond_to?(name) }, [])
end

test 'text without a length may have no NUL, text with one may' do
  raised(ArgumentError, /null/) { Leadflow::C.lf_blueprint_scorer(blueprint, "lead\0") }
  equal(Leadflow::Contact.new(blueprint, 'ada').id, 'ada')
  status(Leadflow::C::LF_E_ARG) { Leadflow::Contact.new(blueprint, "a\0da") }
end

run_tests
