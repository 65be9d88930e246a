// SPDX-License-Identifier: BSD-2-Clause
// The author domains that Java's mail libraries read: JavaMail and mime4j. stdin: one
// escaped body a line (as bodies.py writes them); stdout: a column for each reader of
// READERS, in its order, divided by tabs. A column has domains divided by spaces, "-" for
// none, or "(exception)". A mailbox without a domain is "(local)".

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import javax.mail.Address;
import javax.mail.Session;
import javax.mail.internet.InternetAddress;
import javax.mail.internet.MimeMessage;
import org.apache.james.mime4j.dom.FieldParser;
import org.apache.james.mime4j.dom.address.Mailbox;
import org.apache.james.mime4j.dom.field.ParsedField;
import org.apache.james.mime4j.field.DefaultFieldParser;
import org.apache.james.mime4j.field.LenientFieldParser;
import org.apache.james.mime4j.field.address.LenientAddressParser;
import org.apache.james.mime4j.message.DefaultMessageBuilder;
import org.apache.james.mime4j.stream.MimeConfig;
import org.apache.james.mime4j.stream.ParserCursor;
import org.apache.james.mime4j.util.ByteSequence;
import org.apache.james.mime4j.util.ContentUtil;

public class Readers {
  interface Reader {
    List<String> domains(byte[] body) throws Exception;
  }

  static final Session STRICT = session("true");
  static final Session LENIENT = session("false");

  static final List<Reader> READERS = List.of(
      body -> javamail(STRICT, body),
      body -> javamail(LENIENT, body),
      body -> mime4j(LenientFieldParser.getParser(), body),
      body -> mime4j(DefaultFieldParser.getParser(), body),
      body -> mime4jAddresses(body));

  static Session session(String strict) {
    Properties properties = new Properties();
    properties.setProperty("mail.mime.address.strict", strict);
    properties.setProperty("mail.mime.allowutf8", "true");
    return Session.getInstance(properties);
  }

  static InputStream message(byte[] body) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes("From:".getBytes(StandardCharsets.US_ASCII));
    all.writeBytes(body);
    all.writeBytes("\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    return new ByteArrayInputStream(all.toByteArray());
  }

  static List<String> javamail(Session session, byte[] body) throws Exception {
    List<String> domains = new ArrayList<>();
    Address[] from = new MimeMessage(session, message(body)).getFrom();
    if (from != null) collect(from, domains);
    return domains;
  }

  static void collect(Address[] from, List<String> domains) throws Exception {
    for (Address address : from) {
      InternetAddress mailbox = (InternetAddress) address;
      if (mailbox.isGroup()) {
        collect(mailbox.getGroup(false), domains);
      } else {
        String text = mailbox.getAddress();
        int at = text.lastIndexOf('@');
        domains.add(at < 0 ? "" : text.substring(at + 1));
      }
    }
  }

  // The whole message, without limits to its lines.
  static List<String> mime4j(FieldParser<? extends ParsedField> parser, byte[] body)
      throws Exception {
    DefaultMessageBuilder builder = new DefaultMessageBuilder();
    builder.setMimeEntityConfig(MimeConfig.PERMISSIVE);
    builder.setFieldParser(parser);
    List<Mailbox> from = builder.parseMessage(message(body)).getFrom();
    return from == null ? List.of() : domains(from);
  }

  // The unfolded bytes: given a String, 0.8.2 keeps the low byte of each character alone.
  static List<String> mime4jAddresses(byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8).replaceAll("\r?\n(?=[ \t])", "");
    ByteSequence bytes = ContentUtil.encode(StandardCharsets.UTF_8, text);
    ParserCursor all = new ParserCursor(0, bytes.length());
    return domains(LenientAddressParser.DEFAULT.parseAddressList(bytes, all).flatten());
  }

  // mime4j makes a character of each byte; what they say in UTF-8 is meant.
  static List<String> domains(List<Mailbox> mailboxes) {
    List<String> domains = new ArrayList<>();
    for (Mailbox mailbox : mailboxes) {
      String domain = mailbox.getDomain() == null ? "" : mailbox.getDomain();
      byte[] bytes = domain.getBytes(StandardCharsets.ISO_8859_1);
      domains.add(new String(bytes, StandardCharsets.UTF_8));
    }
    return domains;
  }

  static byte[] unescaped(String line) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < line.length(); ++i) {
      boolean isEscape = line.charAt(i) == '\\';
      bytes.write(isEscape ? Integer.parseInt(line.substring(i + 2, i + 4), 16) : line.charAt(i));
      if (isEscape) i += 3;
    }
    return bytes.toByteArray();
  }

  static String escaped(String domain) {
    if (domain.isEmpty()) return "(local)";
    StringBuilder text = new StringBuilder();
    for (byte b : domain.getBytes(StandardCharsets.UTF_8)) {
      boolean isPlain = b > 0x20 && b < 0x7f && b != '\\';
      text.append(isPlain ? Character.toString(b) : String.format("\\x%02x", b));
    }
    return text.toString();
  }

  static String column(Reader reader, byte[] body) {
    try {
      List<String> domains = new ArrayList<>();
      for (String domain : reader.domains(body)) domains.add(escaped(domain));
      return domains.isEmpty() ? "-" : String.join(" ", domains);
    } catch (Exception | StackOverflowError | AssertionError e) {
      return "(exception)";
    }
  }

  public static void main(String[] arguments) throws Exception {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.US_ASCII);
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      List<String> columns = new ArrayList<>();
      for (Reader reader : READERS) columns.add(column(reader, unescaped(line)));
      out.println(String.join("\t", columns));
    }
    out.flush();
  }
}
