# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Links the fake model into programs and a shared library, without start files, compiler driver or libstdc++. The weights are
# appended by the tests.
set(INGOT_FAKE_LINK ${LLVM_TOOLS_BINARY_DIR}/ld.lld --gc-sections --no-undefined --fatal-warnings -z relro -z now)
set(INGOT_FAKE_LIBRARIES $<TARGET_FILE:IngotRuntime> $<TARGET_FILE:IngotRuntimeText>
    --as-needed /lib/x86_64-linux-gnu/libm.so.6 /lib/x86_64-linux-gnu/libc.so.6)

# ingot_fake_object(name definitions…): the model compiled as the compiler's objects are, free of everything.
function(ingot_fake_object name)
  ingot_entry_object(${name} SRCS fake/FakeModel.cpp)
  target_compile_definitions(${name} PRIVATE ${ARGN})
endfunction()

function(ingot_fake_program name)
  ingot_fake_object(${name}Object ${ARGN})
  add_custom_command(OUTPUT ${name}
    COMMAND ${INGOT_FAKE_LINK} -pie -dynamic-linker /lib64/ld-linux-x86-64.so.2 -o ${name} $<TARGET_OBJECTS:${name}Object>
            $<TARGET_OBJECTS:IngotEntry> $<TARGET_FILE:IngotProgram> ${INGOT_FAKE_LIBRARIES}
    DEPENDS ${name}Object $<TARGET_OBJECTS:${name}Object> IngotEntry IngotProgram IngotRuntime IngotRuntimeText
    COMMAND_EXPAND_LISTS VERBATIM)
endfunction()

# ingot_fake_artifacts(test): makes them, and tells the test where they lie.
function(ingot_fake_artifacts test)
  ingot_fake_program(fake-program)
  ingot_fake_program(fake-external FAKE_EXTERNAL="fake.weights")
  ingot_fake_program(fake-features FAKE_FEATURES=0x80000000u)
  ingot_fake_object(fake-libraryObject)
  add_custom_command(OUTPUT libfake.so
    COMMAND ${INGOT_FAKE_LINK} -shared -soname libfake.so --undefined=ingot_version -o libfake.so
            $<TARGET_OBJECTS:fake-libraryObject> ${INGOT_FAKE_LIBRARIES}
    DEPENDS fake-libraryObject $<TARGET_OBJECTS:fake-libraryObject> IngotRuntime IngotRuntimeText
    COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(${test}Artifacts DEPENDS fake-program fake-external fake-features libfake.so)
  add_dependencies(${test} ${test}Artifacts)
  target_compile_definitions(${test} PRIVATE FAKE_FOLDER="${CMAKE_CURRENT_BINARY_DIR}")
endfunction()
