/**
 * What is counted and timed, and Micrometer.
 */
@NullMarked
package io.github.mcpsession.metrics;

import org.jspecify.annotations.NullMarked;
