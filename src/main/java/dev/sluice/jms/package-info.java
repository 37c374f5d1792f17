/** Requests from a queue and answers to one: the broker, what a message says, and how it ends. */
@NullMarked
package dev.sluice.jms;

import org.jspecify.annotations.NullMarked;
