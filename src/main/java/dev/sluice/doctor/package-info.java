/** The checks that a person would make when something does not work; each with what was found and what to do. */
@NullMarked
package dev.sluice.doctor;

import org.jspecify.annotations.NullMarked;
