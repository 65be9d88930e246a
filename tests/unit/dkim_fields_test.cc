// SPDX-License-Identifier: BSD-2-Clause
// milter/evidence/dkim: what a DKIM-Signature field says before any look-up (RFC 6376
// 3.2, 3.5): tag lists good and bad, what is signed, which signatures are the same.
#include <catch2/catch.hpp>

#include "milter/evidence/dkim.h"

using evidence::HeaderField;
using policy::Known;
using policy::Signature;
using policy::SignatureAlgorithm;
using Header = std::vector<HeaderField>;

namespace {

const std::string good =
    " v=1; a=rsa-sha256; c=relaxed/relaxed; d=contoso.com; s=s1; h=from:to:subject; bh=YmFzZTY0; "
    "b=YmFzZTY0";

// `good` with one text in the place of another.
std::string with(std::string_view what, std::string_view other) {
  std::string text = good;
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), other);
}

Signature read(const std::string& value, const Header& others = {{"From", " a@contoso.com"}}) {
  Header header{{"DKIM-Signature", value}};
  header.insert(header.end(), others.begin(), others.end());
  const auto signatures = evidence::read_signatures(header);
  REQUIRE(signatures.size() == 1);
  return signatures.front();
}

bool is_readable(const std::string& value) {
  const auto signature = read(value);
  const bool readable = !signature.domain.domain.empty();
  if (!readable) {
    CHECK(signature.state == Known::known);
    CHECK_FALSE(signature.verified);
  } else {
    CHECK(signature.state == Known::not_asked);
  }
  return readable;
}

const Header replayable{{"From", ""},         {"Sender", ""},     {"Reply-To", ""},
                        {"To", ""},           {"Cc", ""},         {"Subject", ""},
                        {"Date", ""},         {"Message-ID", ""}, {"MIME-Version", ""},
                        {"Content-Type", ""}, {"Received", ""}};

bool covers(const std::string& fields, const Header& header = replayable) {
  return read(with("h=from:to:subject", "h=" + fields), header).covers_replayable;
}

}  // namespace

TEST_CASE("a signature is read with all of its members") {
  const auto s = read(with("; bh=", "; t=1795521000; x=1795525200; l=10; bh="));
  CHECK(s.domain.domain == "contoso.com");
  CHECK(s.selector == "s1");
  CHECK(s.algorithm == SignatureAlgorithm::rsa_sha256);
  CHECK(s.signs_from);
  CHECK(s.signs_every_from);
  CHECK(s.body_limit);
  CHECK(s.signed_at == 1795521000);
  CHECK(s.expires_at == 1795525200);
  const auto plain = read(good);
  CHECK_FALSE(plain.body_limit);
  CHECK_FALSE(plain.signed_at);
  CHECK_FALSE(plain.expires_at);
  CHECK(read(with("rsa-sha256", "rsa-sha1")).algorithm == SignatureAlgorithm::rsa_sha1);
  CHECK(read(with("rsa-sha256", "ed25519-sha256")).algorithm == SignatureAlgorithm::ed25519_sha256);
  CHECK(read(with("rsa-sha256", "rsa-sha512")).algorithm == SignatureAlgorithm::unknown);
  CHECK(read(with("d=contoso.com", "d=Mail.Contoso.COM")).domain.domain == "mail.contoso.com");
}

TEST_CASE("fields stand in the message's order, whatever their case") {
  const auto signatures =
      evidence::read_signatures({{"Received", ""},
                                 {"dkim-signature ", with("d=contoso.com", "d=one.example")},
                                 {"From", " a@contoso.com"},
                                 {"DKIM-SIGNATURE", with("d=contoso.com", "d=two.example")},
                                 {"X-DKIM-Signature", good},
                                 {"DKIM-Signature", "broken"}});
  REQUIRE(signatures.size() == 3);
  CHECK(signatures[0].domain.domain == "one.example");
  CHECK(signatures[1].domain.domain == "two.example");
  CHECK(signatures[2].domain.domain == "");
  CHECK(evidence::read_signatures({}).empty());
}

TEST_CASE("tag lists in odd but legitimate forms") {
  for (const auto& value :
       {good + ";", good + " ; ", with("; d=contoso.com", ";\r\n\td = contoso.com \r\n "),
        with("; d=", ";d="), with("b=YmFzZTY0", "b=YmFz\r\n ZTY0"),
        with("bh=YmFzZTY0", "bh=YmF zZT Y0"), with("h=from:", "h=From : \r\n "),
        with("v=1;", "v=1; unknown=x;"), with("v=1;", "v=1; z=From:a@contoso.com|To:b;"),
        with("c=relaxed/relaxed", "c=simple"), with("c=relaxed/relaxed;", ""),
        with("v=1;", "v=1; i=@mail.contoso.com;"), with("v=1;", "v=1; q=dns/txt;"),
        with("v=1;", "v=1; empty=;")}) {
    CAPTURE(value);
    CHECK(is_readable(value));
    CHECK(read(value).signs_from);
    CHECK(read(value).domain.domain == "contoso.com");
  }
}

