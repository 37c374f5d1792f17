/** What all nodes have done together, by job: counts, kept in the Redis that they share; docs/scale.md. */
@NullMarked
package dev.sluice.progress;

import org.jspecify.annotations.NullMarked;
