// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/dkim.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <unordered_set>

#include "milter/evidence/dkim_keys.h"
#include "util/crypto_memory.h"
#include "util/handle.h"

#define _Bool bool
extern "C" {
#include <opendkim/dkim.h>
}
#undef _Bool

namespace evidence {

namespace {

constexpr std::int64_t clock_drift = 300;  // seconds that t= may lie ahead

constexpr std::size_t max_kept_keys = 10'000;  // some 2 KB each

unsigned char* bytes(const char* text) {
  return reinterpret_cast<unsigned char*>(const_cast<char*>(text));
}

// What libopendkim wants: line ends as CRLF.
void write_field(const HeaderField& field, std::string& text) {
  text.assign(field.name).push_back(':');
  std::string_view value = field.value;
  while (!value.empty()) {
    const std::size_t end = value.find('\n');
    const bool is_bare = end != std::string_view::npos && (end == 0 || value[end - 1] != '\r');
    text.append(value.substr(0, end)).append(is_bare ? "\r" : "");
    if (end == std::string_view::npos) break;
    text.push_back('\n');
    value.remove_prefix(end + 1);
  }
}

// How many of each field the signatures can need: a name that h= has n times stands for the last
// n fields of that name (RFC 6376 5.4.2). The library compares each name with each field that it
// is given, and takes a copy of each: it is given no others.
class NeededFields {
 public:
  // The names stay where they are.
  void add(std::vector<std::string_view> names) {
    std::sort(names.begin(), names.end(), precedes);
    fields_.reserve(fields_.size() + names.size());
    for (auto name = names.begin(); name != names.end();) {
      const auto end = std::upper_bound(name, names.end(), *name, precedes);
      need(*name, static_cast<std::size_t>(end - name));
      name = end;
    }
  }
  // Of the fields of a header, from the last to the first.
  bool take(const HeaderField& field) {
    const std::string_view name = util::trimmed(field.name);
    const auto found = place_of(name);
    return found != fields_.end() && !precedes(name, found->name) && found->left > 0 &&
           found->left-- > 0;
  }

 private:
  struct Needed {
    std::string_view name;
    std::size_t left;
  };

  // Without case.
  static bool precedes(std::string_view a, std::string_view b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
      return util::ascii_lower(x) < util::ascii_lower(y);
    });
  }
  std::vector<Needed>::iterator place_of(std::string_view name) {
    return std::lower_bound(
        fields_.begin(), fields_.end(), name,
        [](const Needed& one, std::string_view other) { return precedes(one.name, other); });
  }
  void need(std::string_view name, std::size_t count) {
    const auto place = place_of(name);
    if (place != fields_.end() && !precedes(name, place->name))
      place->left = std::max(place->left, count);
    else
      fields_.insert(place, {name, count});
  }

  std::vector<Needed> fields_;  // by name
};

// One signature that is to be verified.
struct Chosen {
  std::size_t index;  // into read_signatures
  DkimTags tags;
  Question key;
  DnsAnswerPtr answer = {};       // once it is there
  KeyCandidates candidates = {};  // of the answer
  std::size_t candidate = 0;      // the one that it is verified with
  bool has_answer = true;         // false: DNS failed to say
  bool secure = false;
};

std::optional<policy::SignatureFault> untimely(const policy::Signature& signature,
                                               std::int64_t now) {
  using policy::SignatureFault;
  if (signature.signed_at && *signature.signed_at > now + clock_drift)
    return SignatureFault::future;
  if (signature.expires_at && now > *signature.expires_at) return SignatureFault::expired;
  return std::nullopt;
}

DKIM_LIB* library();

// The library's work on the header, and on the body where it is given one. With several keys at a
// selector, passes without a body find out which of them has signed.
class Pass {
 public:
  // `chosen` stays where it is. `candidate`: the key that each signature is verified with; without
  // one, the signature's own.
  Pass(const std::vector<Chosen>& chosen, std::optional<std::size_t> candidate)
      : chosen_(chosen), candidate_(candidate), signatures_(chosen.size()) {}
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;
  // The library's own clean-up reads what there was no memory to make: it is left lying.
  ~Pass() {
    if (is_out_of_memory_) static_cast<void>(handle_.release());
  }

  void header(const std::vector<const HeaderField*>& fields);
  void body(std::string_view chunk);
  void end();

