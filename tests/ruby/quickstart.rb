# SPDX-License-Identifier: MIT
# The quickstart prints what the one in C prints (README.md shows it: tests/examples/readme.py).
#   quickstart.rb FILE_OF_THE_OUTPUT
require_relative 'kit'
require 'open3'
require 'rbconfig'

test 'the quickstart' do
  said, status = Open3.capture2(RbConfig.ruby, "#{ROOT}/examples/ruby/quickstart.rb")
  equal([said, status.exitstatus], [File.read(ARGV[0]), 0])
end

test 'on a store written in Ruby' do
  program = File.read("#{ROOT}/examples/ruby/quickstart.rb")
                .sub("require_relative 'leadflow'", "$:.unshift('#{ROOT}/examples/ruby'); require 'hash_store'")
                .sub('Leadflow::MemoryStore', 'HashStore')
  said, = Open3.capture2(RbConfig.ruby, '-', stdin_data: program)
  equal([said, program.scan('HashStore').size], [File.read(ARGV[0]), 1])
end

run_tests
