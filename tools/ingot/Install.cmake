# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# cmake --install: a tree that runs from anywhere. What goes into compiled programs is found from bin/ingot's own place
# (compiler/artifact/RuntimeFiles.cpp); libMLIR and libLLVM stay the system's.
install(TARGETS ingot RUNTIME DESTINATION bin)
install(TARGETS IngotProgram IngotRuntime IngotRuntimeText ARCHIVE DESTINATION lib/ingot)
install(FILES $<TARGET_OBJECTS:IngotEntry> DESTINATION lib/ingot RENAME IngotEntry.o)
if(INGOT_AARCH64)
  install(DIRECTORY ${INGOT_AARCH64_FOLDER}/ DESTINATION lib/ingot/aarch64)
endif()
install(FILES ${PROJECT_SOURCE_DIR}/runtime/abi/Ingot.h DESTINATION include/ingot)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/compiler/tuning/records/ DESTINATION share/ingot/tuning FILES_MATCHING PATTERN "*.txt")
install(PROGRAMS ${INGOT_HALIDE_LIBRARY} DESTINATION lib)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/NOTICE ${PROJECT_SOURCE_DIR}/README.md DESTINATION share/doc/ingot)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/licenses DESTINATION share/doc/ingot)
install(FILES ${INGOT_HALIDE_ROOT}/share/doc/Halide/LICENSE.txt DESTINATION share/doc/ingot/licenses RENAME halide.txt)
