/**
 * The server that is measured.
 */
@NullMarked
package io.github.mcpsession.benchmarks;

import org.jspecify.annotations.NullMarked;
