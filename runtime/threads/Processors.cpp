// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/threads/Processors.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace ingot::runtime {

// The file's beginning as text; false when there is none.
static bool readText(const char *path, char (&text)[4096]) {
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const ssize_t count = read(descriptor, text, sizeof text - 1);
  close(descriptor);
  text[count > 0 ? count : 0] = 0;
  return count > 0;
}

// "QUOTA PERIOD" in microseconds, or "max PERIOD".
static unsigned processorsIn(const char *text) {
  char *end;
  const unsigned long long quota = strtoull(text, &end, 10);
  if (end == text || quota == 0) return 0;
  const unsigned long long period = strtoull(end, nullptr, 10);
  return period ? static_cast<unsigned>((quota + period - 1) / period) : 0;
}

unsigned quotaOf(const char *root, const char *group) {
  unsigned least = 0;
  char name[2048], path[4096], text[4096];
  snprintf(name, sizeof name, "%s", group);
  for (;;) {
    snprintf(path, sizeof path, "%s%s/cpu.max", root, strcmp(name, "/") == 0 ? "" : name);
    if (readText(path, text))
      if (const unsigned processors = processorsIn(text); processors && (least == 0 || processors < least)) least = processors;
    char *slash = strrchr(name, '/');
    if (!slash) return least;
    *slash = 0;
  }
}

static unsigned ownQuota() {
  char text[4096];
  if (!readText("/proc/self/cgroup", text)) return 0;
  const char *line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
  if (!line) return 0;
  char *group = const_cast<char *>(strstr(line, "0::")) + 3;
  group[strcspn(group, "\n")] = 0;
  return quotaOf("/sys/fs/cgroup", group);
}

unsigned availableProcessors() {
  unsigned count = 1;
  cpu_set_t set; // 1,024 processors; a larger machine says EINVAL
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
    count = static_cast<unsigned>(CPU_COUNT(&set));
  else if (const long online = sysconf(_SC_NPROCESSORS_ONLN); online > 0)
    count = static_cast<unsigned>(online);
  const unsigned quota = ownQuota();
  return quota && quota < count ? quota : count;
}

} // namespace ingot::runtime
