// SPDX-License-Identifier: BSD-2-Clause
#include "ctl/dns_source.h"

#include "milter/evidence/resolver.h"
#include "milter/evidence/zone.h"

namespace ctl {

util::Result<std::unique_ptr<evidence::Resolver>> resolver_for(const util::Arguments& arguments,
                                                               const evidence::Settings& settings) {
  const std::string file = arguments.value("dns-from");
  return arguments.has("dns-from") ? evidence::make_zone_resolver(file)
                                   : evidence::make_resolver(settings.resolver);
}

}  // namespace ctl