  bool has_fault() const { return has_fault_; }
  bool is_at_work() const { return has_signatures_ && !has_fault_; }
  // Null where the library has not read it.
  DKIM_SIGINFO* signature(std::size_t i) const { return signatures_[i]; }
  // Whether the key has signed the header, whatever the body is.
  bool has_signed(std::size_t i) const {
    return signatures_[i] != nullptr &&
           (dkim_sig_getflags(signatures_[i]) & DKIM_SIGFLAG_PASSED) != 0;
  }

  // For the library's callbacks.
  static DKIM_CBSTAT ignore_others(DKIM* handle, DKIM_SIGINFO** signatures, int count);
  static DKIM_CBSTAT process_all(DKIM* handle, DKIM_SIGINFO**, int);
  static DKIM_CBSTAT look_up_key(DKIM* handle, DKIM_SIGINFO* signature, unsigned char* buffer,
                                 std::size_t size);

 private:
  // Around each piece of the library's work: what failed for want of memory is not known.
  struct Watch {
    Pass& pass;
    explicit Watch(Pass& of) : pass(of) { util::take_out_of_memory(); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch() {
      if (util::take_out_of_memory()) pass.is_out_of_memory_ = pass.has_fault_ = true;
    }
  };

  // Whether the call went well: `has_fault_` where the library gave up.
  bool worked(DKIM_STAT status) {
    has_fault_ = has_fault_ || status == DKIM_STAT_NORESOURCE || status == DKIM_STAT_INTERNAL;
    return status == DKIM_STAT_OK;
  }

  bool claim(DKIM_SIGINFO* signature);

  // No exception passes through the library: it becomes a fault of the verification.
  template <class Work>
  static DKIM_CBSTAT guarded(DKIM* handle, Work&& work) noexcept {
    Pass& pass = *static_cast<Pass*>(dkim_get_user_context(handle));
    try {
      return work(pass);
    } catch (...) {
      pass.has_fault_ = true;
      return DKIM_CBSTAT_ERROR;
    }
  }

