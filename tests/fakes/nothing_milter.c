/* SPDX-License-Identifier: BSD-2-Clause
 * The least that libmilter can be: no replies, everything accepted. It is the tests'
 * counterpart for their own client, so that the client is held to the real library.
 *   nothing_milter SOCKET         asks for no reply at any stage
 *   nothing_milter --do SOCKET    replies at each stage, and does at end of message (or,
 *                                 "STAGE VERB", earlier) what each field `X-Do: VERB` says
 * Prints "ready" when it listens; ends with SIGTERM. */
#include <libmilter/mfapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { max_orders = 32, order_size = 80 };
static const char* const separator = " ";

struct message {
  int count;
  char orders[max_orders][order_size];
};

static int obeys = 0;

/* What one order asks for: a verdict, or SMFIS_CONTINUE for an edit. */
static sfsistat obey(SMFICTX* context, const char* verb) {
  char refused[] = "554", enhanced[] = "5.7.7", text[] = "100%% refused";
  char name[] = "X-Field", added[] = " added", inserted[] = " inserted", changed[] = " changed";
  if (!strcmp(verb, "reject")) return SMFIS_REJECT;
  if (!strcmp(verb, "tempfail")) return SMFIS_TEMPFAIL;
  if (!strcmp(verb, "accept")) return SMFIS_ACCEPT;
  if (!strcmp(verb, "discard")) return SMFIS_DISCARD;
  if (!strcmp(verb, "skip")) return SMFIS_SKIP;
  if (!strcmp(verb, "replycode")) {
    smfi_setreply(context, refused, enhanced, text);
    return SMFIS_REJECT;
  }
  if (!strcmp(verb, "progress")) smfi_progress(context);
  if (!strcmp(verb, "add")) smfi_addheader(context, name, added);
  if (!strcmp(verb, "insert")) smfi_insheader(context, 0, name, inserted);
  if (!strcmp(verb, "change-2")) smfi_chgheader(context, name, 2, changed);
  if (!strcmp(verb, "delete-1")) smfi_chgheader(context, name, 1, NULL);
  if (!strcmp(verb, "quarantine")) smfi_quarantine(context, name);
  if (!strcmp(verb, "macro")) smfi_addheader(context, name, smfi_getsymval(context, "{daemon_name}"));
  return SMFIS_CONTINUE;
}

static sfsistat obey_all(SMFICTX* context, const char* stage) {
  struct message* message = smfi_getpriv(context);
  for (int i = 0; message != NULL && i < message->count; ++i) {
    const char* order = message->orders[i];
    const size_t length = strlen(stage);
    if (strncmp(order, stage, length) != 0) continue;
    const sfsistat verdict = obey(context, order + length);
    if (verdict != SMFIS_CONTINUE) return verdict;
  }
  return SMFIS_CONTINUE;
}

static sfsistat on_envelope(SMFICTX* context, char** arguments) {
  (void)arguments;
  if (!obeys) return SMFIS_NOREPLY;
  struct message* message = smfi_getpriv(context);
  if (message == NULL) message = calloc(1, sizeof *message);
  if (message == NULL) return SMFIS_TEMPFAIL;
  message->count = 0;
  smfi_setpriv(context, message);
  return SMFIS_CONTINUE;
}

static sfsistat on_header(SMFICTX* context, char* name, char* value) {
  struct message* message = smfi_getpriv(context);
  if (!obeys) return SMFIS_NOREPLY;
  if (message != NULL && !strcmp(name, "X-Do") && message->count < max_orders)
    snprintf(message->orders[message->count++], order_size, "%s",
             value + strspn(value, separator));
  return SMFIS_CONTINUE;
}

static sfsistat on_end_of_header(SMFICTX* context) {
  return obeys ? obey_all(context, "eoh ") : SMFIS_NOREPLY;
}

static sfsistat on_body(SMFICTX* context, unsigned char* chunk, size_t size) {
  (void)chunk, (void)size;
  return obeys ? obey_all(context, "body ") : SMFIS_NOREPLY;
}

static sfsistat on_end_of_message(SMFICTX* context) {
  const sfsistat verdict = obey_all(context, "eom ");
  return verdict == SMFIS_CONTINUE ? SMFIS_ACCEPT : verdict;
}

static sfsistat on_close(SMFICTX* context) {
  free(smfi_getpriv(context));
  smfi_setpriv(context, NULL);
  return SMFIS_CONTINUE;
}

static sfsistat on_negotiate(SMFICTX* context, unsigned long actions, unsigned long steps,
                             unsigned long more, unsigned long even_more, unsigned long* our_actions,
                             unsigned long* our_steps, unsigned long* our_more,
                             unsigned long* our_even_more) {
  const unsigned long unanswered = SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT |
                                   SMFIP_NR_DATA | SMFIP_NR_UNKN | SMFIP_NR_HDR | SMFIP_NR_EOH |
                                   SMFIP_NR_BODY;
  const unsigned long wished = SMFIP_SKIP | SMFIP_HDR_LEADSPC | (obeys ? 0 : unanswered);
  char macros[] = "{daemon_name} v";
  (void)more, (void)even_more;
  *our_actions = actions & (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE | SMFIF_SETSYMLIST);
  *our_steps = steps & wished;
  *our_more = *our_even_more = 0;
  if (*our_actions & SMFIF_SETSYMLIST) smfi_setsymlist(context, SMFIM_CONNECT, macros);
  return SMFIS_CONTINUE;
}

int main(int count, char** words) {
  obeys = count == 3 && !strcmp(words[1], "--do");
  if (count != 2 + obeys) return EX_USAGE;
  struct smfiDesc filter = {.xxfi_name = "nothing",
                            .xxfi_version = SMFI_VERSION,
                            .xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE |
                                          SMFIF_SETSYMLIST,
                            .xxfi_envfrom = on_envelope,
                            .xxfi_header = on_header,
                            .xxfi_eoh = on_end_of_header,
                            .xxfi_body = on_body,
                            .xxfi_eom = on_end_of_message,
                            .xxfi_close = on_close,
                            .xxfi_negotiate = on_negotiate};
  if (smfi_setconn(words[1 + obeys]) != MI_SUCCESS || smfi_register(filter) != MI_SUCCESS)
    return EX_SOFTWARE;
  if (smfi_opensocket(1) != MI_SUCCESS) return EX_UNAVAILABLE;
  puts("ready");
  fflush(stdout);
  return smfi_main() == MI_SUCCESS ? EX_OK : EX_SOFTWARE;
}
