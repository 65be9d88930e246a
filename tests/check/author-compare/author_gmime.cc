// SPDX-License-Identifier: BSD-2-Clause
// author_gmime: the author parser beside GMime's, which is given a whole message. stdin:
// one escaped body a line; stdout, divided by tabs: ours, GMime's domains in its loose
// (usual) mode, and in its strict one. A mailbox without a domain is "(local)".
#include <gmime/gmime.h>

#include <iostream>
#include <memory>

#include "lines.h"

namespace {

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};
struct FreeOptions {
  void operator()(GMimeParserOptions* options) const { g_mime_parser_options_free(options); }
};
using Options = std::unique_ptr<GMimeParserOptions, FreeOptions>;

Options options_with(GMimeRfcComplianceMode mode) {
  Options options(g_mime_parser_options_new());
  g_mime_parser_options_set_address_compliance_mode(options.get(), mode);
  return options;
}

void collect(InternetAddressList* list, std::vector<std::string>& domains) {
  const int length = list ? internet_address_list_length(list) : 0;
  for (int i = 0; i < length; ++i) {
    InternetAddress* address = internet_address_list_get_address(list, i);
    if (INTERNET_ADDRESS_IS_GROUP(address)) {
      collect(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(address)), domains);
      continue;
    }
    const char* text = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address));
    const std::string whole = text ? text : "";
    const auto at = whole.rfind('@');
    domains.push_back(at == whole.npos ? "(local)" : whole.substr(at + 1));
  }
}

std::string theirs(const std::string& body, GMimeParserOptions* options) {
  const std::string text = "From:" + body + "\r\n\r\n";
  std::unique_ptr<GMimeStream, Unref> stream(
      g_mime_stream_mem_new_with_buffer(text.data(), text.size()));
  std::unique_ptr<GMimeParser, Unref> parser(g_mime_parser_new_with_stream(stream.get()));
  std::unique_ptr<GMimeMessage, Unref> message(
      g_mime_parser_construct_message(parser.get(), options));
  std::vector<std::string> domains;
  if (message) collect(g_mime_message_get_from(message.get()), domains);
  return lines::joined(domains);
}

}  // namespace

int main() {
  g_mime_init();
  const auto loose = options_with(GMIME_RFC_COMPLIANCE_LOOSE);
  const auto strict = options_with(GMIME_RFC_COMPLIANCE_STRICT);
  for (std::string line; std::getline(std::cin, line);) {
    const auto body = author_table::unescape(line);
    std::cout << lines::ours(body) << '\t' << theirs(body, loose.get()) << '\t'
              << theirs(body, strict.get()) << '\n';
  }
  return std::cout.flush() ? 0 : 74;
}