  const std::vector<Chosen>& chosen_;
  const std::optional<std::size_t> candidate_;
  util::Handle<DKIM, dkim_free> handle_;
  std::vector<DKIM_SIGINFO*> signatures_;  // of the chosen ones, index by index
  bool has_fault_ = false;                 // of the library: nothing is known
  bool is_out_of_memory_ = false;
  bool has_signatures_ = false;  // that the library could read
};

void Pass::header(const std::vector<const HeaderField*>& fields) {
  const Watch watch(*this);
  DKIM_STAT status = DKIM_STAT_INTERNAL;
  if (library() != nullptr)
    handle_.reset(dkim_verify(library(), bytes("message"), nullptr, &status));
  if (handle_ == nullptr) {
    has_fault_ = true;
    return;
  }
  dkim_set_user_context(handle_.get(), this);
  std::string text;
  for (const HeaderField* field : fields) {
    write_field(*field, text);
    worked(dkim_header(handle_.get(), bytes(text.c_str()), text.size()));
  }
  has_signatures_ = worked(dkim_eoh(handle_.get()));
}

void Pass::body(std::string_view chunk) {
  if (!is_at_work()) return;
  const Watch watch(*this);
  // The library reads only.
  auto* text = const_cast<char*>(chunk.data());
  worked(dkim_body(handle_.get(), reinterpret_cast<unsigned char*>(text), chunk.size()));
}

void Pass::end() {
  if (!is_at_work()) return;
  const Watch watch(*this);
  bool test_key = false;
  // What it says of the message as a whole is not asked for.
  worked(dkim_eom(handle_.get(), &test_key));
}

// Whether it is a chosen one that was not found before.
bool Pass::claim(DKIM_SIGINFO* signature) {
  const DkimTagValue read = [&](const char* name) {
    return reinterpret_cast<const char*>(dkim_sig_gettagvalue(signature, false, bytes(name)));
  };
  for (std::size_t i = 0; i < chosen_.size(); ++i) {
    if (signatures_[i] != nullptr || !is_same_signature(chosen_[i].tags, read)) continue;
    signatures_[i] = signature;
    return true;
  }
  return false;
}

// At the end of the header: of all signatures only the chosen ones are verified.
DKIM_CBSTAT Pass::ignore_others(DKIM* handle, DKIM_SIGINFO** signatures, int count) {
  return guarded(handle, [&](Pass& pass) {
    for (int i = 0; i < count; ++i) {
      if (!pass.claim(signatures[i])) dkim_sig_ignore(signatures[i]);
    }
    return DKIM_CBSTAT_CONTINUE;
  });
}

// At the end of the body: all of them, where the library would stop at the first good one.
DKIM_CBSTAT Pass::process_all(DKIM* handle, DKIM_SIGINFO**, int) {
  return guarded(handle, [&](Pass& pass) {
    for (DKIM_SIGINFO* const signature : pass.signatures_) {
      if (signature != nullptr) pass.worked(dkim_sig_process(handle, signature));
    }
    return DKIM_CBSTAT_CONTINUE;
  });
}

DKIM_CBSTAT Pass::look_up_key(DKIM* handle, DKIM_SIGINFO* signature, unsigned char* buffer,
                              std::size_t size) {
  return guarded(handle, [&](Pass& pass) -> DKIM_CBSTAT {
    const auto found = std::find(pass.signatures_.begin(), pass.signatures_.end(), signature);
    if (found == pass.signatures_.end()) return DKIM_CBSTAT_NOTFOUND;
    const Chosen& one = pass.chosen_[static_cast<std::size_t>(found - pass.signatures_.begin())];
    if (!one.has_answer) return DKIM_CBSTAT_TRYAGAIN;
    const std::size_t candidate = pass.candidate_.value_or(one.candidate);
    if (candidate >= one.candidates.records.size()) return DKIM_CBSTAT_NOTFOUND;
    const std::string_view record = one.candidates.records[candidate];
    if (record.size() >= size) return DKIM_CBSTAT_ERROR;
    std::memcpy(buffer, record.data(), record.size());
    buffer[record.size()] = '\0';
    return DKIM_CBSTAT_CONTINUE;
  });
}

// One for the process, made at the first message and never freed: threads share it.
DKIM_LIB* library() {
  static DKIM_LIB* const made = [] {
    DKIM_LIB* library = dkim_init([](void*, std::size_t size) { return util::noted_malloc(size); },
                                  [](void*, void* memory) { util::noted_free(memory); });
    if (library == nullptr) return library;
    unsigned flags = DKIM_LIBFLAGS_DELAYSIGPROC;
    // Time and key length are judged here, by the message's own time: ten years are as good
    // as no limit. (The library subtracts the drift from t= without a sign: the larger it
    // is, the more old times it takes for future ones.)
    std::uint64_t drift = 10 * 365 * 86'400;
    unsigned min_bits = 0;
    dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS, &flags, sizeof flags);
    dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_CLOCKDRIFT, &drift, sizeof drift);
    dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_MINKEYBITS, &min_bits, sizeof min_bits);
    keep_public_keys(max_kept_keys);
    dkim_set_prescreen(library, Pass::ignore_others);
    dkim_set_final(library, Pass::process_all);
    dkim_set_key_lookup(library, Pass::look_up_key);
    return library;
  }();
  return made;
}

}  // namespace

struct DkimVerifier::Impl {
  std::vector<Chosen> chosen;
  std::vector<const HeaderField*> fields;  // that the library is given, in their order
  std::unique_ptr<Pass> pass;              // the one that has the body
  std::int64_t now = 0;
  bool has_open_line = false;  // the body so far ends within a line

  void take_keys(MessageDns& dns);
  void choose_keys();
  policy::SignatureFault fault_of(std::size_t i, const policy::Signature& signature) const;
  void settle(std::size_t i, policy::Signature& signature) const;
};

void DkimVerifier::Impl::take_keys(MessageDns& dns) {
  for (Chosen& one : chosen) {
    one.answer = dns.ask(one.key);
    one.has_answer = one.answer && one.answer->outcome != DnsAnswer::Outcome::failure;
    if (!one.has_answer) continue;
    one.secure = one.answer->secure;
    one.candidates = key_candidates(*one.answer, one.tags);
  }
}

// Where a selector has several keys: the one that has signed the header, else the first.
void DkimVerifier::Impl::choose_keys() {
  std::size_t most = 0;
  for (const Chosen& one : chosen) most = std::max(most, one.candidates.records.size());
  if (most < 2) return;
  std::vector<bool> is_settled(chosen.size());
  for (std::size_t candidate = 0; candidate < most; ++candidate) {
    Pass trial(chosen, candidate);
    trial.header(fields);
    trial.end();
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      if (is_settled[i] || !trial.has_signed(i)) continue;
      is_settled[i] = true;
      chosen[i].candidate = candidate;
    }
  }
}

