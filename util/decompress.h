// SPDX-License-Identifier: BSD-2-Clause
// Files decompressed as they are read, by zlib and libzstd; the only file pair that knows
// them. Several members or frames behind each other are one text, as for zcat.
#pragma once

#include <memory>

#include "util/handle.h"
#include "util/line_reader.h"

namespace util {

// What the first bytes of the file say that it is: gzip, zstd, or plain.
Result<std::unique_ptr<ByteSource>> open_source(Descriptor file);

}  // namespace util
