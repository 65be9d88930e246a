// SPDX-License-Identifier: BSD-2-Clause
// util/text and util/digest: ASCII without a locale, field bodies, encodings.
#include "util/text.h"

#include <catch2/catch.hpp>

#include "util/digest.h"

using Parts = std::vector<std::string_view>;

TEST_CASE("letters of ASCII alone have a case") {
  CHECK(util::ascii_lower("AZ[@`az{\xc3\x84") == "az[@`az{\xc3\x84");
  CHECK(util::ascii_lower('I') == 'i');
  CHECK(util::ascii_lower('\xc4') == '\xc4');
  CHECK(util::ascii_iequals("FrOm", "fRoM"));
  CHECK(util::ascii_iequals("", ""));
  CHECK_FALSE(util::ascii_iequals("From", "From "));
  CHECK_FALSE(util::ascii_iequals("@[", "`{"));     // differ by the bit of the case
  CHECK_FALSE(util::ascii_iequals("\u212a", "k"));  // the Kelvin sign
  CHECK_FALSE(util::ascii_iequals(std::string("a\0b", 3), std::string("a\0c", 3)));
  CHECK(util::ascii_istarts_with("X-Tenant-Milter-A", "x-tenant-milter-"));
  CHECK(util::ascii_istarts_with("abc", ""));
  CHECK_FALSE(util::ascii_istarts_with("ab", "abc"));
}

TEST_CASE("white space and digits are those of ASCII") {
  for (int c = -128; c < 128; ++c) {
    CAPTURE(c);
    CHECK(util::is_wsp(static_cast<char>(c)) == (c == ' ' || c == '\t'));
    CHECK(util::is_digit(static_cast<char>(c)) == (c >= '0' && c <= '9'));
  }
}

TEST_CASE("trimming takes space, tab, CR and LF from both ends") {
  CHECK(util::trimmed(" \t\r\n a b \r\n\t ") == "a b");
  CHECK(util::trimmed(" \t\r\n") == "");
  CHECK(util::trimmed("") == "");
  CHECK(util::trimmed("\v a\f") == "\v a\f");
  CHECK(util::trimmed("\u00a0a\u00a0") == "\u00a0a\u00a0");
  CHECK(util::trimmed(std::string_view("\0 ", 2)) == std::string_view("\0", 1));
}

TEST_CASE("splitting gives every part, the empty ones too") {
  CHECK(util::split("a;b", ';') == Parts{"a", "b"});
  CHECK(util::split("", ';') == Parts{""});
  CHECK(util::split(";", ';') == Parts{"", ""});
  CHECK(util::split(" a ;;b;", ';') == Parts{" a ", "", "b", ""});
}

TEST_CASE("a fold loses its line end, and a line end that folds nothing stays") {
  CHECK(util::unfolded("a\r\n b") == "a b");
  CHECK(util::unfolded("a\n\tb") == "a\tb");
  CHECK(util::unfolded("a\r\n \r\n b") == "a  b");
  CHECK(util::unfolded(" a b ") == " a b ");
  CHECK(util::unfolded("a\nb") == "a\nb");
  CHECK(util::unfolded("a\r\nb") == "a\r\nb");
  CHECK(util::unfolded("a\r b") == "a\r b");  // no line end: for the reader to refuse
  CHECK(util::unfolded("a\rb") == "a\rb");
  CHECK(util::unfolded("a\n") == "a\n");
  CHECK(util::unfolded("") == "");
}

TEST_CASE("xtext is decoded, and malformed xtext is none") {
  CHECK(util::decoded_xtext("contoso-app") == "contoso-app");
  CHECK(util::decoded_xtext("a+2Bb+3Dc+20d") == "a+b=c d");
  CHECK(util::decoded_xtext("+C3+A4") == "\xc3\xa4");
  CHECK(util::decoded_xtext("") == "");
  CHECK(util::decoded_xtext("user@contoso.example") == "user@contoso.example");
  // RFC 3461 4: hexadecimal digits are capitals; "=" and "+" can't stand for themselves,
  // nor can what is not printable.
  for (const char* bad : {"+", "a+", "+4", "+4G", "+G4", "+2b", "++2B+", "a=b", "a b", "a\tb",
                          "\x7f", "\xc3\xa4", "+ 2B"}) {
    CAPTURE(bad);
    CHECK(util::decoded_xtext(bad) == std::nullopt);
  }
}

TEST_CASE("all but the unreserved characters are percent-encoded") {
  CHECK(util::percent_encoded("AZaz09-._~") == "AZaz09-._~");
  CHECK(util::percent_encoded("a b&c=d/e?f#g%h+") == "a%20b%26c%3Dd%2Fe%3Ff%23g%25h%2B");
  CHECK(util::percent_encoded("\xc3\xa4\r\n") == "%C3%A4%0D%0A");
  CHECK(util::percent_encoded(std::string(1, '\0')) == "%00");
  CHECK(util::percent_encoded("") == "");
}

TEST_CASE("what is shown is short, printable ASCII") {
  CHECK(util::shown("contoso.com") == "contoso.com");
  CHECK(util::shown(" ~") == " ~");
  CHECK(util::shown("a\r\nb\tc\x1b[31m\x7f") == "a??b?c?[31m?");
  CHECK(util::shown("\xc3\xa4") == "??");
  CHECK(util::shown(std::string(100, 'x')).starts_with(std::string(50, 'x')));
  CHECK(util::shown(std::string(60, 'x')) == std::string(60, 'x'));
  CHECK(util::shown(std::string(61, 'x')).size() <= 60);
  CHECK(util::shown("abcdef", 3).size() <= 3);
  CHECK(util::shown("abc", 3) == "abc");
  CHECK(util::shown("abc", 0) == "");
  CHECK(util::shown(std::string("a\0b", 3)) == "a?b");
}

TEST_CASE("a short digest is the beginning of SHA-256") {
  // FIPS 180-2, appendix B.
  CHECK(util::short_digest("") == "e3b0c44298fc1c14");
  CHECK(util::short_digest("abc") == "ba7816bf8f01cfea");
  CHECK(util::short_digest({"a", "", "bc"}) == "ba7816bf8f01cfea");
  CHECK(util::short_digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8");
  CHECK(util::short_digest(std::string(1'000'000, 'a')) == "cdc76e5c9914fb92");
  CHECK(util::short_digest(std::string(1, '\0')) == "6e340b9cffb37a98");
}