policy::SignatureFault DkimVerifier::Impl::fault_of(std::size_t i,
                                                    const policy::Signature& signature) const {
  using policy::SignatureFault;
  const Chosen& one = chosen[i];
  DKIM_SIGINFO* const read = pass->signature(i);
  if (read == nullptr) return SignatureFault::unreadable;
  if (one.candidates.records.empty()) return one.candidates.fault;
  if (pass->has_signed(i))
    return dkim_sig_getbh(read) == DKIM_SIGBH_MATCH
               ? untimely(signature, now).value_or(SignatureFault::none)
               : SignatureFault::body;
  switch (dkim_sig_geterror(read)) {
    case DKIM_SIGERROR_BADSIG:
      return SignatureFault::header;
    case DKIM_SIGERROR_KEYREVOKED:
      return SignatureFault::revoked;
    case DKIM_SIGERROR_NOKEY:
    case DKIM_SIGERROR_DNSSYNTAX:
    case DKIM_SIGERROR_KEYVERSION:
    case DKIM_SIGERROR_KEYUNKNOWNHASH:
    case DKIM_SIGERROR_KEYHASHMISMATCH:
    case DKIM_SIGERROR_NOTEMAILKEY:
    case DKIM_SIGERROR_KEYTYPEMISSING:
    case DKIM_SIGERROR_KEYTYPEUNKNOWN:
    case DKIM_SIGERROR_KEYDECODE:
      return SignatureFault::bad_key;
    case DKIM_SIGERROR_SUBDOMAIN:
      return SignatureFault::identity;
    default:
      return SignatureFault::unreadable;
  }
}

void DkimVerifier::Impl::settle(std::size_t i, policy::Signature& signature) const {
  const Chosen& one = chosen[i];
  const bool is_known = one.has_answer && !pass->has_fault();
  signature.state = is_known ? policy::Known::known : policy::Known::unavailable;
  signature.secure = one.secure;
  if (!is_known) return;
  signature.fault = fault_of(i, signature);
  DKIM_SIGINFO* const read = pass->signature(i);
  if (read == nullptr) return;
  unsigned bits = 0;
  if (dkim_sig_getkeysize(read, &bits) == DKIM_STAT_OK) signature.key_bits = bits;
  signature.test_key = (dkim_sig_getflags(read) & DKIM_SIGFLAG_TESTKEY) != 0;
  signature.verified = DKIM_SIG_CHECK(read) && !untimely(signature, now);
}

DkimVerifier::DkimVerifier(const std::vector<HeaderField>& header,
                           const std::vector<policy::Signature>& signatures,
                           const std::vector<std::size_t>& chosen, std::int64_t now)
    : impl_(std::make_unique<Impl>()) {
  impl_->now = now;
  std::vector<const HeaderField*> all;
  for (const HeaderField& field : header) {
    if (is_field(field, dkim_signature_field)) all.push_back(&field);
  }
  std::unordered_set<const HeaderField*> wanted;
  NeededFields needed;
  needed.add({"From"});  // without one the library reads no signature
  for (const std::size_t index : chosen) {
    auto tags = DkimTags::read(all[index]->value);
    if (!tags) continue;  // never chosen
    needed.add(signed_fields(*tags));
    impl_->chosen.push_back({index, std::move(*tags), key_question(signatures[index])});
    wanted.insert(all[index]);
  }
  impl_->fields.reserve(header.size());
  for (auto field = header.rbegin(); field != header.rend(); ++field) {
    const bool is_needed = needed.take(*field);
    const bool is_too_long =
        is_field(*field, dkim_signature_field) && field->value.size() > max_signature_field;
    if ((is_needed || wanted.contains(&*field)) && !is_too_long) impl_->fields.push_back(&*field);
  }
  std::reverse(impl_->fields.begin(), impl_->fields.end());
  impl_->pass = std::make_unique<Pass>(impl_->chosen, std::nullopt);
  impl_->pass->header(impl_->fields);
}

DkimVerifier::~DkimVerifier() = default;

void DkimVerifier::body(std::string_view chunk) {
  impl_->pass->body(chunk);
  if (!chunk.empty()) impl_->has_open_line = !chunk.ends_with('\n');
}

void DkimVerifier::finish(MessageDns& dns, std::vector<policy::Signature>& signatures) {
  // A last line without its end gets one (RFC 6376 3.4.3, 3.4.4); the library does so for
  // one canonicalisation only.
  if (impl_->has_open_line) body("\r\n");
  impl_->take_keys(dns);
  impl_->choose_keys();
  impl_->pass->end();
  for (std::size_t i = 0; i < impl_->chosen.size(); ++i)
    impl_->settle(i, signatures[impl_->chosen[i].index]);
}

}  // namespace evidence
