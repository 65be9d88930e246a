// SPDX-License-Identifier: BSD-2-Clause
// The tables of the manual in mdoc(7), made from the code's own, so that a page can't
// tell of what is not there. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace man {

// The table of this name: options, settings, keys-of-policy (-defaults, -sender,
// -settings, -platform, -tenant, -network), modes, checks, reasons, commands, findings, record.
std::optional<std::string> table(std::string_view name);

// All names that the manual has to tell of, as JSON, for the tests.
std::string vocabulary();

}  // namespace man
