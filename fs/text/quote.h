/* quote.h - bytes of unknown origin inside of JSON and SVG: both must be valid UTF-8, whatever a name holds.
 */
#ifndef KFDFS_FS_QUOTE_H
#define KFDFS_FS_QUOTE_H

#include "text/text.h"

/* The inside of a JSON string (RFC 8259). */
void fs_quote_json(struct fs_text *text, const char *bytes, size_t length);
/* Character data or an attribute's value of XML 1.0. */
void fs_quote_xml(struct fs_text *text, const char *bytes, size_t length);

#endif
