# Language level, warnings, sanitizers, ccache, linker and precompiled headers: the same for every
# target.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

set(DCOUNT_SANITIZE "" CACHE STRING "Sanitizers for every target, e.g. address,undefined or thread")

find_program(CCACHE ccache)
if(CCACHE)
  # Without the sloppiness ccache refuses to cache what uses a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
  add_compile_options(-fpch-preprocess)
endif()

find_program(MOLD mold)
if(MOLD)
  # A test program links in a quarter of the time.
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Werror -Wno-missing-field-initializers)
add_compile_definitions(_GLIBCXX_ASSERTIONS)

if(DCOUNT_SANITIZE)
  add_compile_options(-fsanitize=${DCOUNT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${DCOUNT_SANITIZE})
  if(DCOUNT_SANITIZE MATCHES "undefined")
    # The vptr check opens a pipe to look at memory: false alarms in the test that runs out of
    # descriptors.
    add_compile_options(-fno-sanitize=vptr)
  endif()
  if(DCOUNT_SANITIZE MATCHES "thread")
    add_compile_options(-Wno-tsan)  # Asio's fences, see tests/tsan.supp
  endif()
endif()

# dcount_library(NAME sources...): a layer. Includes are written from the top folder of the
# repository's layers: "server/core/entry.h", "client/client.h".
function(dcount_library name)
  add_library(${name} STATIC ${ARGN})
  # Four files are compiled as one: most of the time goes into what all of them include.
  set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 4)
  target_include_directories(${name} PUBLIC ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/..)
endfunction()
