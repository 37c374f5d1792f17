/** The command line and the wiring; nothing imports it. */
@NullMarked
package dev.sluice;

import org.jspecify.annotations.NullMarked;
