/** Batches: the lines of a JSONL file, what is known of them on disk, and what a person sees of it. */
@NullMarked
package dev.sluice.batch;

import org.jspecify.annotations.NullMarked;
