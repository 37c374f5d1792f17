/** {@code sluice check}: reads routes and configuration without starting them, and says what is wrong and where. */
@NullMarked
package dev.sluice.check;

import org.jspecify.annotations.NullMarked;
