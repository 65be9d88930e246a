// SPDX-License-Identifier: BSD-2-Clause
// util/json: what is written is always one valid line, what is read is never guessed.
#include "util/json.h"

#include <catch2/catch.hpp>
#include <limits>

using util::Json;

TEST_CASE("members keep their order, and one set again its place") {
  Json object = Json::object();
  object.set("z", "last").set("a", std::int64_t{1}).set("m", true).set("n", Json());
  CHECK(object.line() == R"({"z":"last","a":1,"m":true,"n":null})");
  object.set("a", std::int64_t{2});
  CHECK(object.line() == R"({"z":"last","a":2,"m":true,"n":null})");
  Json array = Json::array();
  array.add("x").add(Json::array()).add(Json::object()).add(false);
  CHECK(array.line() == R"(["x",[],{},false])");
  CHECK(object.pretty().find('\n') != std::string::npos);
  CHECK(Json::parse(object.pretty())->line() == object.line());
}

TEST_CASE("texts stay what they are") {
  CHECK(Json("true").line() == R"("true")");
  CHECK(Json(std::string("a\0b", 3)).line() == R"("a\u0000b")");
  CHECK(Json("\"\\\r\n\t\x1b").line() == R"("\"\\\r\n\t\u001b")");
  CHECK(Json("\u00fc\U0001f600").line() == "\"\u00fc\U0001f600\"");
  CHECK(Json::parse(R"("\u00fc\ud83d\ude00")")->text() == "\u00fc\U0001f600");
}

TEST_CASE("a text that is no UTF-8 is still written as valid JSON") {
  for (const char* bad : {"\xff", "a\xc3", "\xc0\xae", "\xed\xa0\x80", "x\x80y"}) {
    CAPTURE(bad);
    const auto line = Json(bad).line();
    CHECK(line.find("\uFFFD") != std::string::npos);
    CHECK(line.find('\n') == std::string::npos);
    CHECK(Json::parse(line).has_value());
  }
  CHECK(Json("a\xff"
             "b")
            .line() == "\"a\uFFFDb\"");
  CHECK(Json::object().set("k\xff", "v").line() == "{\"k\uFFFD\":\"v\"}");
  CHECK(Json::parse(Json::object().set("k", "\xff\xfe").pretty()).has_value());
}

TEST_CASE("numbers are whole, to the last one") {
  for (const std::int64_t number :
       {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::max(),
        std::numeric_limits<std::int64_t>::min(), std::int64_t{9007199254740993}}) {
    CHECK(Json(number).line() == std::to_string(number));
    CHECK(Json::parse(Json(number).line())->number(7) == number);
  }
}

TEST_CASE("a value of another type gives the default") {
  const auto object =
      Json::parse(R"({"t":"x","n":5,"b":true,"o":{},"a":[1,"2"],"f":1.5,"z":null})");
  REQUIRE(object);
  CHECK(object->at("t").text() == "x");
  CHECK(object->at("n").number() == 5);
  CHECK(object->at("b").truth());
  CHECK(object->at("n").text("none") == "none");
  CHECK(object->at("t").number(-3) == -3);
  CHECK(object->at("b").number(-3) == -3);
  CHECK_FALSE(object->at("n").truth());
  CHECK(object->at("t").truth(true));
  CHECK(object->at("z").is_null());
  CHECK(object->at("missing").is_null());
  CHECK(object->at("t").at("deeper").is_null());
  CHECK(object->at("a").at("0").is_null());
  CHECK_FALSE(object->at("o").is_null());
  REQUIRE(object->at("a").elements().size() == 2);
  CHECK(object->at("a").elements()[0].number() == 1);
  CHECK(object->at("a").elements()[1].text() == "2");
  CHECK(object->at("t").elements().empty());
  CHECK(object->at("missing").elements().empty());
  CHECK(Json().at("x").is_null());
}

TEST_CASE("a fraction, or what is far too large, is no whole number") {
  for (const char* text : {"1.5", "1e30", "-9223372036854775809", "18446744073709551616"}) {
    CAPTURE(text);
    REQUIRE(Json::parse(text));
    CHECK(Json::parse(text)->number(-7) == -7);
  }
  CHECK_FALSE(Json::parse("1e400"));
}

TEST_CASE("a number over 63 bits is not read as another") {
  CHECK(Json::parse("9223372036854775808")->number(-7) == -7);
  CHECK(Json::parse("18446744073709551615")->number(-7) == -7);
}

TEST_CASE("what is no JSON is nothing") {
  for (const char* text :
       {"",      " ",   "{",         "{\"a\":1",    "{\"a\" 1}", "{\"a\":1,}", "[1,]",     "{a:1}",
        "'a'",   "\"a", "\"a\nb\"",  "01",          "+1",        "NaN",        "Infinity", "nul",
        "{} {}", "{}x", "\"\\x41\"", "\"\\ud800\"", "\"\xff\"",  "// c\n1",    "/* c */ 1"}) {
    CAPTURE(text);
    CHECK_FALSE(Json::parse(text));
  }
  CHECK(Json::parse(" {} \r\n\t"));
}

TEST_CASE("a NUL is no end of the text") {
  CHECK_FALSE(Json::parse(std::string("{}\0x", 4)));
  CHECK_FALSE(Json::parse(std::string("1\0002", 3)));
}

TEST_CASE("what is nested is read and written") {
  const auto text = std::string(100, '[') + std::string(100, ']');
  REQUIRE(Json::parse(text));
  CHECK(Json::parse(text)->line() == text);
  CHECK_FALSE(Json::parse(std::string(100'000, '[')));
}

TEST_CASE("a copy is a value of its own") {
  Json one = Json::object().set("a", "x");
  Json other = one;
  other.set("a", "y");
  CHECK(one.line() == R"({"a":"x"})");
  CHECK(other.line() == R"({"a":"y"})");
  one = other;
  CHECK(one.line() == other.line());
  const Json moved = std::move(other);
  CHECK(moved.line() == one.line());
}