TEST_CASE("what is no tag list, lacks a tag or has one twice is no signature") {
  CHECK(is_readable(good));
  for (const char* tag : {" v=1;", " a=rsa-sha256;", " d=contoso.com;", " s=s1;",
                          " h=from:to:subject;", " bh=YmFzZTY0;", " b=YmFzZTY0"}) {
    CAPTURE(tag);
    CHECK_FALSE(is_readable(with(tag, "")));
  }
  for (const char* tag : {"v=1", "a=rsa-sha256", "d=contoso.com", "d=fabrikam.com", "s=s1",
                          "h=from", "bh=YmFzZTY0", "b=YmFzZTY0", "c=simple"}) {
    CAPTURE(tag);
    CHECK_FALSE(is_readable(good + "; " + tag));
  }
  for (const std::string& value :
       {std::string(), std::string(" "), std::string(";"), std::string("v=1"),
        with("v=1;", "v=1;;"), with("v=1;", "v 1;"), with("v=1;", "=1;"), with("v=1;", "v=1; x;"),
        with("d=contoso.com", "d="), with("d=contoso.com", "d=contoso..com"),
        with("d=contoso.com", "d=con toso.com"), with("s=s1", "s="),
        with("b=YmFzZTY0", "b=x; 1tag=y")}) {
    CAPTURE(value);
    CHECK_FALSE(is_readable(value));
  }
}

TEST_CASE("tags have their case") {
  CHECK_FALSE(is_readable(with("d=contoso.com", "D=contoso.com")));
  CHECK(is_readable(with("v=1;", "v=1; D=fabrikam.com;")));
  CHECK(read(with("v=1;", "v=1; D=fabrikam.com;")).domain.domain == "contoso.com");
}

TEST_CASE("h= signs From, and every From, or does not") {
  const Header two{{"From", " a"}, {"from ", " b"}};
  const auto of = [](const char* h, const Header& header) {
    const auto s = read(with("h=from:to:subject", std::string("h=") + h), header);
    return std::string(s.signs_from ? "from" : "-") + (s.signs_every_from ? " every" : "");
  };
  const Header one{{"From", " a"}};
  CHECK(of("from", one) == "from every");
  CHECK(of("FROM:to", one) == "from every");
  CHECK(of("to: from :subject", one) == "from every");
  CHECK(of("from:from", one) == "from every");
  CHECK(of("from", two) == "from");
  CHECK(of("from:to:from", two) == "from every");
  CHECK(of("from:from:from", two) == "from every");
  CHECK(of("to:subject", one) == "-");
  CHECK(of("", one) == "-");
  CHECK(of("x-from:fromm:resent-from", one) == "-");
}

TEST_CASE("a replayable signature covers every field that a reader sees") {
  const std::string all = "From:Sender:Reply-To:To:Cc:Subject:Date:Message-ID:MIME-Version";
  CHECK(covers(all));
  CHECK(covers("x:mime-version:message-id:date:subject:cc:to:reply-to:sender:from"));
  for (const auto field : util::split(all, ':')) {
    std::string others;
    for (const auto other : util::split(all, ':'))
      if (other != field) others += (others.empty() ? "" : ":") + std::string(other);
    CAPTURE(others);
    CHECK_FALSE(covers(others));
    // A field that the message does not have need not be named; one more has to be.
    Header without;
    for (const auto& present : replayable)
      if (present.name != field) without.push_back(present);
    if (field != "From") CHECK(covers(others, without));
    auto twice = replayable;
    twice.push_back({std::string(field), ""});
    CHECK_FALSE(covers(all, twice));
    CHECK(covers(all + ":" + std::string(field), twice));
  }
}

TEST_CASE("times are digits, and what is none makes none of use") {
  for (const char* bad : {"t=-1", "t=x", "t=", "t=1.5", "t=0x10", "t=99999999999999999999999"}) {
    CAPTURE(bad);
    const auto s = read(with("v=1;", std::string("v=1; ") + bad + ";"));
    CHECK((s.domain.domain.empty() || !s.signed_at));
  }
  for (const char* bad : {"x=-1", "x=never", "x=99999999999999999999999"}) {
    CAPTURE(bad);
    const auto s = read(with("v=1;", std::string("v=1; ") + bad + ";"));
    // An expiry that can't be read is none that lies ahead.
    CHECK((s.domain.domain.empty() || !s.expires_at || *s.expires_at > 0));
  }
}

