// SPDX-License-Identifier: BSD-2-Clause
// The only file that includes mfapi.h.
#include "milter/callbacks.h"

#include <arpa/inet.h>
#include <libmilter/mfapi.h>
#include <netinet/in.h>

#include <cstring>
#include <exception>

#include "milter/session.h"
#include "util/format.h"
#include "util/log.h"

namespace milter {

namespace {

constexpr char filter_name[] = "tenant-milter";
constexpr std::size_t max_packet_data = 16 * 1024 * 1024;  // as in libmilter/packet_guard.h
constexpr int session_timeout = 7210;                      // seconds; libmilter's standard

State* serving = nullptr;  // set once before the first callback

// A connection's session, and what was agreed with the MTA for it.
struct Conversation {
  explicit Conversation(State& state) : session(state) {}
  Session session;
  bool can_skip = false;
  // Header values come and go with the space after the colon (SMFIP_HDR_LEADSPC). An MTA that
  // has no word for that takes one away and puts one in.
  bool has_leading_space = true;
  // Whether the MTA waits for a reply, stage by stage. Where it does not, an answer would
  // be kept from it, and complained of in the system log, by libmilter.
  bool replies_to_connect = true;
  bool replies_to_helo = true;
  bool replies_to_mail = true;
  bool replies_to_recipient = true;
  bool replies_to_header = true;
};

// What is asked of the MTA, stage by stage: only the macros that are used.
struct StageMacros {
  int stage;
  const char* names;
};
constexpr StageMacros stage_macros[] = {
    {SMFIM_CONNECT, "{daemon_name} v"},
    {SMFIM_HELO, "{verify} {cert_subject} {cn_subject}"},
    {SMFIM_ENVFROM, "i v {daemon_name} {auth_authen} {verify} {cert_subject} {cn_subject}"},
    {SMFIM_ENVRCPT, "{rcpt_mailer}"},
    {SMFIM_EOH, "i"},
    {SMFIM_EOM, "i"},
};

// What the MTA says of the connection in one word. More than this nobody's name or login has; a
// longer one is cut, and is none that a policy lists.
std::string word(const char* text) {
  constexpr std::size_t most = 1024;
  return text != nullptr ? std::string(text, ::strnlen(text, most)) : "";
}

std::string macro(SMFICTX* context, const char* name) {
  return word(smfi_getsymval(context, const_cast<char*>(name)));
}

std::string queue_id(SMFICTX* context) { return macro(context, "i"); }

Conversation* conversation(SMFICTX* context) {
  return static_cast<Conversation*>(smfi_getpriv(context));
}

// libmilter and the MTA take '%' in a reply as a format (stack: "Pitfalls").
std::string percent_doubled(const std::string& text) {
  std::string doubled;
  for (const char c : text) doubled.append(c == '%' ? 2 : 1, c);
  return doubled;
}

sfsistat refuse(SMFICTX* context, const Answer& answer) {
  const sfsistat kind = answer.smtp.starts_with('5') ? SMFIS_REJECT : SMFIS_TEMPFAIL;
  std::string smtp = answer.smtp;
  std::string enhanced = answer.enhanced;
  std::string text = percent_doubled(answer.text);
  if (smfi_setreply(context, smtp.data(), enhanced.data(), text.data()) != MI_SUCCESS)
    util::log(util::LogLevel::warning, "the MTA's library refused the reply text");
  return kind;
}

sfsistat translated(SMFICTX* context, const Answer& answer) {
  switch (answer.kind) {
    case Answer::Kind::refuse:
      return refuse(context, answer);
    case Answer::Kind::skip_body:
      return conversation(context)->can_skip ? SMFIS_SKIP : SMFIS_CONTINUE;
    case Answer::Kind::go_on:
      break;
  }
  return SMFIS_CONTINUE;
}

void log_fault(const char* what) noexcept {
  try {
    util::log(util::LogLevel::error, std::string("internal fault: ") + what);
  } catch (...) {
    // Nothing is left to say it with; the refusal stands.
  }
}

// The conversation, begun where there is none: one that follows another on the same socket
// (QUIT_NC) has not negotiated again (what was agreed is not known here, and libmilter keeps
// to it), nor need an MTA connect before it names a sender. Null for want of memory.
Conversation* begun(SMFICTX* context) noexcept {
  try {
    if (conversation(context) == nullptr) smfi_setpriv(context, new Conversation(*serving));
  } catch (const std::exception& exception) {
    log_fault(exception.what());
  }
  return conversation(context);
}

// Runs a callback and translates its answer; whatever it throws is a fault of the
// session, said in the log.
template <class Run>
sfsistat guarded(SMFICTX* context, Run run) noexcept {
  Conversation* const with = begun(context);
  if (with == nullptr) return SMFIS_TEMPFAIL;
  try {
    return translated(context, run(*with));
  } catch (const std::exception& exception) {
    log_fault(exception.what());
  } catch (...) {
    log_fault("unknown");
  }
  try {
    return translated(context, with->session.fault());
  } catch (...) {
    return SMFIS_TEMPFAIL;
  }
}

// A stage that promised no reply gives none, even to a fault: the session remembers it.
template <class Run>
sfsistat told(SMFICTX* context, bool Conversation::*replies, Run run) noexcept {
  const sfsistat answer = guarded(context, [&](Conversation& with) {
    run(with);
    return Answer{};
  });
  const Conversation* const with = conversation(context);
  return with == nullptr || with->*replies ? answer : SMFIS_NOREPLY;
}

std::optional<policy::Address> address_of(const _SOCK_ADDR* address) {
  if (address == nullptr) return std::nullopt;
  if (address->sa_family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(address);
    std::array<std::uint8_t, 4> octets{};
    std::memcpy(octets.data(), &in->sin_addr, octets.size());
    return policy::Address::v4(octets);
  }
  if (address->sa_family == AF_INET6) {
    const auto* in6 = reinterpret_cast<const sockaddr_in6*>(address);
    std::array<std::uint8_t, 16> octets{};
    std::memcpy(octets.data(), &in6->sin6_addr, octets.size());
    return policy::Address::v6(octets);
  }
  return std::nullopt;
}

// Every "no reply" but those of end of headers and body: libmilter would turn a
// refusal there into none. Every step that is not needed is not asked for.
sfsistat on_negotiate(SMFICTX* context, unsigned long offered_actions, unsigned long offered_steps,
                      unsigned long, unsigned long, unsigned long* actions, unsigned long* steps,
                      unsigned long* reserved0, unsigned long* reserved1) {
  constexpr unsigned long needed = SMFIF_ADDHDRS | SMFIF_CHGHDRS;
  constexpr unsigned long wished = SMFIF_QUARANTINE | SMFIF_SETSYMLIST;
  constexpr unsigned long wished_steps = SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL |
                                         SMFIP_NR_RCPT | SMFIP_NR_HDR | SMFIP_NOUNKNOWN |
                                         SMFIP_NODATA | SMFIP_SKIP | SMFIP_HDR_LEADSPC;
  if ((offered_actions & needed) != needed) {
    util::log(util::LogLevel::error, "the MTA lets filters neither add nor change header fields");
    return SMFIS_REJECT;
  }
  *actions = needed | (offered_actions & wished);
  *steps = offered_steps & wished_steps;
  *reserved0 = 0;
  *reserved1 = 0;
  try {
    auto agreed = std::make_unique<Conversation>(*serving);
    agreed->replies_to_connect = (*steps & SMFIP_NR_CONN) == 0;
    agreed->replies_to_helo = (*steps & SMFIP_NR_HELO) == 0;
    agreed->replies_to_mail = (*steps & SMFIP_NR_MAIL) == 0;
    agreed->replies_to_recipient = (*steps & SMFIP_NR_RCPT) == 0;
    agreed->replies_to_header = (*steps & SMFIP_NR_HDR) == 0;
    agreed->has_leading_space = (*steps & SMFIP_HDR_LEADSPC) != 0;
    agreed->can_skip = (*steps & SMFIP_SKIP) != 0;
    delete conversation(context);
    smfi_setpriv(context, agreed.release());
  } catch (const std::exception& exception) {
    log_fault(exception.what());
    return SMFIS_REJECT;
  }
  if ((*actions & SMFIF_SETSYMLIST) != 0) {
    for (const StageMacros& macros : stage_macros) {
      if (smfi_setsymlist(context, macros.stage, const_cast<char*>(macros.names)) != MI_SUCCESS)
        return SMFIS_REJECT;  // half of a list would hide who is logged in
    }
  }
  return SMFIS_CONTINUE;
}

sfsistat on_connect(SMFICTX* context, char* name, _SOCK_ADDR* address) {
  return told(context, &Conversation::replies_to_connect,
              [&](Conversation& with) { with.session.connect(address_of(address), word(name)); });
}

sfsistat on_helo(SMFICTX* context, char* name) {
  return told(context, &Conversation::replies_to_helo,
              [&](Conversation& with) { with.session.helo(word(name)); });
}

sfsistat on_mail(SMFICTX* context, char** arguments) {
  return told(context, &Conversation::replies_to_mail, [&](Conversation& with) {
    with.session.mail(arguments[0], {.mta_version = macro(context, "v"),
                                     .daemon_name = macro(context, "{daemon_name}"),
                                     .auth_authen = macro(context, "{auth_authen}"),
                                     .verify = macro(context, "{verify}"),
                                     .cert_subject = macro(context, "{cert_subject}"),
                                     .cn_subject = macro(context, "{cn_subject}")});
  });
}

sfsistat on_recipient(SMFICTX* context, char** arguments) {
  return told(context, &Conversation::replies_to_recipient, [&](Conversation& with) {
    with.session.recipient(arguments[0], macro(context, "{rcpt_mailer}"));
  });
}

sfsistat on_header(SMFICTX* context, char* name, char* value) {
  return told(context, &Conversation::replies_to_header, [&](Conversation& with) {
    with.session.header(name, std::string(with.has_leading_space ? "" : " ") + value);
  });
}

sfsistat on_end_of_headers(SMFICTX* context) {
  return guarded(
      context, [&](Conversation& with) { return with.session.end_of_headers(queue_id(context)); });
}

sfsistat on_body(SMFICTX* context, unsigned char* bytes, size_t size) {
  return guarded(context, [&](Conversation& with) {
    return with.session.body({reinterpret_cast<const char*>(bytes), size});
  });
}

// Header edits, the removals first: they are counted as the message came in. An
// edit that fails is a fault: a forged field must not stay.
bool edited(SMFICTX* context, const Answer& answer) {
  for (const evidence::FieldRemoval& removal : answer.removals) {
    std::string name = removal.name;
    if (smfi_chgheader(context, name.data(), static_cast<int>(removal.index), nullptr) !=
        MI_SUCCESS)
      return false;
  }
  const std::string space = conversation(context)->has_leading_space ? " " : "";
  // On top: the last to be inserted stands first.
  for (auto field = answer.additions.rbegin(); field != answer.additions.rend(); ++field) {
    std::string name = field->name;
    std::string value = space + field->value;
    if (smfi_insheader(context, 0, name.data(), value.data()) != MI_SUCCESS) return false;
  }
  if (answer.quarantine.empty()) return true;
  std::string reason = answer.quarantine;
  return smfi_quarantine(context, reason.data()) == MI_SUCCESS;
}

sfsistat on_end_of_message(SMFICTX* context) {
  return guarded(context, [&](Conversation& with) {
    Answer answer = with.session.end_of_message(queue_id(context), [&] { smfi_progress(context); });
    if (answer.kind != Answer::Kind::go_on || edited(context, answer)) return answer;
    util::log(util::LogLevel::error,
              "the MTA or its library refused a header edit or a quarantine");
    return with.session.fault();
  });
}

sfsistat on_abort(SMFICTX* context) {
  if (Conversation* with = conversation(context)) with->session.abort();
  return SMFIS_CONTINUE;
}

sfsistat on_close(SMFICTX* context) {
  delete conversation(context);
  smfi_setpriv(context, nullptr);
  return SMFIS_CONTINUE;
}

smfiDesc description() {
  smfiDesc filter{};
  filter.xxfi_name = const_cast<char*>(filter_name);
  filter.xxfi_version = SMFI_VERSION;
  filter.xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE | SMFIF_SETSYMLIST;
  filter.xxfi_connect = on_connect;
  filter.xxfi_helo = on_helo;
  filter.xxfi_envfrom = on_mail;
  filter.xxfi_envrcpt = on_recipient;
  filter.xxfi_header = on_header;
  filter.xxfi_eoh = on_end_of_headers;
  filter.xxfi_body = on_body;
  filter.xxfi_eom = on_end_of_message;
  filter.xxfi_abort = on_abort;
  filter.xxfi_close = on_close;
  filter.xxfi_negotiate = on_negotiate;
  return filter;
}

}  // namespace

util::Status open_socket(const std::string& socket) {
  std::string spec = socket;
  if (smfi_setconn(spec.data()) != MI_SUCCESS || smfi_register(description()) != MI_SUCCESS)
    return util::Error{"libmilter refused to be set up"};
  smfi_settimeout(session_timeout);
  smfi_setmaxdatasize(max_packet_data);
  if (smfi_opensocket(true) != MI_SUCCESS) return util::Error{std::strerror(errno)};
  return util::Done{};
}

bool serve(State& state) {
  serving = &state;
  return smfi_main() == MI_SUCCESS;
}

}  // namespace milter
