# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Targets that end up in compiled programs: for any processor of this machine's architecture, without exceptions, RTTI, guards of local
# statics and unwind tables, each function in a section of its own. They are never instrumented; where the rest of the build is,
# NameTested is the same library with the sanitizers, for the unit tests.
set(INGOT_SHIPPED_FLAGS -O2 -fPIC -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-asynchronous-unwind-tables
    -fno-stack-protector -fvisibility=hidden -ffunction-sections -fdata-sections)

# Where clang and a C library for AArch64 are (Debian: libc6-dev-arm64-cross, libstdc++-12-dev-arm64-cross), the same archives and entry
# object are also made for that, under aarch64 in the build folder. No outlined atomics: those are functions of libgcc.
set(cross ON)
if(NOT EXISTS /usr/aarch64-linux-gnu/include/stdlib.h OR NOT CMAKE_CXX_COMPILER_ID STREQUAL Clang OR INGOT_SANITIZE)
  set(cross OFF)
endif()
option(INGOT_AARCH64 "Make the runtime for AArch64 too" ${cross})
set(INGOT_AARCH64_FOLDER ${CMAKE_BINARY_DIR}/aarch64 CACHE INTERNAL "where they go")
add_custom_target(IngotAArch64Runtime)

# Objects of a shipped target for AArch64; their paths go to `out`.
function(ingot_aarch64_objects name sources out)
  set(objects)
  foreach(source ${sources})
    set(object ${CMAKE_CURRENT_BINARY_DIR}/aarch64/${name}/${source}.o)
    get_filename_component(folder ${object} DIRECTORY)
    file(MAKE_DIRECTORY ${folder})
    add_custom_command(OUTPUT ${object}
      COMMAND ${CMAKE_CXX_COMPILER_LAUNCHER} ${CMAKE_CXX_COMPILER} --target=aarch64-linux-gnu -mno-outline-atomics -std=c++20 -DNDEBUG ${INGOT_SHIPPED_FLAGS}
              -Wall -Wextra -Wno-unused-parameter -I${PROJECT_SOURCE_DIR} -MD -MF ${object}.d -c ${CMAKE_CURRENT_SOURCE_DIR}/${source} -o ${object}
      DEPENDS ${source} DEPFILE ${object}.d VERBATIM)
    list(APPEND objects ${object})
  endforeach()
  set(${out} ${objects} PARENT_SCOPE)
endfunction()

function(ingot_aarch64_output name command objects file)
  file(MAKE_DIRECTORY ${INGOT_AARCH64_FOLDER})
  add_custom_command(OUTPUT ${INGOT_AARCH64_FOLDER}/${file} COMMAND ${command} DEPENDS ${objects} COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(${name}AArch64 ALL DEPENDS ${INGOT_AARCH64_FOLDER}/${file})
  add_dependencies(IngotAArch64Runtime ${name}AArch64)
endfunction()

# ingot_shipped_library(Name SRCS … [X86_64 …] [AARCH64 …] DEPS …): sources for all processors, and for one architecture alone.
function(ingot_shipped_library name)
  cmake_parse_arguments(ARG "" "" "SRCS;X86_64;AARCH64;DEPS" ${ARGN})
  set(sources ${ARG_SRCS} ${ARG_X86_64})
  ingot_library(${name} SRCS ${sources} DEPS ${ARG_DEPS})
  target_compile_options(${name} PRIVATE ${INGOT_SHIPPED_FLAGS})
  if(INGOT_AARCH64)
    ingot_aarch64_objects(${name} "${ARG_SRCS};${ARG_AARCH64}" objects)
    # Removed first: an archive keeps members that are no longer named.
    ingot_aarch64_output(${name} "rm;-f;${INGOT_AARCH64_FOLDER}/lib${name}.a;&&;${CMAKE_AR};rcsD;${INGOT_AARCH64_FOLDER}/lib${name}.a;${objects}" "${objects}"
                         lib${name}.a)
  endif()
  if(INGOT_SANITIZE)
    target_compile_options(${name} PRIVATE -fno-sanitize=all)
    list(TRANSFORM ARG_DEPS APPEND Tested)
    ingot_library(${name}Tested SRCS ${sources} DEPS ${ARG_DEPS})
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
  if(INGOT_AARCH64 AND name STREQUAL IngotEntry)
    ingot_aarch64_objects(${name} "${ARG_SRCS}" objects)
    ingot_aarch64_output(${name} "cp;${objects};${INGOT_AARCH64_FOLDER}/${name}.o" "${objects}" ${name}.o)
  endif()
endfunction()
