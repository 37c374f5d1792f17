/**
 * The benchmark: runs the distribution as anyone would, in processes of its own, and prints what it did.
 * docs/benchmarks.md says what each scenario measures.
 */
@NullMarked
package dev.sluice.bench;

import org.jspecify.annotations.NullMarked;