TEST_CASE("the key's name is made of selector and domain") {
  const auto question = evidence::key_question(read(with("s=s1", "s=Sel.One")));
  CHECK(question.name == "sel.one._domainkey.contoso.com");
  CHECK(question.type == evidence::RecordType::txt);
}

namespace {

using Tags = std::map<std::string, std::string>;

// The same signature as one whose tags the library gives so.
bool is_same(const std::string& field, const Tags& other) {
  const auto tags = evidence::DkimTags::read(field);
  REQUIRE(tags);
  return evidence::is_same_signature(*tags, [&](const char* tag) {
    const auto found = other.find(tag);
    return found == other.end() ? nullptr : found->second.c_str();
  });
}

// What the library makes of `good`.
Tags good_tags() {
  return {{"v", "1"},         {"a", "rsa-sha256"},      {"c", "relaxed/relaxed"},
          {"q", "dns/txt"},   {"d", "contoso.com"},     {"s", "s1"},
          {"bh", "YmFzZTY0"}, {"h", "from:to:subject"}, {"b", "YmFzZTY0"}};
}

}  // namespace

TEST_CASE("two fields that say the same are the same signature") {
  CHECK(is_same(good, good_tags()));
  for (const auto& same :
       {with("; d=contoso.com", ";\r\n\td = contoso.com"), with("b=YmFzZTY0", "b=YmFz\r\n ZTY0"),
        good + ";", good + "; q=dns/txt",
        std::string(" b=YmFzZTY0; v=1; bh=YmFzZTY0; s=s1; a=rsa-sha256; d=contoso.com; "
                    "c=relaxed/relaxed; h=from:to:subject")}) {
    CAPTURE(same);
    CHECK(is_same(same, good_tags()));
  }
  for (const auto& other :
       {with("b=YmFzZTY0", "b=YmFzZTY1"), with("b=YmFzZTY0", "b=YmFzZTY"),
        with("bh=YmFzZTY0", "bh=YmFzZTY1"), with("d=contoso.com", "d=fabrikam.com"),
        with("s=s1", "s=s2"), with("h=from:to", "h=to:from"),
        with("c=relaxed/relaxed", "c=simple/relaxed"), with("rsa-sha256", "rsa-sha1"),
        good + "; l=10", good + "; t=1", good + "; x=1", good + "; q=other", good + "; l="}) {
    CAPTURE(other);
    CHECK_FALSE(is_same(other, good_tags()));
  }
}

TEST_CASE("a default stands for an absent tag, and an empty one does not") {
  Tags tags = good_tags();
  tags["c"] = "simple/simple";
  CHECK(is_same(with("c=relaxed/relaxed; ", ""), tags));
  CHECK_FALSE(is_same(with("c=relaxed/relaxed; ", "c=; "), tags));
  tags = good_tags();
  tags["i"] = "";
  CHECK_FALSE(is_same(good, tags));
  CHECK(is_same(good + "; i=", tags));
  tags.erase("b");
  CHECK_FALSE(is_same(good + "; i=", tags));
}

TEST_CASE("what is no tag list has no tags") {
  for (const char* none : {"", "x", "d=a; d=b", "=", "v=1; =", "1a=b"}) {
    CAPTURE(none);
    CHECK_FALSE(evidence::DkimTags::read(none));
  }
}

TEST_CASE("the names of h= are as they stand there") {
  const auto names = [](const char* field) {
    return evidence::signed_fields(*evidence::DkimTags::read(field));
  };
  CHECK(names("h=From : to:\r\n Subject") ==
        std::vector<std::string_view>{"From", "to", "Subject"});
  CHECK(names("h=") == std::vector<std::string_view>{""});
  CHECK(names("v=1").empty());
}

TEST_CASE("a key for the exact domain forbids an identity below it") {
  const std::string key = "v=DKIM1; t=y:s; p=x";
  const auto forbids = [](const std::string& record, const char* field) {
    return evidence::forbids_identity(record, *evidence::DkimTags::read(field));
  };
  CHECK(forbids(key, "d=contoso.com; i=a@mail.contoso.com"));
  CHECK(forbids("t = s ;p=", "i=@x@mail.contoso.com; d=contoso.com"));
  for (const char* field :
       {"d=contoso.com", "d=contoso.com; i=@contoso.com", "d=contoso.com; i=a@Contoso.COM",
        "d=contoso.com; i=contoso.com", "i=@x.example"})
    CHECK_FALSE(forbids(key, field));
  CHECK_FALSE(forbids("v=DKIM1; p=x", "d=contoso.com; i=@mail.contoso.com"));
  CHECK_FALSE(forbids("t=y; p=s", "d=contoso.com; i=@mail.contoso.com"));
}
