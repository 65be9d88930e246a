/* SPDX-License-Identifier: BSD-2-Clause
 * The yardstick: a libmilter program that does nothing, asks for no replies and
 * accepts everything. nothing SOCKET; ends with SIGTERM. */
#include <libmilter/mfapi.h>
#include <stdio.h>
#include <sysexits.h>

static sfsistat on_header(SMFICTX* context, char* name, char* value) {
  (void)context, (void)name, (void)value;
  return SMFIS_CONTINUE;
}

static sfsistat on_end_of_header(SMFICTX* context) {
  (void)context;
  return SMFIS_CONTINUE;
}

static sfsistat on_body(SMFICTX* context, unsigned char* chunk, size_t size) {
  (void)context, (void)chunk, (void)size;
  return SMFIS_CONTINUE;
}

static sfsistat on_end_of_message(SMFICTX* context) {
  (void)context;
  return SMFIS_ACCEPT;
}

static sfsistat on_negotiate(SMFICTX* context, unsigned long actions, unsigned long steps,
                             unsigned long more, unsigned long even_more, unsigned long* our_actions,
                             unsigned long* our_steps, unsigned long* our_more,
                             unsigned long* our_even_more) {
  (void)context, (void)actions, (void)more, (void)even_more;
  *our_actions = SMFIF_NONE;
  *our_steps = steps & (SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT |
                        SMFIP_NR_DATA | SMFIP_NR_UNKN | SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY |
                        SMFIP_HDR_LEADSPC);
  *our_more = 0;
  *our_even_more = 0;
  return SMFIS_CONTINUE;
}

int main(int count, char** words) {
  struct smfiDesc filter = {
      .xxfi_name = "nothing",
      .xxfi_version = SMFI_VERSION,
      .xxfi_header = on_header,
      .xxfi_eoh = on_end_of_header,
      .xxfi_body = on_body,
      .xxfi_eom = on_end_of_message,
      .xxfi_negotiate = on_negotiate,
  };
  if (count != 2) {
    fputs("usage: nothing SOCKET\n", stderr);
    return EX_USAGE;
  }
  if (smfi_setconn(words[1]) != MI_SUCCESS || smfi_register(filter) != MI_SUCCESS ||
      smfi_opensocket(1) != MI_SUCCESS)
    return EX_UNAVAILABLE;
  puts("ready");
  fflush(stdout);
  return smfi_main() == MI_SUCCESS ? EX_OK : EX_SOFTWARE;
}
