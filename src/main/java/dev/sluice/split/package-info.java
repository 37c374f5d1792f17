/** A streamed answer: its pieces, and the whole answer assembled from them. */
@NullMarked
package dev.sluice.split;

import org.jspecify.annotations.NullMarked;
