# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Targets that end up in compiled programs: for any x86-64, without exceptions, RTTI, guards of local statics and unwind tables, each
# function in a section of its own. They are never instrumented; where the rest of the build is, NameTested is the same library with
# the sanitizers, for the unit tests.
set(INGOT_SHIPPED_FLAGS -O2 -fPIC -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-asynchronous-unwind-tables
    -fno-stack-protector -fvisibility=hidden -ffunction-sections -fdata-sections)

# ingot_shipped_library(Name SRCS … DEPS …)
function(ingot_shipped_library name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  ingot_library(${name} ${ARGN})
  target_compile_options(${name} PRIVATE ${INGOT_SHIPPED_FLAGS})
  if(INGOT_SANITIZE)
    target_compile_options(${name} PRIVATE -fno-sanitize=all)
    list(TRANSFORM ARG_DEPS APPEND Tested)
    ingot_library(${name}Tested SRCS ${ARG_SRCS} DEPS ${ARG_DEPS})
    target_compile_options(${name}Tested PRIVATE ${INGOT_SHIPPED_FLAGS})
  else()
    add_library(${name}Tested ALIAS ${name})
  endif()
endfunction()

# ingot_entry_object(Name SRCS …): an object library; link $<TARGET_OBJECTS:Name>.
function(ingot_entry_object name)
  cmake_parse_arguments(ARG "" "" "SRCS" ${ARGN})
  add_library(${name} OBJECT ${ARG_SRCS})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${INGOT_SHIPPED_FLAGS})
  if(INGOT_SANITIZE)
    target_compile_options(${name} PRIVATE -fno-sanitize=all)
  endif()
endfunction()
