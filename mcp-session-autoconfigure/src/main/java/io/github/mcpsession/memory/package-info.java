/**
 * The store in the memory of one JVM: the reference implementation and the default.
 */
@NullMarked
package io.github.mcpsession.memory;

import org.jspecify.annotations.NullMarked;
