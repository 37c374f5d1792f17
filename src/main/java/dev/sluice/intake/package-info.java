/** What a request is, where requests come from as files, and what is refused before a call. */
@NullMarked
package dev.sluice.intake;

import org.jspecify.annotations.NullMarked;
