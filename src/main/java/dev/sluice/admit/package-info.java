/** The limiter: reserves requests and tokens per minute, and settles what was really used. */
@NullMarked
package dev.sluice.admit;

import org.jspecify.annotations.NullMarked;
