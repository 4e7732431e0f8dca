# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Compiler settings and the three packages that Ingot stands on.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
option(INGOT_SANITIZE "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
set(INGOT_HALIDE_ROOT "" CACHE PATH "Folder of the unpacked halide 21.0.0 wheel that holds include/ and lib64/")

find_package(MLIR 22.1 REQUIRED CONFIG)
find_package(LLD REQUIRED CONFIG)
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)
include_directories(SYSTEM ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})  # where TableGen finds the .td files too

# The wheel's own CMake package wants CMake 3.28.
find_library(INGOT_HALIDE_LIBRARY Halide PATHS ${INGOT_HALIDE_ROOT} PATH_SUFFIXES lib lib64 NO_DEFAULT_PATH REQUIRED)
add_library(Halide::Halide SHARED IMPORTED)
set_target_properties(Halide::Halide PROPERTIES IMPORTED_LOCATION ${INGOT_HALIDE_LIBRARY}
                      INTERFACE_INCLUDE_DIRECTORIES ${INGOT_HALIDE_ROOT}/include)

find_package(GTest REQUIRED)
find_package(nlohmann_json REQUIRED)

add_compile_options(-Wall -Wextra -Wno-unused-parameter $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>)
if(INGOT_SANITIZE)
  # Not `function`: it reads the bytes before a called function, and tests call code that was loaded to the start of a page.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=vptr,function -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
