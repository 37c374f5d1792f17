/** The upstream: what an attempt came to, whether it may be repeated, and how long to wait. */
@NullMarked
package dev.sluice.call;

import org.jspecify.annotations.NullMarked;
