/** An OpenAI-compatible upstream in the JVM, with limits and faults: the default to try and to test against. */
@NullMarked
package dev.sluice.sandbox;

import org.jspecify.annotations.NullMarked;
