// SPDX-License-Identifier: BSD-2-Clause
#include "gmime_domains.h"

#include <gmime/gmime.h>

#include <memory>

namespace gmime {

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

const GMimeParserOptions* options_of(Mode mode) {
  static const bool is_ready = (g_mime_init(), true);
  static const Options loose = options_with(GMIME_RFC_COMPLIANCE_LOOSE);
  static const Options strict = options_with(GMIME_RFC_COMPLIANCE_STRICT);
  return is_ready && mode == Mode::loose ? loose.get() : strict.get();
}

}  // namespace

std::vector<std::string> author_domains(const std::string& body, Mode mode) {
  const std::string text = "From:" + body + "\r\n\r\n";
  const auto* options = options_of(mode);
  std::unique_ptr<GMimeStream, Unref> stream(
      g_mime_stream_mem_new_with_buffer(text.data(), text.size()));
  std::unique_ptr<GMimeParser, Unref> parser(g_mime_parser_new_with_stream(stream.get()));
  std::unique_ptr<GMimeMessage, Unref> message(
      g_mime_parser_construct_message(parser.get(), const_cast<GMimeParserOptions*>(options)));
  std::vector<std::string> domains;
  if (message) collect(g_mime_message_get_from(message.get()), domains);
  return domains;
}

}  // namespace gmime
